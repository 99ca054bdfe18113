"""Two people take a step at the same moment: one is first, the other is told, none is doubled."""

import re
from collections import Counter

import pytest

from kernel.errors import Conflict, NotAllowed, NotFound, WrongState
from kernel.scope import acting_as
from referrals.casefile.selectors import case_for
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.close import close
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.intake.services.acknowledge import acknowledge
from referrals.intake.services.activate import activate
from referrals.intake.services.save_draft import save_draft
from referrals.intake.services.start_draft import start_draft
from referrals.intake.services.submit import submit
from referrals.intake.services.triage import triage
from referrals.models import Share
from referrals.models.case import Outcome, Urgency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import RenewalReason
from referrals.sharing.services import answer
from referrals.sharing.services.renew import renew
from tests.agencies.factories import a_person
from tests.support.at_once import Acting, at_once, held
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import an_escalation, in_days

pytestmark = pytest.mark.database
THIS_CASE = "SELECT 1 FROM referrals_case WHERE id = %s FOR UPDATE"


def acting(viewer, act):
    """An act as a service call of its own, in its own transaction."""

    def run():
        with acting_as(viewer) as bound:
            return act(bound)

    return run


def outcomes(answers) -> Counter:
    """How many went through, and how the others were refused."""
    refused = (WrongState, Conflict, NotAllowed, NotFound)
    names = []
    for one in answers:
        if isinstance(one, Exception) and not isinstance(one, refused):
            raise one
        names.append(type(one).__name__ if isinstance(one, refused) else "done")
    return Counter(names)


def colleague(seat):
    """Somebody else in the same place with the same roles."""
    return a_person(seat.accession, *seat.roles).viewer()


def lines_of(case_id) -> list[str]:
    """What happened to the case, in the order in which it did."""
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT kind FROM referrals_milestone WHERE case_id = %s ORDER BY created_at", [case_id]
        ).fetchall()
    return [kind for (kind,) in rows]


def milestones(case_id) -> Counter:
    return Counter(lines_of(case_id))


STEPS = {
    "acknowledge": ("submitted", "coordinator", lambda v, c: acknowledge(v, c)),
    "triage": (
        "submitted",
        "coordinator",
        lambda v, c: triage(v, c, gravity=2, urgency=Urgency.HIGH),
    ),
    "activate": ("qualified", "prosecutor", lambda v, c: activate(v, c)),
    "resolve": (
        "planned",
        "coordinator",
        lambda v, c: resolve(v, c, outcome=Outcome.BULLYING_STOPPED),
    ),
    "close": ("told", "coordinator", lambda v, c: close(v, c)),
}
KIND = {"acknowledge": "acknowledged", "triage": "triaged", "activate": "activated"}
KIND |= {"resolve": "resolved", "close": "closed"}


def brought_to(world, about):
    if about in ("submitted", "qualified"):
        return getattr(world, about)()
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        _add_measure(viewer, case_id, world)
        if about == "told":
            resolve(viewer, case_id, outcome=Outcome.BULLYING_STOPPED)
            give_feedback(viewer, case_id, code=FeedbackCode.ENDED)
    return case_id


