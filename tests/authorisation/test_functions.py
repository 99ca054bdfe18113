"""What the role of the pages may call answers whoever may ask, and nobody else.

By SQL alone, as an injection would: no page stands between the session and the function.
"""

from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest

from agencies.services.end_membership import end_membership
from agencies.services.make_token import make_token
from kernel.clock import now
from kernel.http.sessions import token_hash
from kernel.ids import uuid7
from kernel.scope import acting_as
from meetings.models import AgendaItem
from meetings.services.conduct import open_meeting
from meetings.services.convene import convene
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.intake.services.start_draft import start_draft
from referrals.models import Case
from referrals.models.access import Level
from referrals.models.glass import Emergency
from referrals.models.history import MeasureKind
from referrals.sharing.services.break_glass import break_glass
from tests.agencies.factories import OPERATOR, an_agency
from tests.agencies.replacing import agreed_to_replace, asked_to_replace
from tests.authorisation.functions import CALLS
from tests.referrals.test_sharing_walls import MAY_CALL
from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import World, in_days

pytestmark = pytest.mark.database

STRANGERS = ("pilot", "coordinator", "prosecutor", "gendarme", "cell_admin", "auditor")
REFUSED = "42501"


@pytest.fixture(scope="module")
def ground(database):
    return the_ground()


def the_ground() -> SimpleNamespace:
    """A cell in which every function has something to answer, and the names of those things."""
    world = World()
    for seat in (*world.everybody().values(), world.gendarme_lead):
        assert seat.viewer
    case_id = world.activated()
    share = world.shared(case_id, world.gendarme, Compartment.FACTS, level=Level.CONTRIBUTE)
    world.shared(case_id, world.victim_support)
    with acting_as(world.coordinator.viewer) as viewer:
        measure = add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.victim_support.accession_id,
            due_on=in_days(7),
        ).pk
    with acting_as(world.coordinator.viewer) as viewer:
        guests = [world.gendarme.accession_id]
        soon = now() + timedelta(hours=1)
        planned = convene(viewer, case_id, starts_at=soon, agencies=guests).pk
        going_on = convene(viewer, case_id, starts_at=soon, agencies=guests).pk
    with acting_as(world.coordinator.viewer) as viewer:
        open_meeting(viewer, going_on)
        item = AgendaItem.objects.get(meeting_id=going_on).pk
        reference = Case.objects.get(pk=case_id).reference
    with acting_as(world.prosecutor.viewer) as viewer:
        parts = [Compartment.TERRITORIAL]
        why = "Un essai des fonctions de la base."
        glass = break_glass(
            viewer, reference=reference, compartments=parts, emergency=Emergency.DANGER, reason=why
        ).pk
    with acting_as(world.other_pilot.viewer) as viewer:
        start_draft(viewer)
    end_membership(OPERATOR, membership_id=world.other_pilot.person.seat_id)
    end_membership(OPERATOR, membership_id=world.victim_support.person.seat_id)
    with acting_as(world.gendarme_lead.viewer) as viewer:
        token = make_token(
            viewer,
            accession_id=world.gendarme.accession_id,
            called="Une machine",
            may=["cases.read"],
            days=3,
        ).id
    return SimpleNamespace(
        world=world,
        names=_names(world)
        | {
            "case": case_id,
            "share": share,
            "measure": measure,
            "planned": planned,
            "open": going_on,
            "item": item,
            "reference": reference,
            "token": token,
            "glass": glass,
        },
    )


