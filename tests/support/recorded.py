"""What is on record of one thing: for a test that does what no table of operations does."""

import json
from typing import Any, Final
from uuid import UUID

from tests.support.database import admin
from tests.support.searching import database_name

_COLUMNS: Final = frozenset({"cell_id", "actor", "subject_id", "case_id"})


def recorded(kind: str, **about: UUID | int) -> list[tuple[str, dict[str, Any]]]:
    """Outcome and facts of the entries of this kind with these columns, oldest first."""
    assert about.keys() <= _COLUMNS
    where = "".join(f" AND {column} = %({column})s" for column in about)
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT outcome, convert_from(payload, 'UTF8') FROM audit_entry"
            f" WHERE kind = %(kind)s{where} ORDER BY epoch, xid, id",
            {"kind": kind, **about},
        ).fetchall()
    return [(outcome, json.loads(said)["facts"]) for outcome, said in rows]
