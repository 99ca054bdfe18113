"""How the states of a meeting look."""

from meetings.states import ItemState, MeetingState

TONES = {
    MeetingState.PLANNED: "info",
    MeetingState.OPEN: "progress",
    MeetingState.HELD: "success",
    MeetingState.CANCELLED: "neutral",
}
ITEM_TONES = {
    ItemState.WAITING: "neutral",
    ItemState.OPEN: "progress",
    ItemState.DONE: "success",
}
