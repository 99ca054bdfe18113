"""Real keys and real contents for every case that somebody opens in a measurement.

The other cases hold bytes of the same length that nothing opens: rows have the same size, and
nobody waits for a million ciphers.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg

from infra.bench.filling.copying import copy_rows
from infra.bench.filling.plan import Plan
from infra.bench.filling.staging import YEARS
from kernel.crypto.blind import blind_index
from kernel.crypto.cases import CaseCipher, new_case_key
from kernel.crypto.periods import period_key_for

# Of what each person sees: the newest ones and some of all ages.
NEWEST, ANY = 25, 100
VISIBLE = """
CREATE UNLOGGED TABLE bench.visible AS
SELECT p.seat_id, l.n, l.id AS case_id, l.submitted_at FROM bench.person p
  JOIN bench.line l ON l.cell_id = p.cell_id
 WHERE l.submitted_at IS NOT NULL AND (
       p.who = 'coordinator' OR p.unit IN (l.owner_unit, l.prosecutor_unit))
UNION ALL
SELECT p.seat_id, l.n, l.id, l.submitted_at FROM bench.person p
  JOIN bench.share s ON s.to_unit = p.unit AND s.fate = 'accepted'
  JOIN bench.line l ON l.n = s.n WHERE p.who = 'partner'
"""
CHOSEN = f"""
CREATE TABLE bench.opened AS
SELECT seat_id, case_id, n FROM (
    SELECT seat_id, case_id, n,
           row_number() OVER (PARTITION BY seat_id ORDER BY submitted_at DESC) AS newest,
           row_number() OVER (PARTITION BY seat_id ORDER BY bench.chance(n, 19)) AS whichever
      FROM bench.visible) v
 WHERE newest <= {NEWEST} OR whichever <= {ANY}
"""
WANTED = """
SELECT n, id, cell_id, created_at, bench.uid(stamp, n, 'facts'), bench.uid(stamp, n, 'steps'),
       bench.uid(stamp, n, 'measure'), bench.uid(stamp, n, 'target'),
       bench.uid(stamp, n, 'presumed'), bench.uid(stamp, n, 'witness')
  FROM bench.line WHERE n IN (SELECT n FROM bench.opened) ORDER BY n
"""
NARRATIVE = (
    "Texte inventé pour une mesure. Plusieurs élèves de la classe rapportent des moqueries "
    "répétées dans la cour et sur un groupe en ligne depuis la rentrée de janvier. "
)


class Wanted(NamedTuple):
    """A case that somebody opens, with the identifiers that its rows will have."""

    n: int
    case_id: UUID
    cell_id: int
    created_at: datetime
    facts: UUID
    steps: UUID
    measure: UUID
    target: UUID
    presumed: UUID
    witness: UUID


def choose_opened(connection: psycopg.Connection) -> None:
    """Decide which cases the people who measure will open, out of those that they see."""
    connection.execute(VISIBLE)
    connection.execute(CHOSEN)
    connection.execute(
        "DROP TABLE bench.visible;"
        "ALTER TABLE bench.opened ADD PRIMARY KEY (seat_id, case_id); ANALYZE bench.opened"
    )


def make_period_keys(plan: Plan, moment: datetime) -> None:
    """A key for each cell and year, made by the kernel's own function."""
    for cell in range(1, plan.cells + 1):
        for year in range(moment.year - YEARS, moment.year + 1):
            period_key_for(cell, moment.replace(year=year, month=1, day=1))


def seal(connection: psycopg.Connection) -> int:
    """Seal the contents of the opened cases, under keys of their own; how many cases."""
    wanted = [Wanted(*row) for row in connection.execute(WANTED)]
    rows = (row for case in wanted for row in _rows(case))
    copy_rows(connection, "bench.sealed", "n, what, one, two, three", rows)
    connection.execute("ANALYZE bench.sealed")
    return len(wanted)


def _rows(case: Wanted) -> Iterator[tuple[object, ...]]:
    period = period_key_for(case.cell_id, case.created_at)
    wrapped = new_case_key(case.case_id, period)
    cipher = CaseCipher(case.case_id, period, wrapped)
    yield case.n, "key", wrapped, None, None
    contents = {"facts": (case.facts, _facts(case)), "steps": (case.steps, _steps())}
    for what, (row_id, content) in contents.items():
        sealed = cipher.seal("referrals_compartment", "content", row_id, json.dumps(content))
        yield case.n, what, sealed, None, None
    note = cipher.seal("referrals_measure", "note", case.measure, NARRATIVE[:90])
    yield case.n, "measure", note, None, None
    parties = {"target": case.target, "presumed": case.presumed, "witness": case.witness}
    for what, row_id in parties.items():
        identity = {
            "family_name": f"Fictif{case.n}",
            "given_name": what.capitalize(),
            "birth_date": "2012-05-17",
            "class_group": "5e B",
        }
        yield (
            case.n,
            what,
            cipher.seal("referrals_party", "label", row_id, f"{what[0].upper()}.F. (1)"),
            cipher.seal("referrals_party", "identity", row_id, json.dumps(identity)),
            blind_index("party", case.cell_id, f"fictif{case.n}", what, "2012-05-17"),
        )


def _facts(case: Wanted) -> dict[str, object]:
    fact = {
        "kind": "verbal",
        "place": "yard",
        "began_on": case.created_at.date().isoformat(),
        "ended_on": None,
        "source": "told_by_target",
        "narrative": NARRATIVE,
    }
    return {"facts": [fact, fact | {"kind": "cyber", "place": "online", "source": "seen"}]}


def _steps() -> dict[str, object]:
    return {
        "taken": ["target_interview", "parents_interview", "witness_interview"],
        "narrative": NARRATIVE,
        "incident_reference": "FE-2026-17",
        "incident_level": 2,
        "parents_informed": "yes",
        "parents_informed_on": "2026-01-20",
    }
