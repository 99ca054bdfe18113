"""What a browser and the server may say to each other: one JSON object per text frame."""

import json
from dataclasses import dataclass
from uuid import UUID

from kernel.live import limits


class BadFrame(Exception):
    """The frame is not part of the conversation; carries the code to close with."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell me what happens in this room after this number."""

    room: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Tell me no more about this room."""

    room: str


@dataclass(frozen=True, slots=True)
class Pong:
    """I am still here."""


Message = Watch | Unwatch | Pong
_SHAPES: dict[str, tuple[str, ...]] = {
    "watch": ("room", "last_seq"),
    "unwatch": ("room",),
    "pong": (),
}
_LARGEST = 2**53 - 1


def read(text: str | None) -> Message:
    """The message in a frame. Raises BadFrame for anything that is not exactly one of the three."""
    if text is None:
        raise BadFrame(limits.UNREADABLE)
    if len(text) > limits.FRAME_BYTES or len(text.encode("utf-8", "replace")) > limits.FRAME_BYTES:
        raise BadFrame(limits.TOO_BIG)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame(limits.UNREADABLE) from error
    if not isinstance(said, dict):
        raise BadFrame(limits.AGAINST_THE_RULES)
    kind = said.pop("type", None)
    if not isinstance(kind, str) or kind not in _SHAPES or set(said) != set(_SHAPES[kind]):
        raise BadFrame(limits.AGAINST_THE_RULES)
    if kind == "pong":
        return Pong()
    room = _room(said["room"])
    return Watch(room, _number(said["last_seq"])) if kind == "watch" else Unwatch(room)


def _room(value: object) -> str:
    """A room's name: printable ASCII of bounded length. Which rooms exist is not decided here."""
    if not isinstance(value, str) or not 0 < len(value) <= limits.ROOM_NAME:
        raise BadFrame(limits.AGAINST_THE_RULES)
    if not value.isascii() or not value.isprintable():
        raise BadFrame(limits.AGAINST_THE_RULES)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise BadFrame(limits.AGAINST_THE_RULES)
    return value


def event(room: str, seq: int, kind: str, subject: UUID | None) -> str:
    """Something changed in a room; the reader looks up the rest with their own rights."""
    return json.dumps(
        {
            "type": "event",
            "room": room,
            "seq": seq,
            "kind": kind,
            "subject": str(subject) if subject else None,
        }
    )


def caught_up(room: str, seq: int) -> str:
    """Everything up to this number has been told."""
    return json.dumps({"type": "caught_up", "room": room, "seq": seq})


def refused(room: str) -> str:
    """The same answer for a room that does not exist and for one that is not yours."""
    return json.dumps({"type": "refused", "room": room})


def ping() -> str:
    """Are you still there?"""
    return '{"type": "ping"}'
