"""What an operation has left in the record: every entry of any cell since a moment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from tests.authorisation.motives import why_missing
from tests.authorisation.records import (
    ATTEMPTS,
    BESIDE_A_REFUSAL,
    ELSEWHERE,
    INCOMPLETE,
    LEAVES,
)
from tests.authorisation.rows import Operation
from tests.support.database import admin
from tests.support.searching import database_name

REFUSAL = "access.refused"
UNPROCESSABLE = 422
NEVER_DONE = frozenset(name for names in ELSEWHERE.values() for name in names)


@dataclass(frozen=True, slots=True)
class Left:
    """One entry, as far as the table asks."""

    kind: str
    outcome: str
    cell_id: int
    actor: UUID
    case_id: UUID | None
    subject_id: UUID | None
    payload: bytes

    @property
    def facts(self) -> Mapping[str, Any]:
        """What it says besides."""
        said: Mapping[str, Any] = json.loads(self.payload)["facts"]
        return said


class Record:
    """Reads the record as its superuser does: all cells, past every policy."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection = admin(database_name())

    def now(self) -> int:
        """A transaction number below which lies everything that is written by now."""
        query = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8"
        row = self._connection.execute(query).fetchone()
        assert row
        return int(row[0])

    def since(self, moment: int) -> list[Left]:
        """The entries of transactions that began later, in the order of the log."""
        rows = self._connection.execute(
            "SELECT kind, outcome, cell_id, actor, case_id, subject_id, payload FROM audit_entry"
            " WHERE (epoch, xid) >= (1::int2, %s::text::xid8) ORDER BY epoch, xid, id",
            [moment],
        ).fetchall()
        return [Left(*row) for row in rows]

    def close(self) -> None:
        """The connection is given back."""
        self._connection.close()


def after_success(operation: Operation, left: list[Left], account: UUID) -> None:
    """Exactly the kinds of its row, in the name of whoever asked, each reading with its why."""
    done = sorted(entry.kind for entry in left if entry.outcome == "done")
    expected = () if str(operation) in NEVER_DONE else LEAVES.get(str(operation), ())
    assert done == sorted(expected), f"leaves {done} in the record, not {sorted(expected)}"
    assert len(done) == len(left), f"it was done, and refused as well: {left}"
    unsaid = [said for each in left if (said := why_missing(each.kind, each.facts))]
    assert not unsaid, "; ".join(unsaid)
    assert {entry.actor for entry in left} <= {account}, "in the name of somebody else"


def after_refusal(operation: Operation, status: int, left: list[Left], account: UUID) -> None:
    """One refusal in the name of whoever asked, and nothing done: only what is shown again."""
    done = [entry.kind for entry in left if entry.outcome == "done"]
    assert set(done) <= BESIDE_A_REFUSAL, f"it was refused and done: {done}"
    assert len(done) == len(set(done)), f"one read is one entry: {done}"
    refused = sorted(entry.kind for entry in left if entry.outcome == "refused")
    incomplete = status == UNPROCESSABLE and str(operation) in INCOMPLETE
    expected = [] if incomplete else [REFUSAL]
    if status == UNPROCESSABLE and str(operation) in ATTEMPTS:
        expected.append(ATTEMPTS[str(operation)])
    assert refused == sorted(expected), f"refused as {refused}, not {sorted(expected)}"
    assert {entry.actor for entry in left} <= {account}, "in the name of somebody else"
