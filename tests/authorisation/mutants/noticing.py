"""What is asked about a defect until something is wrong: the cells nearest to it first."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg

from tests.authorisation.asking import ask, everything_of
from tests.authorisation.expecting import ABOUT_SOMETHING, SEATS, STRANGERS, abroad
from tests.authorisation.fields import AT_EACH_STEP, SHOWN, shown_to
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import Operation
from tests.authorisation.scene import Scene
from tests.authorisation.test_each_wall_alone import without_the_second_wall
from tests.authorisation.test_fields import CASE_PAGES, READS, words_in
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import Seated, World

WORDS_OF = {
    "referrals": ("referrals", "shares", "measures", "parties", "documents"),
    "meetings": ("meetings",),
    "agencies": ("agencies", "cell", "places", "session"),
    "audit": ("audit",),
}
Outcome = tuple[str, str, str]


class Ground:
    """A scene and the people of another cell, all of whom are signed in."""

    def __init__(self) -> None:
        self.scene, self.strangers = Scene.whole(), World()
        for seat in [*self.scene.world.everybody().values(), *self.strangers.everybody().values()]:
            assert seat.viewer
            seat.browser.raise_request_exception = False
        self._lost: set[str] = set()
        self.wrong_already: set[str] = set()

    def lose(self, about: str) -> None:
        """An object that a defect let somebody change: the next one gets another."""
        if about:
            self._lost.add(about)

    def mend(self) -> None:
        """Make what was lost anew."""
        for about in self._lost:
            self.scene._kept.pop(about, None)
            self.scene.the(about)
        self._lost.clear()

    def seat(self, name: str) -> Seated:
        """Somebody of the cell, or of the other one when the name says so."""
        world = self.strangers if name.startswith("abroad ") else self.scene.world
        return world.everybody()[name.removeprefix("abroad ")]


def near(app: str, operation: Operation) -> bool:
    """Whether an operation is of the same room as a defect."""
    name = operation.name.removeprefix("api-")
    return name.startswith(WORDS_OF.get(app, ())) or operation.name == "home"


def already_wrong(ground: Ground) -> set[str]:
    """The cells that are wrong before anything is planted: no defect is noticed by them."""
    for app in WORDS_OF:
        with without_the_second_wall():
            ground.wrong_already.update(_got_through(ground, app))
        ground.mend()
        ground.wrong_already.update(_misread(ground, app))
    return ground.wrong_already


def by_pages(ground: Ground, app: str) -> str:
    """The first refusal that is none any more, with row security down; nothing when all stand."""
    with without_the_second_wall():
        through = (each for each in _got_through(ground, app) if each not in ground.wrong_already)
        return next(through, "")


def _got_through(ground: Ground, app: str) -> Iterator[str]:
    operations = [op for op in OPERATIONS if near(app, op)]
    asked = [(op, seat) for op in operations for seat in SEATS if seat not in op.may]
    asked.sort(key=lambda each: each[0].expects(each[1]) != 403)
    strange = [
        (op, f"abroad {who}")
        for op in ABOUT_SOMETHING
        if op in operations
        for who in STRANGERS
        if abroad(op, who)
    ]
    for operation, name in asked + strange:
        expected = 404 if name.startswith("abroad") else operation.expects(name)
        found = _asked(ground, operation, name, expected)
        if found:
            yield found


def _asked(ground: Ground, operation: Operation, name: str, expected: int) -> str:
    about = ground.scene.the(operation.about) if operation.about else None
    response = ask(operation, ground.scene, about, ground.seat(name).browser)
    told = response.status_code >= 400 and ground.scene.mark in everything_of(response)
    if response.status_code == expected and not told:
        return ""
    if operation.method == "POST" and response.status_code < 400:
        ground.lose(operation.about)
    return f"{operation} as {name}: {response.status_code} instead of {expected}"


def by_what_is_read(ground: Ground, app: str) -> str:
    """The first answer that holds other words than its row says."""
    return next((each for each in _misread(ground, app) if each not in ground.wrong_already), "")


def _misread(ground: Ground, app: str) -> Iterator[str]:
    scene = ground.scene
    for operation in READS:
        if not near(app, operation) or operation.method != "GET":
            continue
        shown = SHOWN.get((str(operation), operation.about), {})
        for seat in SEATS:
            about = scene.the(operation.about) if operation.about else uuid4()
            response = ask(operation, scene, about, ground.seat(seat).browser)
            if response.status_code != operation.expects(seat):
                yield f"{operation} as {seat}: {response.status_code}"
            elif words_in(response, scene.mark) != shown_to(seat, shown):
                yield f"{operation} as {seat}: {sorted(words_in(response, scene.mark))}"
    for operation in CASE_PAGES if app in ("referrals", "meetings") else []:
        for about in AT_EACH_STEP:
            for seat in SEATS:
                response = ask(operation, scene, scene.the(about), ground.seat(seat).browser)
                fields = words_in(response, scene.mark)
                if about != "draft" and fields != shown_to(seat, AT_EACH_STEP[about]):
                    yield f"{operation} of {about} as {seat}: {sorted(fields)}"


class BareTables:
    """What bare SQL finds and may do in each table, as everybody: before a defect and with it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._seats = [*SEATS, *(f"abroad {who}" for who in STRANGERS)]
        self._rows: dict[str, tuple[list[str], str]] = {}
        self._whole: dict[str, dict[Outcome, str]] = {}

    def difference(self, table: str) -> str:
        """The first outcome on a table that is not what it was."""
        whole = self._whole.get(table)
        assert whole is not None, "the table was not looked at while it was whole"
        for key, outcome in self._outcomes(table):
            if whole[key] != outcome:
                return f"{key[0]} {key[1]}: {outcome} instead of {whole[key]}"
        return ""

    def look(self, table: str) -> None:
        """Keep what the whole table answers."""
        self._whole[table] = dict(self._outcomes(table))

    def _outcomes(self, table: str) -> Iterator[tuple[Outcome, str]]:
        columns, row = self._row_of(table)
        written = _granted(table, "UPDATE")
        entered = [name for name in _granted(table, "INSERT") if name in columns]
        listed = ", ".join(entered)
        statements = {
            "SELECT": f"SELECT FROM {table}",
            "DELETE": f"DELETE FROM {table}",
            **{f"UPDATE {name}": f"UPDATE {table} SET {name} = NULL" for name in written[:2]},
        }
        if row and entered:
            statements["INSERT"] = (
                f"INSERT INTO {table} ({listed}) SELECT {listed}"
                f" FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
            )
        for name in self._seats:
            with injected(self._ground.seat(name)) as connection:
                for command, statement in statements.items():
                    values = [row] if command == "INSERT" else []
                    yield (name, command, table), _outcome(connection, statement, values)

    def _row_of(self, table: str) -> tuple[list[str], str]:
        """A row of the first cell under an identifier of its own, to be written by everybody."""
        if table not in self._rows:
            with admin(database_name()) as connection:
                found = connection.execute(
                    f"SELECT to_jsonb(t) FROM {table} t ORDER BY t::text DESC LIMIT 1"
                ).fetchone()
            row = dict(found[0]) if found else {}
            if "id" in row and not isinstance(row["id"], int):
                row["id"] = str(uuid4())
            self._rows[table] = (list(row), json.dumps(row))
        return self._rows[table]


def _granted(table: str, right: str) -> list[str]:
    with admin(database_name()) as connection:
        return [
            name
            for (name,) in connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attgenerated = '' AND"
                " has_column_privilege('rempart_runtime', attrelid, attnum, %s) ORDER BY attnum",
                [table, right],
            ).fetchall()
        ]


def _outcome(connection: psycopg.Connection, statement: str, values: list[str]) -> str:
    try:
        return f"{connection.execute(statement, values).rowcount} rows"
    except psycopg.Error as error:
        return str(error.sqlstate)
    finally:
        connection.rollback()


@contextmanager
def quiet() -> Iterator[None]:
    """Without the log: what a defect lets happen is not for a reader."""
    import logging

    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
