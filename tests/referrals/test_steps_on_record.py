"""How long each step of a case took can be computed from the record alone."""

import json
from html import unescape
from itertools import pairwise

import pytest

from kernel.scope import acting_as
from referrals import events
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.documents.services.destroy import destroy
from referrals.models import Case
from referrals.models.document import Reason
from referrals.models.glass import Conclusion, Emergency
from referrals.models.history import MeasureKind
from referrals.models.share import Purpose, RenewalReason
from referrals.sharing.services import answer
from referrals.sharing.services.ask import ask_access, withdraw
from referrals.sharing.services.break_glass import break_glass, close_glass, conclude_glass
from referrals.sharing.services.renew import renew
from referrals.states import STEPS
from tests.support.database import admin
from tests.support.documents import a_document
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


def test_an_emergency_access_says_what_pressed_and_its_review_what_came_of_it(world):
    """A code, never the words that were said: these stay with the case."""
    case_id = world.activated()
    with acting_as(world.coordinator.viewer):
        reference = str(Case.objects.get(pk=case_id).reference)
    said = {"compartments": [Compartment.FACTS], "reason": "Zibeline est en danger ce soir."}
    with acting_as(world.police.viewer) as viewer:
        glass = break_glass(viewer, reference=reference, emergency=Emergency.IN_PERSON, **said).pk
    with acting_as(world.police.viewer) as viewer:
        close_glass(viewer, glass)
    with acting_as(world.auditor.viewer) as viewer:
        conclude_glass(viewer, glass, conclusion=Conclusion.FOLLOW_UP)
    assert [move[1:] for move in moves(case_id, {"glass"})] == [
        ("glass.broken", None, "open"),
        ("glass.closed", "open", "closed"),
        ("glass.concluded", None, "follow_up"),
    ]
    with admin(database_name()) as connection:
        [(payload,)] = connection.execute(
            "SELECT convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE case_id = %s AND kind = 'glass.broken'",
            [case_id],
        )
        [(kept,)] = connection.execute(
            "SELECT emergency FROM referrals_glass WHERE id = %s", [glass]
        )
    assert json.loads(payload)["facts"]["emergency"] == kept == "in_person"
    assert "Zibeline" not in payload
    shown = world.auditor.browser.get("/journal/", {"evenement": "glass.broken"}).text
    assert "Un élève ou sa famille attend une réponse sur place" in unescape(shown)


def test_a_document_and_a_renewal_say_what_they_were(world):
    case_id = world.activated()
    share = world.shared(case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        renew(viewer, share, until=in_days(90), reason=RenewalReason.FOLLOW_UP)
    document = a_document(world.coordinator, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        destroy(viewer, document, Reason.DUPLICATE)
    assert [move[1:] for move in moves(case_id, {"document"})] == [
        ("document.added", None, "ready"),
        ("document.destroyed", "ready", "destroyed"),
    ]
    with admin(database_name()) as connection:
        [(payload,)] = connection.execute(
            "SELECT convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE case_id = %s AND kind = 'share.renewed'",
            [case_id],
        )
    facts = json.loads(payload)["facts"]
    assert facts["expired_on"] < facts["expires_on"] == in_days(90).isoformat()
    shown = unescape(world.auditor.browser.get("/journal/", {"evenement": "share.renewed"}).text)
    assert "Échéance précédente" in shown


def test_every_step_that_somebody_takes_has_its_kind():
    by_the_plan = {"plan"}
    nobody_takes = {"review", "start", "stabilise"}
    assert set(events.OF_STEP) == set(STEPS) - by_the_plan - nobody_takes
    assert {kind.moves for kind in events.OF_STEP.values()} == {events.CASE}
