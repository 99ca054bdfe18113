"""Each condition of the database's own functions alone: everything is right but one thing.

What is wrong is written by the superuser into the same transaction, without triggers, and undone:
a row of another cell, a right that has ended, a seat that has lost its role. Row security is not
asked either, so that the function alone answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import psycopg
import pytest

from kernel.ids import uuid7
from kernel.scope import acting_as
from kernel.viewer import Viewer
from referrals.casefile.selectors import case_file
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import SECRET, Compartment
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.models.access import Level
from referrals.models.glass import Emergency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import Purpose
from referrals.sharing.services.ask import ask_access
from referrals.sharing.services.break_glass import break_glass
from tests.authorisation.conditions import (
    DOCUMENT,
    FACTS,
    JUDICIAL,
    LISTED,
    NOTHING,
    PARTS,
    TERRITORIAL,
    WAITS,
    Asked,
)
from tests.authorisation.conditions_of_acts import ACTS, WAIT_TOO
from tests.authorisation.conditions_of_the_record import RECORD
from tests.support.database import admin
from tests.support.exports import asked as asked_for_export
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import World, in_days

pytestmark = pytest.mark.database

ALL = {**PARTS, "acts": ACTS, "record": RECORD}
ALL_WAITS = {**WAITS, **WAIT_TOO}


@pytest.fixture(scope="module")
def ground(database) -> Iterator[SimpleNamespace]:
    """A case in which everybody has something, and the names of those things."""
    world, document = World(), uuid7()
    case = world.activated()
    share = world.shared(case, world.gendarme, Compartment.FACTS, level=Level.CONTRIBUTE)
    offer = world.proposed(case, world.police)
    with acting_as(world.coordinator.viewer) as viewer:
        reference = case_file(viewer, case).case.reference
        measure = add_measure(
            viewer,
            case,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.gendarme.accession_id,
            due_on=in_days(7),
        ).pk
    with acting_as(world.gendarme.viewer) as viewer:
        request = ask_access(
            viewer, case, compartments=[Compartment.SCHOOL_STEPS], purpose=Purpose.PROTECTION
        ).pk
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case, code=FeedbackCode.TAKEN)
    why = "Un essai des fonctions de la base."
    with acting_as(world.gendarme.viewer) as viewer:
        case_file(viewer, case)
    with acting_as(world.police.viewer) as viewer:
        glass = break_glass(
            viewer,
            reference=reference,
            compartments=[Compartment.TERRITORIAL],
            emergency=Emergency.DANGER,
            reason=why,
        )
    seats = world.everybody()
    names = {
        "cell": world.cell.pk,
        "case": case,
        "draft": world.draft(),
        "share": share,
        "offer": offer,
        "reference": reference,
        "measure": measure,
        "request": request,
        "glass": glass.pk,
        "export": asked_for_export(world.gendarme, case),
        "document": document,
        "accession": world.gendarme.accession_id,
        "gendarmes": world.gendarme.accession.unit_id,
        "police": world.police.accession.unit_id,
        "school": world.pilot.accession.unit_id,
        "victims": world.victim_support.accession.unit_id,
        "prosecution": world.prosecutor.accession.unit_id,
        "pilot_seat": world.pilot.viewer.seat_id,
        "pilot_account": world.pilot.viewer.account_id,
        "coordinator_seat": world.coordinator.viewer.seat_id,
        "coordinator_account": world.coordinator.viewer.account_id,
        "gendarme_seat": world.gendarme.viewer.seat_id,
        "secrecy": world.police.accession.secrecy_unit_id,
        **_called("gendarme", world.gendarme.viewer),
        **_called("coordinator", world.coordinator.viewer),
        **{part: uuid7() for part in ("facts", "parts", "judicial")},
    }
    with injected(world.gendarme) as connection:
        for part, scope in (("facts", FACTS), ("parts", TERRITORIAL), ("judicial", JUDICIAL)):
            connection.execute(
                "SELECT referrals.ask_glass(%s, %s, %s)", [names[part], reference, scope]
            )
        connection.commit()
    with admin(database_name()) as connection:
        connection.execute("DELETE FROM kernel_outbox WHERE event_id = %(export)s", names)
        (names["coordination"],) = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()
        secret = f'{{"scope": {SECRET}, "to_secrecy_unit": {names["secrecy"]}}}'
        for new, table, row, more in (
            ("another_offer", "share", "offer", ""),
            ("secret_offer", "share", "offer", secret),
            ("another_request", "request", "request", ""),
            ("another_export", "export", "export", f'{{"share_id": "{share}"}}'),
        ):
            names[new] = connection.execute(
                f"SELECT (to_jsonb(t) || %s::jsonb || jsonb_build_object('id', %s::text))::text"
                f" FROM referrals_{table} t WHERE id = %s",
                [more or "{}", uuid7(), names[row]],
            ).fetchone()[0]
        yield SimpleNamespace(seats=seats, names=names, connection=connection)


def _called(who: str, viewer: Viewer) -> dict[str, object]:
    return {f"{who}_name": viewer.display_name, f"{who}_agency": viewer.agency_name}


@contextmanager
def moment(ground, one: Asked, *wrong: str) -> Iterator[dict[str, object]]:
    """A transaction with this seat's session in which things are so, undone afterwards."""
    viewer = ground.seats[one.by].viewer
    values = {**ground.names, "asking": viewer.seat_id}
    connection = ground.connection
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        for statements in (one.given, *wrong):
            for statement in filter(None, statements.split("; ")):
                assert connection.execute(statement, values).rowcount >= 1, statement
        connection.execute("SET LOCAL session_replication_role = origin")
        connection.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        yield values


