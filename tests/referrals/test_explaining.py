"""The rule that is named is the rule that holds: for every person, part and thing of a case."""

import io

import pytest
from django.core.management import CommandError, call_command

from kernel.clock import now
from kernel.errors import NotFound
from kernel.models import ScopeSession
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.models import Case
from referrals.models.history import FeedbackCode
from referrals.sharing import grants
from referrals.sharing.audience import THINGS, part_of
from referrals.sharing.explaining import explain, explain_seat
from referrals.sharing.services import answer
from tests.agencies.factories import PASSWORD
from tests.referrals.test_who_sees import (
    a_busy_case,
    everybody,
    found_by_engine,
)
from tests.support.walls import injected
from tests.support.world import Seated, World

pytestmark = pytest.mark.database

C = Compartment


def rule_for(world: World, seat_name: str, case_id, part: Compartment | None = None):
    with acting_as(world.coordinator.viewer) as viewer:
        found = explain(viewer, case_id, world.everybody()[seat_name].viewer.seat_id)
    verdict = found.header if part is None else dict(found.parts)[part]
    return verdict.allowed, verdict.rule


def test_each_verdict_is_what_the_person_finds(world):
    """Allowed where PostgreSQL finds the row, refused where it does not, with a rule each time."""
    case_id = a_busy_case(world)
    seats = dict(everybody(world))
    for seat in seats.values():
        assert seat.viewer
    with acting_as(world.coordinator.viewer) as viewer:
        told = {name: explain(viewer, case_id, seat.viewer.seat_id) for name, seat in seats.items()}
        ways, offers = grants.grants_on(case_id), grants.shares_on(case_id)
        rows = [
            (model._meta.db_table, row.pk, part_of(row))
            for model in THINGS.values()
            for row in model.objects.filter(case_id=case_id)
        ]
    for name, seat in seats.items():
        found = found_by_engine(seat, case_id)
        assert told[name].header.allowed == bool(found["case"]), name
        for table, row_id, part in rows:
            verdict = explain_seat(told[name].seat, ways, offers, part, now())
            assert verdict.allowed == (row_id in found.get(table, set())), (name, table, verdict)
        with injected(seat) as connection:
            (scope,) = connection.execute("SELECT referrals.scope_now(%s)", [case_id]).fetchone()
        for compartment, verdict in told[name].parts:
            assert verdict.allowed == bool((scope or 0) & compartment.mask), (name, compartment)


def test_the_rule_is_named(world):
    case_id = a_busy_case(world)
    for seat in world.everybody().values():
        assert seat.viewer
    expected = {
        ("pilot", None): (True, "school"),
        ("coordinator", None): (True, "coordination"),
        ("prosecutor", C.JUDICIAL): (True, "prosecution"),
        ("gendarme", C.FACTS): (True, "share"),
        ("gendarme", C.SCHOOL_STEPS): (False, "scope"),
        ("gendarme", C.JUDICIAL): (False, "judicial"),
        ("gendarme", C.HEALTH_SOCIAL): (False, "secrecy"),
        ("victim_support", C.IDENTITY_PRESUMED): (False, "victim_side"),
        ("police", None): (False, "proposed"),
        ("police", C.FACTS): (False, "proposed"),
        ("other_pilot", None): (False, "nothing"),
        ("auditor", None): (False, "role"),
        ("cell_admin", C.FACTS): (False, "role"),
    }
    said = {key: rule_for(world, key[0], case_id, key[1]) for key in expected}
    assert said == expected


def test_a_share_that_came_to_nothing_is_named_by_its_ending(world):
    case_id = world.activated()
    refused = world.proposed(case_id, world.police)
    ended = world.shared(case_id, world.gendarme)
    world.shared(case_id, world.victim_support)
    with acting_as(world.police.viewer) as viewer:
        answer.refuse(viewer, refused, reason="too_much")
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, ended)
    assert rule_for(world, "police", case_id) == (False, "refused")
    assert rule_for(world, "gendarme", case_id, C.FACTS) == (False, "revoked")
    world.closed(case_id)
    assert rule_for(world, "victim_support", case_id) == (False, "case_closed")


