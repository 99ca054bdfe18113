"""Makes people act at the same moment: held back until all of them wait, then let go."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.server import wait_for

WAITING = (
    "SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE NOT l.granted AND a.datname = current_database()"
)


@contextmanager
def held(statement: str, *values: object) -> Iterator[Callable[[int], None]]:
    """Hold what the statement locks; the function waits until so many others wait for it."""
    with admin(database_name()) as holder, admin(database_name()) as watcher:

        def until_waiting(people: int) -> None:
            def all_there() -> bool:
                row = watcher.execute(WAITING).fetchone()
                return row is not None and row[0] >= people

            wait_for(all_there, within=10, what=f"{people} wait for the lock")

        with holder.transaction():
            holder.execute(statement, values)
            yield until_waiting


class Acting:
    """One person acting in a thread of their own; ``done`` gives the answer or the exception."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._answer: Any = None
        self._thread = threading.Thread(target=self._run, args=(act,))
        self._thread.start()

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            self._answer = act()
        except Exception as error:  # noqa: BLE001  handed to the test
            self._answer = error
        finally:
            connections.close_all()

    @property
    def running(self) -> bool:
        """Whether the act is still going on."""
        return self._thread.is_alive()

    def done(self) -> Any:
        """What came of it."""
        self._thread.join(timeout=30)
        assert not self._thread.is_alive(), "still at it after 30 s"
        return self._answer


def at_once(statement: str, *values: object, acts: list[Callable[[], Any]]) -> list[Any]:
    """The answers of people who all wait for the same lock and then go on."""
    with held(statement, *values) as until_waiting:
        acting = [Acting(act) for act in acts]
        until_waiting(len(acts))
    return [one.done() for one in acting]
