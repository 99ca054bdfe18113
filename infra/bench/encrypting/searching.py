"""A search as the house carries it out, with what it read."""

from dataclasses import dataclass

from django.db import transaction

from kernel.scope import bind
from referrals.searching.progress import Progress
from referrals.searching.question import Question
from referrals.searching.reading import Reading
from referrals.searching.scope import Scope
from referrals.searching.search import AT_ONCE, read_on
from referrals.searching.words import Wanted


@dataclass(frozen=True, slots=True)
class Searched:
    """How many cases were found, and how much was read for it."""

    cases: int
    values: int
    read: int


class Searching:
    """One person's searches on one connection."""

    def __init__(self, token: str) -> None:
        self._token = token

    def search(self, words: str) -> Searched:
        """Everything in one go, in a transaction of its own."""
        with transaction.atomic():
            viewer = bind(self._token)
            if viewer is None:
                raise RuntimeError("This person's session has ended.")
            question = Question(words=words)
            scope, reading = Scope(viewer, question), Reading(viewer, Wanted(words))
            done = read_on(Progress(of=scope.count()), scope, reading, 600, AT_ONCE)
        return Searched(done.found, reading.values, done.read)