def answer(ground, one: Asked, *wrong: str) -> str:
    """What the last statement of the question says, or how one of them was refused."""
    with moment(ground, one, *wrong) as values:
        try:
            for statement in one.question.split("; "):
                done = ground.connection.execute(statement, values)
        except psycopg.Error as error:
            return f"refused: {error.diag.message_primary}"
        if not done.description:
            return "done"
        said = [value for row in done.fetchall() for value in row if value not in (None, [], 0)]
        return ", ".join(map(str, said)) or NOTHING


@pytest.mark.parametrize("part", ALL)
def test_a_condition_that_is_not_met_is_enough(ground, part):
    wrong = {}
    for name, one in ALL[part].items():
        expected = one.says.format(**ground.names)
        whole, found = answer(ground, one), answer(ground, one, one.wrong)
        if found != expected or (one.wrong and whole == expected):
            wrong[name] = (whole, found)
    assert wrong == {}


@pytest.mark.parametrize("name", ALL_WAITS)
def test_nobody_makes_another_cell_wait(ground, name):
    one = ALL_WAITS[name]
    with admin(database_name()) as other, other.transaction(force_rollback=True):
        other.execute(
            "SELECT FROM referrals_case WHERE id = %(case)s FOR NO KEY UPDATE", ground.names
        )
        assert answer(ground, one) == one.says
        assert answer(ground, one, one.wrong) != one.says


def test_what_is_looked_at_again_is_not_taken_for_wrong(ground):
    """Of a row whose time to look again has come the policies ask the grants themselves."""
    lists = "UPDATE {} SET viewers = '{{}}' {} WHERE case_id = %(case)s"
    wrong = "; ".join(lists.format(table, "") for table in LISTED)
    over = "; ".join(lists.format(table, ", recheck_at = now()") for table in LISTED)
    drift = Asked("coordinator", "SELECT d FROM referrals.drift() d WHERE d = %(case)s", "", "")
    assert answer(ground, drift) == NOTHING
    assert answer(ground, drift, DOCUMENT, wrong) == str(ground.names["case"])
    assert answer(ground, drift, DOCUMENT, over) == NOTHING
    case = "UPDATE referrals_case SET viewers = '{}' WHERE id = %(case)s"
    assert answer(ground, drift, case) == str(ground.names["case"])
    assert answer(ground, drift, case.replace(" WHERE", ", recheck_at = now() WHERE")) == NOTHING
