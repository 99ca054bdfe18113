"""Work that is owed: longer than a request may take, asked for in the transaction of a change.

It is a row of the outbox like any other effect: a process that dies loses nothing, what keeps
failing is parked where a person sees it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

CHANNEL = "work"


class Overtaken(Exception):
    """Somebody else does this work by now, or it is wanted no more: what owes it stays as it is."""


@dataclass(frozen=True, slots=True)
class Work:
    """What does a kind of owed work, and what says so when it has failed too often.

    Both are given the subject's identifier and are safe to run twice.
    """

    kind: str
    do: Callable[[UUID], None]
    given_up: Callable[[UUID], None]


_works: dict[str, Work] = {}


def work(kind: str, *, do: Callable[[UUID], None], given_up: Callable[[UUID], None]) -> None:
    """Declare who does a kind of work, once."""
    if kind in _works:
        raise ValueError(f"{kind} is already declared")
    _works[kind] = Work(kind, do, given_up)


def work_for(kind: str) -> Work:
    """What does a kind of work; raises KeyError for one that nobody declared."""
    return _works[kind]
