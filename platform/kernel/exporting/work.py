"""Making a file that somebody asked for: as that person, with their rights of that moment.

Each try has a session of its own, minted for it and for nothing else. Every step is a transaction
and a sign of life: the session goes on, and nobody else takes the work up. Whatever dies on the
way, the row of the outbox brings the work back; after five tries it is told as failed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.utils import translation

from kernel.errors import DomainError, SignInRequired, Unavailable
from kernel.http.sessions import token_hash
from kernel.outbox.relay import go_on
from kernel.outbox.works import Overtaken
from kernel.scope import acting_with
from kernel.viewer import Viewer

TRIES: Final = 5
"""A worker that is killed tells nobody why: what kills each one is not tried for ever."""


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of one app: the schema of its functions, its kind of work, and its bell."""

    schema: str
    kind: str
    tell: Callable[[Viewer], None]

    def make(
        self,
        export_id: UUID,
        made: Callable[[Try], None],
        *,
        failure_of: Callable[[DomainError], str],
    ) -> None:
        """Have the file made, unless it is made or has failed. Safe to run twice, at once too.

        ``failure_of`` gives the code of a refusal. Raises what should be tried again, and Overtaken
        when somebody else makes it by now.
        """
        token = secrets.token_hex(32)
        number = self.ask("open_export", export_id, token_hash(token))
        if number is None:
            return
        attempt = Try(self, export_id, token, number)
        try:
            if number > TRIES:
                attempt.fail("broken")
                return
            with translation.override(settings.LANGUAGE_CODE):
                made(attempt)
        except SignInRequired:
            attempt.leave()
        except Unavailable:
            raise
        except DomainError as refusal:
            attempt.fail(failure_of(refusal))
        finally:
            self.ask("close_export", token_hash(token))

    def give_up(self, export_id: UUID) -> None:
        """Say on the page that it has failed, after too many tries."""
        self.ask("fail_export", export_id, None, "broken")

    def ask(self, function: str, *values: Any) -> Any:
        """What one of the functions answers to the worker."""
        with transaction.atomic(using="worker"):
            return called("worker", f"{self.schema}.{function}", *values)


@dataclass(frozen=True, slots=True)
class Try:
    """One try at making one file."""

    exports: Exports
    export_id: UUID
    token: str
    number: int

    @contextmanager
    def acting(self) -> Iterator[Viewer]:
        """A transaction as whoever asked. Raises SignInRequired when there is nobody any more."""
        with acting_with(self.token) as viewer:
            yield viewer

    def move(self, done: int) -> None:
        """Say how far it is, and that somebody is at work. Raises Overtaken, SignInRequired."""
        with self.acting() as viewer:
            moved = f"{self.exports.schema}.move_export"
            if not called("default", moved, self.export_id, done):
                raise Overtaken
            self.exports.tell(viewer)
        go_on(self.exports.kind, self.export_id)

    def fail(self, why: str) -> None:
        """Say why on the page, and ring for whoever may still hear it. Raises Overtaken."""
        if not self.exports.ask("fail_export", self.export_id, token_hash(self.token), why):
            raise Overtaken
        try:
            with self.acting() as viewer:
                self.exports.tell(viewer)
        except SignInRequired:
            return

    def leave(self) -> None:
        """Nobody is at work any more: say why, or raise Unavailable when only time ran out.

        Raises Overtaken when somebody else is at work.
        """
        why = self.exports.ask("leave_export", self.export_id, token_hash(self.token))
        if why is None:
            raise Overtaken
        if why == "again":
            raise Unavailable


def called(using: str, function: str, *values: Any) -> Any:
    """What a function of the database answers, within the transaction that is open."""
    given = ", ".join(["%s"] * len(values))
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {function}({given})", values)
        return cursor.fetchone()[0]