def _names(world):
    gendarme, coordinator = world.gendarme, world.coordinator
    absence = uuid7()
    with admin(database_name()) as connection:
        (coordination,) = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()
        (mark,) = connection.execute(
            "SELECT encode(blind, 'hex') FROM referrals_party"
            " WHERE cell_id = %s AND role = 'target'",
            [world.cell.pk],
        ).fetchone()
        connection.execute(
            "INSERT INTO agencies_absence (id, cell_id, membership_id, deputy_id, agency_id,"
            " valid_from, valid_until, state, proposed_by, created_at) VALUES (%s, %s, %s, %s, %s,"
            " now(), now() + interval '3 days', 'proposed', %s, now())",
            [
                absence,
                world.cell.pk,
                gendarme.person.seat_id,
                world.gendarme_lead.person.seat_id,
                gendarme.accession.agency_id,
                gendarme.person.seat_id,
            ],
        )
    return {
        "new": uuid7(),
        "other_agency": an_agency(kind="other").pk,
        "cell": world.cell.pk,
        "commune": "80901",
        "coordination": coordination,
        "mark": f"\\x{mark}",
        "absence": absence,
        "visit": uuid7(),
        "replacement": asked_to_replace(gendarme.person),
        "agreed": agreed_to_replace(world, world.police.person),
        "digest": token_hash(coordinator.viewer.token).hex(),
        "gendarme_seat": gendarme.person.seat_id,
        "gendarme_accession": gendarme.accession_id,
        "gendarme_unit": gendarme.accession.unit_id,
        "lead_seat": world.gendarme_lead.person.seat_id,
        "police_accession": world.police.accession_id,
        "left_unit": world.victim_support.accession.unit_id,
        "coordinator_seat": coordinator.person.seat_id,
        "coordinator_account": coordinator.person.account_id,
        "coordinator_agency": coordinator.accession.agency_id,
    }


def asked(connection, call, ground):
    """What the call answers: nothing, what it said, or how it was refused. Nothing is kept."""
    name, about = call
    statement = f"SELECT * FROM {name}({about.sql.format(**ground.names)})"
    try:
        rows = connection.execute(statement).fetchall()
    except psycopg.Error as error:
        return f"refused {error.sqlstate}"
    finally:
        connection.rollback()
    said = [value for row in rows for value in row if value not in (None, False, 0, [])]
    return said or "nothing"


def tells_too_much(answer, about, ground):
    """Why this answer to somebody who should get none is wrong; None when all is well."""
    if about.acts and answer != f"refused {REFUSED}":
        return answer
    if answer == "nothing" or str(answer).startswith("refused"):
        return None
    if not about.excuse:
        return answer
    held = [str(value) for value in ground.names.values() if len(str(value)) > 12]
    return next((value for value in held if value in str(answer)), None)


def test_every_function_that_pages_may_call_is_walked():
    listed = {f"{schema}.{name}" for schema, names in MAY_CALL.items() for name in names.split()}
    assert set(CALLS) == listed
    assert all(call.by or call.unproved for call in CALLS.values())
    assert all(len(call.excuse) > 40 for call in CALLS.values() if call.excuse)


def test_no_other_schema_has_a_function_for_pages(database):
    """Except what every database has, and what the extensions bring."""
    with as_role("runtime") as connection:
        schemas = connection.execute(
            "SELECT DISTINCT n.nspname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE has_function_privilege(p.oid, 'EXECUTE')"
            " AND has_schema_privilege(n.oid, 'USAGE')"
            " AND p.prorettype <> 'trigger'::regtype AND n.nspname NOT IN"
            " ('pg_catalog', 'information_schema') AND NOT EXISTS (SELECT FROM pg_depend d"
            " WHERE d.objid = p.oid AND d.deptype = 'e')"
        ).fetchall()
    assert {name for (name,) in schemas} == set(MAY_CALL)


def test_without_a_session_a_function_says_nothing(ground):
    wrong = {}
    with as_role("runtime") as connection:
        for call in CALLS.items():
            about = call[1]
            answer = asked(connection, call, ground)
            if about.excuse and about.to_nobody:
                continue
            if not (answer == "nothing" or str(answer).startswith("refused")):
                wrong[call[0]] = answer
    assert wrong == {}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_seat_of_another_cell_gets_nothing(ground, elsewhere, who):
    wrong = {}
    with injected(elsewhere.everybody()[who]) as connection:
        for call in CALLS.items():
            answer = asked(connection, call, ground)
            if found := tells_too_much(answer, call[1], ground):
                wrong[call[0]] = found
    assert wrong == {}


def test_in_the_same_cell_only_those_get_something_who_may_ask(ground):
    wrong = {}
    seats = ground.world.everybody() | {"gendarme_lead": ground.world.gendarme_lead}
    for who, seat in seats.items():
        with injected(seat) as connection:
            for name, about in CALLS.items():
                answer = asked(connection, (name, about), ground)
                got = answer != "nothing" and not str(answer).startswith("refused")
                if who in about.nothing_to and got:
                    wrong[name, who] = answer
                if who == about.by and not (got or (about.acts and answer == "nothing")):
                    wrong[name, who] = answer
    assert wrong == {}
