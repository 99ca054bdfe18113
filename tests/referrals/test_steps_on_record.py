"""How long each step of a case took can be computed from the record alone."""

import json
from itertools import pairwise

import pytest

from kernel.scope import acting_as
from referrals import events
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.models import Case
from referrals.models.history import MeasureKind
from referrals.models.share import Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.ask import ask_access, withdraw
from referrals.states import STEPS
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import in_days

pytestmark = pytest.mark.database


def moves(case_id, prefixes) -> list[tuple]:
    """Every move that the record tells of the case: when, the kind, from what and to what."""
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT at, kind, convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE case_id = %s AND outcome = 'done' ORDER BY epoch, xid, id",
            [case_id],
        ).fetchall()
    told = [(at, kind, json.loads(text)["facts"]) for at, kind, text in rows]
    return [
        (at, kind, facts["before"], facts["after"])
        for at, kind, facts in told
        if kind.split(".")[0] in prefixes and "after" in facts
    ]


def test_the_record_alone_tells_the_life_of_a_case(world):
    case_id = world.activated()
    share = world.shared(case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, share)
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(
            viewer, case_id, freeze_acts=False, pause_interviews=True, closed=[Compartment.FACTS]
        )
    world.closed(case_id)
    told = moves(case_id, {"referral", "measure"})
    steps = [(kind, before, after) for _at, kind, before, after in told]
    assert steps == [
        ("referral.draft_started", None, "draft"),
        ("referral.submitted", "draft", "submitted"),
        ("referral.triaged", "submitted", "qualified"),
        ("referral.activated", "qualified", "activated"),
        ("measure.added", "activated", "action_plan"),
        ("referral.resolved", "action_plan", "resolved"),
        ("referral.closed", "resolved", "closed"),
    ]
    with acting_as(world.coordinator.viewer):
        case = Case.objects.get(pk=case_id)
    since = {after: at for at, _kind, _before, after in told}
    kept = [case.submitted_at, case.triaged_at, case.activated_at, case.resolved_at, case.closed_at]
    names = ["submitted", "qualified", "activated", "resolved", "closed"]
    for (one, begun), (other, ended) in pairwise(zip(names, kept, strict=True)):
        spent = (since[other] - since[one]).total_seconds()
        assert spent == pytest.approx((ended - begun).total_seconds(), abs=5)
    assert [move[1:] for move in moves(case_id, {"share"})] == [
        ("share.proposed", None, "proposed"),
        ("share.accepted", "proposed", "accepted"),
        ("share.revoked", "accepted", "revoked"),
    ]
    assert [move[1:] for move in moves(case_id, {"prosecutor"})] == [
        ("prosecutor.orders", [], ["interviews_paused", "closed:facts"])
    ]


def test_a_measure_and_a_request_say_what_they_were(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    with acting_as(world.gendarme.viewer) as viewer:
        asked = ask_access(
            viewer,
            case_id,
            compartments=[Compartment.SCHOOL_STEPS],
            purpose=Purpose.PROTECTION,
            why="Pour la suite",
        )
        withdraw(viewer, asked.pk)
    with acting_as(world.coordinator.viewer) as viewer:
        measure = add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(7),
        )
        finish_measure(viewer, measure.pk)
    assert [move[1:] for move in moves(case_id, {"measure"})] == [
        ("measure.added", "activated", "action_plan"),
        ("measure.done", "planned", "done"),
    ]
    assert [move[1:] for move in moves(case_id, {"request"})] == [
        ("request.made", None, "open"),
        ("request.withdrawn", "open", "withdrawn"),
    ]


def test_every_step_that_somebody_takes_has_its_kind():
    by_the_plan = {"plan"}
    nobody_takes = {"review", "start", "stabilise"}
    assert set(events.OF_STEP) == set(STEPS) - by_the_plan - nobody_takes
    assert {kind.moves for kind in events.OF_STEP.values()} == {events.CASE}
