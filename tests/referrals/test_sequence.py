"""Every act in every state by everybody: what is out of turn is refused and changes nothing."""

import pytest

from kernel.errors import DomainError, NotAllowed, NotFound, WrongState
from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.close import close
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.intake.services.acknowledge import acknowledge
from referrals.intake.services.activate import activate
from referrals.intake.services.submit import submit
from referrals.intake.services.triage import triage
from referrals.models.case import Outcome, Urgency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services.propose import propose
from tests.authorisation.scene import Scene
from tests.support.searching import fingerprint
from tests.support.world import an_escalation, in_days

pytestmark = pytest.mark.database

STATES = ("draft", "submitted", "qualified", "activated", "planned", "resolved", "told", "closed")
COORDINATOR, PROSECUTOR, PILOT = "coordinator", "prosecutor", "pilot"
LIVING = {"submitted", "qualified", "activated", "planned", "resolved", "told"}

TURN: dict[str, tuple[set[str], set[str]]] = {
    "submit": ({PILOT}, {"draft"}),
    "acknowledge": ({COORDINATOR}, {"submitted"}),
    "triage": ({COORDINATOR}, {"submitted"}),
    "activate": ({PROSECUTOR}, {"qualified"}),
    "share": ({COORDINATOR}, LIVING),
    "measure": ({COORDINATOR, PROSECUTOR}, {"activated", "planned"}),
    "resolve": ({COORDINATOR}, {"planned"}),
    "feedback": ({COORDINATOR}, LIVING),
    "close": ({COORDINATOR}, {"told"}),
}
"""Whose turn each act is, and in which states of the case: from the field's workflow."""


def acts(scene):
    world = scene.world
    return {
        "submit": lambda v, c: submit(v, c, an_escalation()),
        "acknowledge": acknowledge,
        "triage": lambda v, c: triage(v, c, gravity=1, urgency=Urgency.WATCH),
        "activate": activate,
        "share": lambda v, c: propose(
            v,
            c,
            to_accession=world.police.accession_id,
            compartments=[Compartment.FACTS],
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
        ),
        "measure": lambda v, c: add_measure(
            v,
            c,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(3),
        ),
        "resolve": lambda v, c: resolve(v, c, outcome=Outcome.BULLYING_STOPPED),
        "feedback": lambda v, c: give_feedback(v, c, code=FeedbackCode.TAKEN),
        "close": close,
    }


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    """A case in each state; nobody may change it."""
    made = Scene()
    for state in STATES[:-1]:
        made.the(state)
    closed = made.fresh("told")
    with acting_as(made.world.coordinator.viewer) as viewer:
        close(viewer, closed)
    made._kept["closed"] = closed
    assert all(seat.viewer for seat in made.world.everybody().values())
    return made


def expected(scene, state: str, act: str, who: str) -> type[DomainError] | None:
    """How the act is refused there, or None where it is somebody's turn."""
    roles, states = TURN[act]
    sees = {PILOT} if state == "draft" else {PILOT, COORDINATOR, PROSECUTOR}
    shared = {"activated", "planned", "resolved", "told"}
    if who not in sees and not (who == "gendarme" and state in shared):
        return NotFound
    if who not in roles:
        return NotFound if act == "submit" else NotAllowed
    return None if state in states else WrongState


@pytest.mark.parametrize("act", TURN)
@pytest.mark.parametrize("state", STATES)
def test_out_of_turn(scene, state, act):
    before = fingerprint()
    do = acts(scene)[act]
    for who in (COORDINATOR, PROSECUTOR, PILOT, "gendarme", "other_pilot", "auditor"):
        refusal = expected(scene, state, act, who)
        if refusal is None:
            continue
        viewer = scene.world.everybody()[who].viewer
        with pytest.raises(refusal) as caught, acting_as(viewer) as bound:
            do(bound, scene.the(state))
        assert type(caught.value) is refusal, who
    assert fingerprint() == before


@pytest.mark.parametrize("act", TURN)
def test_in_turn(scene, act):
    """The same call goes through where it is due: the refusals above are not for another reason."""
    roles, states = TURN[act]
    for state in sorted(states):
        who = sorted(roles)[0]
        case_id = scene.fresh(state)
        with acting_as(scene.world.everybody()[who].viewer) as bound:
            acts(scene)[act](bound, case_id)
