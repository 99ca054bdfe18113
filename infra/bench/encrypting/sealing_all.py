"""Real keys and real texts for every case of one cell: a search opens them all."""

import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import transaction

from infra.bench.filling.copying import copy_rows
from infra.bench.filling.sealing import NARRATIVE
from kernel.crypto.cases import CaseCipher, new_case_key

RARE, EVERY = "grenadine", 250
"""A word that one case in so many holds."""
CASES = """
SELECT c.id, k.period_key_id, c.created_at FROM referrals_case c
  JOIN referrals_case_key k ON k.case_id = c.id
 WHERE c.cell_id = %s AND c.submitted_at IS NOT NULL
   AND c.id NOT IN (SELECT case_id FROM bench.opened) ORDER BY c.id
"""
PARTS = """
SELECT id, case_id, bit FROM referrals_compartment WHERE case_id = ANY (%s) AND bit IN (3, 4)
"""
NOTES = "SELECT id, case_id FROM referrals_measure WHERE case_id = ANY (%s)"
PUT = {
    "key": "UPDATE referrals_case_key t SET wrapped = s.sealed FROM sealed s"
    " WHERE t.case_id = s.id",
    "part": "UPDATE referrals_compartment t SET content = s.sealed FROM sealed s WHERE t.id = s.id",
    "note": "UPDATE referrals_measure t SET note = s.sealed FROM sealed s WHERE t.id = s.id",
}


def seal_cell(connection: psycopg.Connection, cell: int) -> int:
    """Seal the texts of every case of the cell; how many cases there are."""
    connection.execute("SET session_replication_role = replica")
    cases = connection.execute(CASES, [cell]).fetchall()
    ids = [case_id for case_id, _period, _at in cases]
    with transaction.atomic():
        rows = list(
            _rows(cases, _by_case(connection, PARTS, ids), _by_case(connection, NOTES, ids))
        )
    for what, statement in PUT.items():
        connection.execute("CREATE TEMP TABLE sealed (id uuid, sealed bytea)")
        copy_rows(connection, "sealed", "id, sealed", [row[1:] for row in rows if row[0] == what])
        connection.execute("ANALYZE sealed")
        connection.execute(statement.encode())
        connection.execute("DROP TABLE sealed")
    connection.execute("SET session_replication_role = origin")
    connection.execute("VACUUM ANALYZE referrals_case_key")
    connection.execute("VACUUM ANALYZE referrals_compartment")
    connection.execute("VACUUM ANALYZE referrals_measure")
    return len(cases)


def _by_case(
    connection: psycopg.Connection, statement: str, ids: list[UUID]
) -> dict[UUID, list[tuple[UUID, ...]]]:
    found: dict[UUID, list[tuple[UUID, ...]]] = {}
    for row in connection.execute(statement.encode(), [ids]).fetchall():
        found.setdefault(row[1], []).append(row)
    return found


def _rows(
    cases: list[tuple[UUID, UUID, datetime]],
    parts: dict[UUID, list[tuple[UUID, ...]]],
    notes: dict[UUID, list[tuple[UUID, ...]]],
) -> Iterator[tuple[str, UUID, bytes]]:
    for number, (case_id, period, created_at) in enumerate(cases):
        wrapped = new_case_key(case_id, period)
        cipher = CaseCipher(case_id, period, wrapped)
        yield "key", case_id, wrapped
        word = f" Une {RARE} renversée." if number % EVERY == 0 else ""
        for row_id, _case, bit in parts.get(case_id, []):
            text = _facts(created_at, word) if bit == 3 else _steps()
            sealed = cipher.seal("referrals_compartment", "content", row_id, text)
            yield "part", row_id, sealed
        for row_id, _case in notes.get(case_id, []):
            sealed = cipher.seal("referrals_measure", "note", row_id, NARRATIVE[:90])
            yield "note", row_id, sealed


def _facts(created_at: datetime, word: str) -> str:
    fact = {
        "kind": "verbal",
        "place": "yard",
        "began_on": created_at.date().isoformat(),
        "ended_on": None,
        "source": "told_by_target",
        "narrative": NARRATIVE + word,
    }
    return json.dumps({"facts": [fact]}, ensure_ascii=False)


def _steps() -> str:
    steps = {"taken": ["target_interview"], "narrative": NARRATIVE, "incident_level": 2}
    return json.dumps(steps, ensure_ascii=False)
