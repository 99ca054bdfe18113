"""The prosecutor's orders: acts frozen, interviews paused, parts closed, and never why."""

from datetime import timedelta

import pytest
from django.urls import reverse

from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, WrongState
from kernel.scope import acting_as
from meetings.services.convene import convene
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.models.access import Level
from referrals.models.case import Outcome
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import LegalBasis, Purpose, RefusalReason
from referrals.sharing.services import answer
from referrals.sharing.services.ask import ask_access
from referrals.sharing.services.propose import propose
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import in_days

pytestmark = pytest.mark.database
C = Compartment
CHECKED, FORBIDDEN, NOTHING = "23514", "42501", "no row"


def ordered(world, case_id, *, freeze=False, pause=False, closed=()):
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(viewer, case_id, freeze_acts=freeze, pause_interviews=pause, closed=closed)


def a_measure(viewer, case_id, owner, kind=MeasureKind.SUPERVISION):
    return add_measure(
        viewer, case_id, kind=kind, owner_accession=owner.accession_id, due_on=in_days(7)
    ).pk


def page_of(seat, case_id):
    return seat.browser.get(reverse("referrals:case", args=[case_id])).text


def test_while_acts_are_frozen_the_others_read_and_only_narrow(world):
    case_id = world.activated()
    running = world.shared(case_id, world.gendarme, C.FACTS, level=Level.CONTRIBUTE)
    offer = world.proposed(case_id, world.police)
    with acting_as(world.coordinator.viewer) as viewer:
        measure = a_measure(viewer, case_id, world.gendarme)
    soon = now() + timedelta(hours=1)
    acts = [
        ("coordinator", lambda v: a_measure(v, case_id, world.gendarme)),
        ("coordinator", lambda v: resolve(v, case_id, outcome=Outcome.IMPROVED)),
        ("coordinator", lambda v: give_feedback(v, case_id, code=FeedbackCode.TAKEN)),
        ("coordinator", lambda v: world.proposed(case_id, world.victim_support)),
        (
            "coordinator",
            lambda v: convene(v, case_id, starts_at=soon, agencies=[world.gendarme.accession_id]),
        ),
        ("gendarme", lambda v: finish_measure(v, measure)),
        ("police", lambda v: answer.accept(v, offer)),
    ]
    ordered(world, case_id, freeze=True)
    for who, act in acts:
        if act is acts[3][1]:
            with pytest.raises(WrongState) as refused:
                act(None)
        else:
            with (
                pytest.raises(WrongState) as refused,
                acting_as(world.everybody()[who].viewer) as viewer,
            ):
                act(viewer)
        # Who was offered something and sees nothing yet is not told of the prosecutor.
        told = "held" if who == "police" else "acts_frozen"
        assert refused.value.code == told, acts.index((who, act))
    terms = {
        "to_accession": str(world.victim_support.accession_id),
        "purpose": "protection",
        "legal_basis": "protocol",
        "compartments": ["facts"],
    }
    preview = f"/api/v1/referrals/{case_id}/preview/"
    tried = world.coordinator.browser.post(preview, terms, content_type="application/json")
    assert (tried.status_code, tried.json()["error"]["code"]) == (409, "acts_frozen")
    by_sql = [
        ("coordinator", "UPDATE referrals_case SET state = 'resolved'", CHECKED),
        ("coordinator", "UPDATE referrals_case SET feedback_at = now()", CHECKED),
        ("coordinator", "UPDATE referrals_case SET acts_frozen_at = NULL", FORBIDDEN),
        ("gendarme", "UPDATE referrals_case SET acts_frozen_at = NULL", NOTHING),
        ("gendarme", "UPDATE referrals_measure SET state = 'done'", CHECKED),
        ("gendarme", "UPDATE referrals_compartment SET content = '\\x00'", FORBIDDEN),
        ("police", f"UPDATE referrals_share SET state = 'accepted' WHERE id = '{offer}'", CHECKED),
        ("police", f"UPDATE referrals_share SET state = 'refused' WHERE id = '{offer}'", "1 rows"),
    ]
    for who, statement, answers in by_sql:
        with injected(world.everybody()[who]) as connection:
            assert refusal(connection, statement) == answers, statement

    page = page_of(world.coordinator, case_id)
    assert "Le parquet a suspendu les actes" in page
    assert "Ce que vous pouvez faire" not in page
    assert "Convoquer une réunion" not in page
    page = page_of(world.gendarme, case_id)
    assert "Insultes répétées" in page
    assert "C&#x27;est fait" not in page
    assert "Donner des consignes" in page_of(world.prosecutor, case_id)

    with acting_as(world.prosecutor.viewer) as viewer:
        a_measure(viewer, case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, running)
    with acting_as(world.police.viewer) as viewer:
        answer.refuse(viewer, offer, reason=RefusalReason.OUT_OF_AREA)
    ordered(world, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        resolve(viewer, case_id, outcome=Outcome.IMPROVED)


def test_while_interviews_are_paused_nobody_decides_one(world):
    case_id = world.activated()
    ordered(world, case_id, pause=True)
    interview = MeasureKind.SHARED_CONCERN
    for seat in (world.coordinator, world.prosecutor):
        with pytest.raises(WrongState) as refused, acting_as(seat.viewer) as viewer:
            a_measure(viewer, case_id, world.pilot, interview)
        assert refused.value.code == "interviews_paused"
    with acting_as(world.coordinator.viewer) as viewer:
        a_measure(viewer, case_id, world.pilot)
    with injected(world.coordinator) as connection:
        new = (
            "INSERT INTO referrals_measure (id, cell_id, case_id, bit, kind, note, owner_unit,"
            " owner_name, due_on, state, decided_by, created_at, version, viewers, editors,"
            " recheck_at) SELECT gen_random_uuid(), cell_id, id, 10, 'shared_concern', '\\x00',"
            " owner_unit, 'x', current_date, 'planned', kernel.session_seat(), now(), 1, viewers,"
            " viewers, now() FROM referrals_case"
        )
        assert refusal(connection, new) == CHECKED
        assert refusal(connection, new.replace("shared_concern", "other")) == "1 rows"
    for seat in (world.pilot, world.coordinator):
        assert "Le parquet demande de ne mener aucun entretien" in page_of(seat, case_id)


def test_a_closed_part_goes_into_no_new_share(world):
    case_id = world.activated()
    running = world.shared(case_id, world.gendarme, C.FACTS)
    offer = world.proposed(case_id, world.police, C.FACTS)
    ordered(world, case_id, closed=[C.FACTS])
    with pytest.raises(Invalid):
        world.proposed(case_id, world.victim_support, C.FACTS)
    world.proposed(case_id, world.victim_support, C.SCHOOL_STEPS)
    with pytest.raises(WrongState) as refused, acting_as(world.police.viewer) as viewer:
        answer.accept(viewer, offer)
    assert refused.value.code == "held"
    assert "parquet" not in str(refused.value.message)
    with injected(world.police) as connection:
        accept = f"UPDATE referrals_share SET state = 'accepted' WHERE id = '{offer}'"
        assert refusal(connection, accept) == CHECKED
    assert "Insultes répétées" in page_of(world.gendarme, case_id)
    with admin(database_name()) as connection:
        state = connection.execute("SELECT state FROM referrals_share WHERE id = %s", [running])
        assert state.fetchone() == ("accepted",)


def test_who_merely_knows_of_a_case_is_not_told_of_orders_on_it(world):
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        known = propose(
            viewer,
            case_id,
            to_accession=world.gendarme.accession_id,
            compartments=(),
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        )
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, known.pk)
    ordered(world, case_id, freeze=True, pause=True, closed=[C.FACTS])
    with pytest.raises(WrongState) as refused, acting_as(world.gendarme.viewer) as viewer:
        ask_access(viewer, case_id, compartments=[C.FACTS], purpose=Purpose.PROTECTION)
    assert refused.value.code == "held"
    sent = {"ask_access-compartments": "facts", "ask_access-purpose": "protection"}
    address = reverse("referrals:ask_access", args=[case_id])
    page = world.gendarme.browser.post(address, sent | {"ask_access-level": "2"})
    assert page.status_code == 409
    assert "n&#x27;avance pas" in page.text
    assert "arquet" not in page.text


