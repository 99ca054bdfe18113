"""What can be wrong with a file as a whole, and with one of its lines."""

from __future__ import annotations

from dataclasses import dataclass


class UnreadableFile(Exception):
    """The whole file is refused. The message is a sentence for the person who chose the file."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line that is left out, where it stands and why."""

    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """One value of a kept line that could not be used and was left blank."""

    line: int
    code: str
    reason: str
