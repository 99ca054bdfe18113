"""The truth about the socket: what a browser may say, what it is told, who hears which room."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.authorisation.after_closing import CLOSED
from tests.authorisation.rows import AUDIT, COORDINATION, GENDARMERIE, SCHOOL, SEEN_BY

SAID: Final[Mapping[str, str]] = {
    "watch": "Asks to hear a room; answered by what the rows below say for whoever asks.",
    "unwatch": "Asks to hear a room no more. Nothing answers; nothing of it is told any more.",
    "pong": "Is still there. Nothing answers.",
}
"""What a browser may say; whatever else it says ends the conversation."""

TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "event": ("type", "room", "seq", "kind", "subject"),
    "caught_up": ("type", "room", "seq"),
    "refused": ("type", "room"),
    "ping": ("type",),
}
"""What a browser is told, and all that each frame holds: numbers and names of rooms."""

KINDS: Final[Mapping[str, str]] = {
    "changed": "Something of a case, a queue or a list of exports is no longer what it was.",
    "meeting.convened": "Somebody is asked to come.",
    "meeting.opened": "A meeting has begun.",
    "meeting.held": "A meeting is over.",
    "meeting.cancelled": "A meeting is called off.",
    "point.added": "The agenda has one more point.",
    "point.taken_up": "The meeting has turned to another point.",
    "decision.recorded": "Something has been decided; what and about whom is looked up.",
    "seat.taken": "Somebody has come in.",
    "seat.left": "Somebody has gone.",
}
"""Every kind of event: none says more than what kind of thing has changed."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room: of which kind, about what of the scene, and who of the cell may hear it."""

    kind: str
    about: str
    hears: frozenset[str]

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}"


OF_CASES: Final = (
    *("draft", "submitted", "unassigned", "qualified", "activated", "planned", "resolved", "told"),
    CLOSED,
)
ROOMS: Final[tuple[Room, ...]] = (
    *(Room("case", about, SEEN_BY[about]) for about in OF_CASES),
    Room("meeting", "meeting", SEEN_BY["meeting"]),
    Room("meeting", "sitting", SEEN_BY["sitting"]),
    Room("unit", "the school", SCHOOL),
    Room("unit", "the gendarmerie", GENDARMERIE),
    Room("unit", "the coordination", COORDINATION),
    Room("exports", "the pilot's", SCHOOL),
    Room("exports", "the coordinator's", COORDINATION),
    Room("extracts", "the auditor's", AUDIT),
)