def test_what_was_added_too_late_is_named(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FEEDBACK)
    world.shared(case_id, world.police, C.FEEDBACK, include_future=True)
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.TAKEN)
        late = explain(viewer, case_id, world.gendarme.viewer.seat_id)
        whole = explain(viewer, case_id, world.police.viewer.seat_id)
    assert [(kind, part, each.rule) for kind, part, each in late.missing] == [
        ("feedback", C.FEEDBACK, "late")
    ]
    assert whole.missing == []


def test_who_may_ask_about_whom(world):
    case_id = a_busy_case(world)
    gendarme, pilot = world.gendarme.viewer.seat_id, world.pilot.viewer.seat_id
    with acting_as(world.gendarme.viewer) as viewer:
        assert explain(viewer, case_id).seat.seat_id == gendarme
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(NotFound):
        explain(viewer, case_id, pilot)
    with acting_as(world.police.viewer) as viewer, pytest.raises(NotFound):
        explain(viewer, case_id)
    with acting_as(world.prosecutor.viewer) as viewer:
        assert explain(viewer, case_id, gendarme).header.allowed
        reference = Case.objects.get(pk=case_id).reference
    page = world.gendarme.browser.post(f"/dossiers/{case_id}/pourquoi/", {"person": str(pilot)})
    assert page.status_code == 403
    form = {"reference": reference, "person": str(gendarme)}
    shown = world.auditor.browser.post("/pourquoi/", form).content.decode()
    assert "Son service a accepté un partage." in shown
    with acting_as(world.auditor.viewer) as viewer:
        assert not Case.objects.filter(pk=case_id).exists()
    unknown = world.auditor.browser.post("/pourquoi/", form | {"reference": "99-2020-00001"})
    assert unknown.status_code == 422
    assert world.cell_admin.browser.get("/pourquoi/").status_code == 403


def test_the_acts_are_those_that_the_policies_open(world):
    case_id = a_busy_case(world)
    with acting_as(world.prosecutor.viewer) as viewer:
        found = explain(viewer, case_id, world.coordinator.viewer.seat_id)
        own = explain(viewer, case_id)
    said = {act.code: (act.allowed, act.rule) for act in found.acts}
    allowed = ("step_start", "step_stabilise", "step_resolve", "share", "measure", "feedback")
    assert said == dict.fromkeys(allowed, (True, "role")) | {"orders": (False, "role")}
    assert {act.code for act in own.acts if act.allowed} >= {"measure", "orders"}
    with acting_as(world.auditor.viewer) as viewer, pytest.raises(NotFound):
        explain(viewer, case_id)


def test_the_command_names_the_rule_to_who_signs_in(world, monkeypatch):
    """Whoever asks shows password and code; a role that may not ask is refused."""
    case_id = a_busy_case(world)
    gendarme = world.gendarme.viewer.display_name
    with acting_as(world.coordinator.viewer):
        reference = Case.objects.get(pk=case_id).reference

    def said(seat: Seated, reference: str = reference) -> str:
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        person = seat.person
        call_command(
            "explain", reference, gendarme, email=person.email, code=person.code(), stdout=out
        )
        return out.getvalue()

    for seat in (world.coordinator, world.auditor):
        told = said(seat)
        assert "Faits : oui. Son service a accepté un partage. [share]" in told
        assert "Judiciaire (parquet seulement) : non." in told
    with pytest.raises(CommandError, match="rôle"):
        said(world.gendarme)
    with pytest.raises(CommandError, match="cette référence"):
        said(world.prosecutor, "80-2019-99999")
    mine = [seat.person.account_id for seat in world.everybody().values()]
    left = ScopeSession.objects.using("signin").filter(account_id__in=mine)
    assert not left.filter(user_agent="manage.py explain").exists()
