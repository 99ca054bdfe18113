"""Two connections that send the same statements in turn, and what each of them took."""

import gc
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from infra.bench.measuring.open_role import Login
from infra.bench.measuring.statements import Statement

WARM_UP = 20
NEVER = sys.maxsize
"""Runs after which a statement would be prepared without being asked to. Not None: with None the
driver prepares nothing at all, whatever it is asked."""


@dataclass(frozen=True, slots=True)
class Took:
    """Medians in milliseconds, measured by the client."""

    secured: float
    open: float


class Duel:
    """One connection through row security and one without, both bound to the same session."""

    def __init__(self, place: dict[str, Any], secured: Login, open_: Login, token: str) -> None:
        self._sides = [_connect(place, login, token) for login in (secured, open_)]

    def close(self) -> None:
        """End both connections."""
        for side in self._sides:
            side.close()

    def fight(self, variants: Sequence[Sequence[Statement]], *, runs: int, prepared: bool) -> Took:
        """Medians over ``runs`` of a variant's statements one after the other, sides in turn."""
        chance = random.Random(runs)
        took: tuple[list[int], list[int]] = ([], [])
        send = _send_prepared if prepared else _send_plain
        order = [0, 1]
        gc.collect()
        gc.disable()
        try:
            for run in range(-min(WARM_UP, runs), runs):
                statements = variants[run % len(variants)]
                chance.shuffle(order)
                for side in order:
                    began = time.perf_counter_ns()
                    send(self._sides[side], statements)
                    nanoseconds = time.perf_counter_ns() - began
                    if run >= 0:
                        took[side].append(nanoseconds)
        finally:
            gc.enable()
        if prepared:
            self._were_prepared()
        secured, open_ = (statistics.median(side) / 1e6 for side in took)
        return Took(secured, open_)

    def _were_prepared(self) -> None:
        for side in self._sides:
            row = side.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
            if row is None or row[0] == 0:
                raise RuntimeError("Nothing was prepared: this would measure something else.")

    def plans(self, statements: Sequence[Statement]) -> Iterator[tuple[str, str]]:
        """How each statement is carried out, on both sides: title and plan."""
        for number, statement in enumerate(statements, 1):
            for title, side in zip(("row security", "without"), self._sides, strict=True):
                with psycopg.ClientCursor(side) as cursor:
                    text = cursor.mogrify(statement.text, statement.parameters)
                    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY) {text}".encode())
                    plan = "\n".join(line for (line,) in cursor.fetchall())
                yield f"statement {number}, {title}", f"{text}\n\n{plan}"


@contextmanager
def duel(place: dict[str, Any], secured: Login, open_: Login, token: str) -> Iterator[Duel]:
    """A duel whose connections are closed afterwards."""
    made = Duel(place, secured, open_, token)
    try:
        yield made
    finally:
        made.close()


def _connect(place: dict[str, Any], login: Login, token: str) -> psycopg.Connection:
    connection = psycopg.connect(**place, user=login.user, password=login.password)
    connection.prepare_threshold = NEVER
    connection.execute("SELECT set_config('app.token', %s, true)", [token])
    return connection


def _send_plain(connection: psycopg.Connection, statements: Sequence[Statement]) -> None:
    """As Django sends them: values written into the text, planned each time."""
    with psycopg.ClientCursor(connection) as cursor:
        for statement in statements:
            cursor.execute(statement.text, statement.parameters)
            cursor.fetchall()


def _send_prepared(connection: psycopg.Connection, statements: Sequence[Statement]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.text, statement.parameters, prepare=True)
            cursor.fetchall()
