"""Defects in the database's own functions: a condition on who is looking that is always met."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg

from tests.support.database import admin
from tests.support.planting import as_written
from tests.support.searching import database_name

SCHEMAS = ("agencies", "audit", "kernel", "meetings", "referrals")
VALUE = r"[\w.]+(?:\s*->>?\s*'\w+')?"
CONDITIONS = {
    "the units are": rf"{VALUE} = ANY \((?:kernel\.session_units\(\)|mine|me\.units)\)",
    "some unit is": rf"{VALUE} && (?:kernel\.session_units\(\)|mine|me\.units)",
    "the cell is": rf"{VALUE} = kernel\.session_cell\(\)",
    "the seat is": rf"(?<!SET ){VALUE} = kernel\.session_seat\(\)",
    "the account is": rf"{VALUE} = kernel\.session_account\(\)",
    "the role is": r"kernel\.session_has\('\w+'\)",
    "the time is": rf"(?:now|clock_timestamp)\(\) < {VALUE}(?: \+ interval '[^']*')?",
    "the factor is": r"kernel\.session_fresh\(\)",
}
"""What is asked of whoever is looking, by what it asks."""
REFUSAL = re.compile(r"RAISE EXCEPTION [^;]*'insufficient_privilege'[^;]*;")


@dataclass(frozen=True, slots=True)
class InFunction:
    """One defect: which function, how it is made with it and how without."""

    function: str
    name: str
    plant: str
    whole: str
    tables: tuple[str, ...]
    """The tables whose triggers call it."""
    start: int
    end: int
    by: str
    """Where the condition stands in the whole, and what stands there with the defect."""

    @property
    def app(self) -> str:
        """The room that it is in."""
        return self.function.partition(".")[0]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The defect, for as long as it is looked for."""
        with as_written(self.plant, self.whole):
            yield


def defects() -> Iterator[InFunction]:
    """Every condition and every refusal of our functions, one at a time."""
    for function, whole, tables in _functions():
        start = whole.index("AS $")
        for at, (what, found) in enumerate(_places(whole, start)):
            first, last = found.span()
            plant = whole[:first] + what[1] + whole[last:]
            text = " ".join(found.group().split())[:60]
            if not _can_be_made(plant):
                continue  # what is written down, not what is asked
            name = f"{function}(): {what[0]} {text} #{at}"
            yield InFunction(function, name, plant, whole, tables, first, last, what[1])


def together(defects: list[InFunction]) -> InFunction:
    """Several defects of one function at once."""
    plant = defects[0].whole
    for each in sorted(defects, key=lambda one: -one.start):
        plant = plant[: each.start] + each.by + plant[each.end :]
    return replace(defects[0], plant=plant)


def _can_be_made(statement: str) -> bool:
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        try:
            connection.execute(statement)
        except psycopg.Error:
            return False
    return True


def _places(whole: str, start: int) -> Iterator[tuple[tuple[str, str], re.Match[str]]]:
    for said, pattern in CONDITIONS.items():
        for found in re.finditer(pattern, whole[start:]):
            negated = whole[start : start + found.start()].rstrip().endswith("NOT")
            what = f"not {said}" if negated else said
            yield (what, "true"), _moved(whole, pattern, start, found)
    for found in REFUSAL.finditer(whole, start):
        yield ("refuses nobody:", "NULL;"), found


def _moved(whole: str, pattern: str, start: int, found: re.Match[str]) -> re.Match[str]:
    moved = re.compile(pattern).match(whole, start + found.start())
    assert moved is not None
    return moved


def _functions() -> list[tuple[str, str, tuple[str, ...]]]:
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT n.nspname || '.' || p.proname, pg_get_functiondef(p.oid),"
            " ARRAY(SELECT DISTINCT t.tgrelid::regclass::text FROM pg_trigger t"
            "        WHERE t.tgfoid = p.oid)"
            " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = ANY (%s) AND p.prokind = 'f' AND p.prosrc <> ''"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
            " ORDER BY 1",
            [list(SCHEMAS)],
        ).fetchall()
    return [(str(name), str(source), tuple(tables)) for name, source, tables in rows]