def test_only_the_office_that_follows_the_case_gives_orders(world):
    case_id = world.qualified()
    for seat in (world.coordinator, world.pilot):
        with pytest.raises(NotAllowed), acting_as(seat.viewer) as viewer:
            give_orders(viewer, case_id, freeze_acts=True, pause_interviews=True)
    for column in ("acts_frozen_at", "interviews_paused_at"):
        with injected(world.coordinator) as connection:
            change = f"UPDATE referrals_case SET {column} = now()"
            assert refusal(connection, change) == FORBIDDEN


def test_coordination_and_school_are_told_that_there_are_orders(world):
    case_id = world.activated()
    assert world.gendarme.viewer
    ordered(world, case_id, pause=True)
    with admin(database_name()) as connection:
        told = connection.execute(
            "SELECT recipient FROM kernel_outbox WHERE kind = 'prosecutor.orders'"
            " AND subject_id = %s AND channel = 'inbox'",
            [case_id],
        ).fetchall()
    assert {account for (account,) in told} == {
        world.coordinator.person.account_id,
        world.pilot.person.account_id,
    }


def test_a_body_in_which_nothing_arrived_lifts_no_order(world):
    """A box left empty lifts an order: so the form has to be there."""
    case_id = world.activated()
    ordered(world, case_id, freeze=True)
    address = reverse("referrals:orders", args=[case_id])
    for body, kind in ((b"", "text/plain"), (b"{}", "application/json"), (b"a=%00", "x")):
        answered = world.prosecutor.browser.generic("POST", address, body, content_type=kind)
        assert answered.status_code == 422
    assert "Le parquet a suspendu les actes" in page_of(world.coordinator, case_id)
    assert world.prosecutor.browser.post(address, {"orders-arrived": "True"}).status_code == 302
    assert "Le parquet a suspendu les actes" not in page_of(world.coordinator, case_id)
