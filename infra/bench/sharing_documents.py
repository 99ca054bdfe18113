"""`./infra/bin/bench sharing_documents`: may this person have this document, at 200 a second."""

import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from infra.bench import house
from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.run import ensure
from infra.bench.measuring.open_role import RUNTIME, Login
from infra.bench.report import (
    Machine,
    Options,
    Report,
    Row,
    figure_at_most,
    options_for,
)
from infra.launcher.progress import step

CASES = 10_000
SIZES = (10_000, 1_000_000)
RATE = 200
SECONDS = 20
WARMING = 2
"""Seconds before any counts: the first requests of a process also connect and import."""
THREADS = 8
GOAL = figure_at_most(20, "ms", strictly=True)
# Triggers are for people: what they would write is taken from the facts of the same case.
FILL = """
INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,
    file_key, owner_unit, owner_name, withheld, added_by, created_at, since, version, viewers,
    editors, recheck_at)
SELECT gen_random_uuid(), p.cell_id, p.case_id, 3, 'report', 'pdf', 40000, 'ready',
       decode(repeat('00', 180), 'hex'), decode(repeat('00', 93), 'hex'), 0, 'Organisme', '{}',
       gen_random_uuid(), p.created_at, p.created_at, 1, p.viewers, p.editors, p.recheck_at
  FROM referrals_compartment p CROSS JOIN generate_series(1, %(each)s)
 WHERE p.bit = 3 LIMIT %(most)s
"""


def main(arguments: Sequence[str]) -> int:
    """Measure with few documents and with a million; the database is filled first."""
    parser = options_for("sharing_documents", "The right to a document, at 200 requests a second.")
    parser.add_argument("--documents", type=int, nargs="+", help="default: 10000 1000000")
    parser.add_argument("--seconds", type=int, help="of each measurement (default: 20)")
    parser.add_argument("--cases", type=int, default=CASES, help="default: 10000")
    found = parser.parse_args(arguments)
    sizes = sorted(found.documents or ((10_000, 50_000) if found.quick else SIZES))
    seconds = found.seconds or (4 if found.quick else SECONDS)
    plan = Plan.of(found.cases, found.seed)
    ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    report = Report(
        "sharing_documents", machine, Options.of(found), str(plan), "the fewest documents"
    )
    before: float | None = None
    try:
        for size in sizes:
            with step(f"Adding {size:,} documents"):
                there = _fill(plan, size)
            with step(f"Asking for {seconds} s, {RATE} a second, of {there:,} documents"):
                took = _measured(plan, found.seed, seconds)
            p50, p95 = statistics.median(took), sorted(took)[int(len(took) * 0.95)]
            name = f"right to a document, {there:,} documents, {RATE}/s"
            report.add(Row(f"{name}, p50", p50, "ms"))
            report.add(Row(f"{name}, p95", p95, "ms", baseline=before, goals=(GOAL,)))
            before = before or p95
    finally:
        _empty(plan)
    report.note(
        f"{RATE} requests a second are due, from {THREADS} threads; each is counted from when it"
        " was due. Half of them ask for a document of another cell"
    )
    report.note("a request: the session's viewer, the document, its case; through row security")
    return report.finish()


def _fill(plan: Plan, size: int) -> int:
    with database.admin(plan.database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("TRUNCATE referrals_document")
        facts = connection.execute(
            "SELECT count(*) FROM referrals_compartment WHERE bit = 3"
        ).fetchone()
        each = -(-size // max(1, facts[0] if facts else 1))
        done = connection.execute(FILL, {"each": each, "most": size})
        connection.execute("VACUUM ANALYZE referrals_document")
        connection.execute("CHECKPOINT")
        return done.rowcount


def _empty(plan: Plan) -> None:
    with database.admin(plan.database) as connection:
        connection.execute("TRUNCATE referrals_document")


def _measured(plan: Plan, seed: int, seconds: int) -> list[float]:
    """What each request took in milliseconds, from the moment at which it was due."""
    secured = Login(RUNTIME, os.environ["REMPART_DB_PASSWORD_RUNTIME"])
    with house.standing_on(plan.database, user=secured.user, password=secured.password):
        # These know the product's own code, which can be imported from here on.
        from infra.bench.measuring import people

        everybody = [one for one in people.sign_in_people(plan.database, seed) if one.cases]
        count = RATE * (seconds + WARMING)
        return _ask(_questions(plan, everybody, random.Random(seed), count))


def _questions(
    plan: Plan, everybody: list[Any], chance: random.Random, count: int
) -> list[tuple[str, UUID, bool]]:
    """Tokens, documents, and whether that person may have that document."""
    mine: dict[int, list[UUID]] = {}
    with database.admin(plan.database) as connection:
        for cell in {one.cell for one in everybody}:
            rows = connection.execute(
                "SELECT id FROM referrals_document WHERE cell_id <> %s LIMIT 2000", [cell]
            )
            mine[cell] = [row[0] for row in rows]
        asked = []
        for one in everybody:
            rows = connection.execute(
                "SELECT id FROM referrals_document WHERE case_id = ANY (%s) LIMIT 500",
                [one.cases],
            )
            own = [row[0] for row in rows]
            for _number in range(-(-count // (2 * len(everybody)))):
                if own:
                    asked.append((one.token, chance.choice(own), True))
                asked.append((one.token, chance.choice(mine[one.cell]), False))
    chance.shuffle(asked)
    return asked[:count]


def _ask(asked: list[tuple[str, UUID, bool]]) -> list[float]:
    from django.db import connections, transaction

    from kernel.errors import NotFound
    from kernel.scope import bind, looking_as
    from referrals.documents.selectors import visible_document

    took: list[float] = []
    wrong: list[tuple[bool, bool]] = []
    lock = threading.Lock()
    began = time.perf_counter() + 0.5

    def one(number: int) -> None:
        token, document_id, expected = asked[number]
        due = began + number / RATE
        if (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        with transaction.atomic(durable=True):
            viewer = bind(token)
            if viewer is None:
                raise RuntimeError("A session of the measurement has ended.")
            with looking_as(viewer):
                try:
                    visible_document(viewer, document_id)
                    found = True
                except NotFound:
                    found = False
        milliseconds = (time.perf_counter() - due) * 1000
        with lock:
            if number >= RATE * WARMING:
                took.append(milliseconds)
            if expected is False and found:
                wrong.append((expected, found))

    met = threading.Barrier(THREADS)

    def leave(_number: int) -> None:
        met.wait()
        connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(one, number) for number in range(len(asked))]:
            done.result()
        list(pool.map(leave, range(THREADS)))
    if wrong:
        raise RuntimeError(f"{len(wrong)} documents of another cell were given out.")
    return took


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
