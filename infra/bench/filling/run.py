"""The whole filling, step by step, or nothing when the same is already there."""

import os
import time
from datetime import UTC, datetime

import psycopg

from infra.bench import house
from infra.bench.filling import database, proof
from infra.bench.filling.loading import bulk, fill_tables
from infra.bench.filling.plan import Plan
from infra.launcher.progress import step

COUNTER = """
INSERT INTO referrals_reference_counter (cell_id, year, last)
SELECT cell_id, extract(year FROM created_at), max(number) FROM bench.line GROUP BY 1, 2
"""
# The rooms that the pages of a measurement listen to have a past.
ROOMS = """
INSERT INTO kernel_live_event (cell_id, room, seq, kind, subject_id, at)
SELECT p.cell_id, 'unit:' || p.unit, s, 'referral.submitted', NULL, now()
  FROM (SELECT DISTINCT cell_id, unit FROM bench.person) p, generate_series(1, 1000) s
UNION ALL
SELECT c.cell_id, 'case:' || c.id, s, 'referral.submitted', c.id, now()
  FROM bench.line c, generate_series(1, 8) s WHERE c.n IN (SELECT n FROM bench.opened);
INSERT INTO kernel_live_room (room, cell_id, last_seq)
SELECT room, cell_id, max(seq) FROM kernel_live_event GROUP BY room, cell_id;
VACUUM (ANALYZE) kernel_live_event, kernel_live_room;
ANALYZE kernel_seat, kernel_unit, kernel_period_key, agencies_agency, agencies_accession,
    agencies_membership, agencies_school, agencies_cell, agencies_account
"""


def ensure(plan: Plan) -> float:
    """Fill the database unless it holds exactly this; the seconds that the filling took."""
    known = database.filled_seconds(plan)
    if known is not None:
        return known
    began = time.monotonic()
    _fill(plan)
    seconds = time.monotonic() - began
    database.mark(plan, seconds)
    return seconds


def _fill(plan: Plan) -> None:
    with step(f"Tables of {plan.database}"):
        database.make(plan)
    user, password = os.environ["REMPART_DB_ADMIN_USER"], os.environ["REMPART_DB_PASSWORD_ADMIN"]
    with house.standing_on(plan.database, user=user, password=password):
        _fill_tables(plan)
    with step("Proof that nothing drifts"), database.admin(plan.database) as plain:
        proof.prove(plain, plan.cases)


def _fill_tables(plan: Plan) -> None:
    # These know the product's own code, which can be imported from here on.
    from infra.bench.filling import sealing, staging
    from infra.bench.filling.people import store_people
    from infra.bench.filling.tables import FILLINGS
    from infra.bench.filling.territory import Territory

    moment = datetime.now(UTC)
    with bulk(plan.database) as connection:
        staging.prepare(connection, plan)
        with step("Cells, schools, agencies, people"):
            territory = Territory.invent(plan)
            territory.store(connection)
            store_people(connection, plan, territory)
        with step("Deciding cases and shares"):
            staging.stage(connection, plan, moment)
        with step("Sealing what will be opened"):
            sealing.choose_opened(connection)
            sealing.make_period_keys(plan, moment)
            sealing.seal(connection)
        with step("Cases") as tell:
            fill_tables(plan.database, FILLINGS, moment, tell)
        with step("Rooms, statistics"):
            connection.execute(COUNTER)
            _each(connection, ROOMS)
            staging.tidy(connection)


def _each(connection: psycopg.Connection, statements: str) -> None:
    for statement in statements.split(";"):
        connection.execute(statement.encode())