def _add_measure(viewer, case_id, world):
    return add_measure(
        viewer,
        case_id,
        kind=MeasureKind.SUPERVISION,
        owner_accession=world.pilot.accession_id,
        due_on=in_days(7),
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_by_one_of_two(world, step):
    about, who, act = STEPS[step]
    case_id = brought_to(world, about)
    seat = world.everybody()[who]
    people = [seat.viewer, colleague(seat)]
    steps = [acting(viewer, lambda v: act(v, case_id)) for viewer in people]
    answers = at_once(THIS_CASE, case_id, acts=steps)
    assert outcomes(answers) == {"done": 1, "WrongState": 1}
    assert milestones(case_id)[f"referral.{KIND[step]}"] == 1


def test_with_the_version_that_both_saw_the_second_is_told_what_changed(world):
    case_id = world.submitted()
    with acting_as(world.coordinator.viewer) as viewer:
        seen = case_for(viewer, case_id).version
    people = [world.coordinator.viewer, colleague(world.coordinator)]
    steps = [
        acting(v, lambda v: triage(v, case_id, gravity=1, urgency=Urgency.WATCH, version=seen))
        for v in people
    ]
    answers = at_once(THIS_CASE, case_id, acts=steps)
    assert outcomes(answers) == {"done": 1, "Conflict": 1}
    conflict = next(one for one in answers if isinstance(one, Conflict))
    assert conflict.changed["state"] == "Évaluée"


def test_a_referral_is_sent_by_one_of_two(world):
    """Neither gets an error page, and there is one reference."""
    case_id = world.draft()
    people = [world.pilot.viewer, colleague(world.pilot)]
    sends = [acting(viewer, lambda v: submit(v, case_id, an_escalation())) for viewer in people]
    answers = at_once(THIS_CASE, case_id, acts=sends)
    assert outcomes(answers) == {"done": 1, "WrongState": 1}
    with admin(database_name()) as connection:
        counted = connection.execute(
            "SELECT (SELECT count(*) FROM referrals_party WHERE case_id = %(case)s),"
            " (SELECT count(*) FROM referrals_compartment WHERE case_id = %(case)s),"
            " (SELECT sum(last) FROM referrals_reference_counter WHERE cell_id = %(cell)s)",
            {"case": case_id, "cell": world.cell.pk},
        ).fetchone()
    assert counted == (3, 2, 1)


def test_a_save_and_a_sending_do_not_mix(world):
    case_id = world.draft()
    acts = [
        acting(world.pilot.viewer, lambda v: submit(v, case_id, an_escalation())),
        acting(colleague(world.pilot), lambda v: save_draft(v, case_id, {"a": ["b"]}, version=1)),
    ]
    answers = at_once(THIS_CASE, case_id, acts=acts)
    found = outcomes(answers)
    assert found["done"] >= 1
    assert found["done"] + found["WrongState"] == 2
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_for(viewer, case_id).state == "submitted"


def test_a_share_is_accepted_by_one_of_two(world):
    case_id = world.activated()
    share_id = world.proposed(case_id, world.gendarme)
    people = [world.gendarme.viewer, colleague(world.gendarme)]
    accepts = [acting(viewer, lambda v: answer.accept(v, share_id)) for viewer in people]
    answers = at_once(THIS_CASE, case_id, acts=accepts)
    assert outcomes(answers) == {"done": 1, "WrongState": 1}
    assert milestones(case_id)["share.accepted"] == 1


def test_a_share_is_accepted_or_withdrawn_and_never_half(world):
    case_id = world.activated()
    share_id = world.proposed(case_id, world.gendarme, Compartment.FACTS)
    acts = [
        acting(world.gendarme.viewer, lambda v: answer.accept(v, share_id)),
        acting(world.coordinator.viewer, lambda v: answer.revoke(v, share_id)),
    ]
    found = outcomes(at_once(THIS_CASE, case_id, acts=acts))
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(NotFound):
        case_for(viewer, case_id)
    assert milestones(case_id)["share.revoked"] == 1
    assert milestones(case_id)["share.accepted"] == found["done"] - 1
    assert_no_drift()


def test_closing_and_accepting_leave_nothing_open(world):
    case_id = brought_to(world, "told")
    share_id = world.proposed(case_id, world.gendarme, Compartment.FACTS)
    acts = [
        acting(world.coordinator.viewer, lambda v: close(v, case_id)),
        acting(world.gendarme.viewer, lambda v: answer.accept(v, share_id)),
    ]
    found = outcomes(at_once(THIS_CASE, case_id, acts=acts))
    assert found["done"] >= 1
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_for(viewer, case_id).state == "closed"
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(NotFound):
        case_for(viewer, case_id)
    assert_no_drift()


def test_a_share_is_not_prolonged_by_who_comes_second(world):
    """After its withdrawal, the end of the case or an order, which both were waiting with it."""

    def prolonging(share_id):
        until, why = in_days(60), RenewalReason.FOLLOW_UP
        return acting(
            world.coordinator.viewer, lambda v: renew(v, share_id, until=until, reason=why)
        )

    def withdrawing(_case, share_id):
        return acting(colleague(world.coordinator), lambda v: answer.revoke(v, share_id))

    def closing(case_id, _share):
        return acting(colleague(world.coordinator), lambda v: close(v, case_id))

    def freezing(case_id, _share):
        order = {"freeze_acts": True, "pause_interviews": False}
        return acting(world.prosecutor.viewer, lambda v: give_orders(v, case_id, **order))

    for other, said, open_after in (
        (withdrawing, "share.revoked", False),
        (closing, "share.case_closed", False),
        (freezing, "prosecutor.orders", True),
    ):
        case_id = brought_to(world, "told")
        share_id = world.shared(case_id, world.gendarme, Compartment.FACTS, until=in_days(10))
        with held(THIS_CASE, case_id) as until_waiting:
            first = Acting(other(case_id, share_id))
            until_waiting(1)
            second = Acting(prolonging(share_id))
            until_waiting(2)
        assert outcomes([first.done(), second.done()]) == {"done": 1, "WrongState": 1}, said
        with acting_as(world.coordinator.viewer):
            share = Share.objects.get(pk=share_id)
        assert (share.renewals, said in lines_of(case_id)) == (0, True), said
        assert (share.state == "accepted") == open_after, said
        with acting_as(world.gendarme.viewer) as viewer:
            if open_after:
                assert case_for(viewer, case_id)
            else:
                with pytest.raises(NotFound):
                    case_for(viewer, case_id)
        assert_no_drift()


def test_the_first_measure_makes_one_plan(world):
    case_id = world.activated()
    people = [world.coordinator.viewer, colleague(world.coordinator), world.prosecutor.viewer]
    adds = [acting(viewer, lambda v: _add_measure(v, case_id, world)) for viewer in people]
    assert outcomes(at_once(THIS_CASE, case_id, acts=adds)) == {"done": 3}
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_for(viewer, case_id).state == "action_plan"
    assert milestones(case_id)["measure.added"] == 3


def test_a_measure_is_finished_once(world):
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        measure_id = _add_measure(viewer, case_id, world).pk
    people = [world.coordinator.viewer, colleague(world.coordinator)]
    finishes = [acting(viewer, lambda v: finish_measure(v, measure_id)) for viewer in people]
    held = "SELECT 1 FROM referrals_measure WHERE id = %s FOR UPDATE"
    answers = at_once(held, measure_id, acts=finishes)
    assert outcomes(answers) == {"done": 1, "WrongState": 1}
    assert milestones(case_id)["measure.done"] == 1


def test_references_have_no_gap_and_no_double(world):
    """Two schools send at the same moment; a third sending that fails takes no number."""
    drafts = [world.draft(), world.draft()]
    with acting_as(world.other_pilot.viewer) as viewer:
        drafts.append(start_draft(viewer))
    viewers = [world.pilot.viewer, world.pilot.viewer, world.other_pilot.viewer]
    first = world.submitted()
    sends = [
        acting(viewer, lambda v, d=draft: submit(v, d, an_escalation()).reference)
        for viewer, draft in zip(viewers, drafts, strict=True)
    ]
    counter = "SELECT 1 FROM referrals_reference_counter WHERE cell_id = %s FOR UPDATE"
    answers = at_once(counter, world.cell.pk, acts=sends)
    with acting_as(world.coordinator.viewer) as viewer:
        references = [case_for(viewer, first).reference, *answers]
    numbers = sorted(int(re.fullmatch(r".+-(\d{5})", text)[1]) for text in references)
    assert numbers == [1, 2, 3, 4]


def assert_no_drift() -> None:
    with admin(database_name()) as connection:
        assert connection.execute("SELECT count(*) FROM referrals.drift()").fetchone() == (0,)
