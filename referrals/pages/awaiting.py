"""Who a case waits for, in one sentence, and until when by the rules of the cell."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from agencies.rules import Rules, rules_of
from kernel.clock import now
from kernel.viewer import Viewer
from referrals import policies
from referrals.models import Case
from referrals.pages.telling import must_go
from referrals.pages.wording import AWAITED
from referrals.states import State


@dataclass(frozen=True, slots=True)
class Awaited:
    """What comes next, and its deadline where the rules set one for those who work to it."""

    sentence: object
    due_at: datetime | None
    late: bool


def awaited(viewer: Viewer, case: Case) -> Awaited | None:
    """What the case waits for; nothing once it has ended."""
    sentence = AWAITED.get(State(case.state))
    if sentence is None:
        return None
    if case.acts_frozen_at is not None and not policies.can_act(viewer, case):
        return Awaited(_("Le parquet dit quand les actes peuvent reprendre."), None, False)
    if case.state == State.QUALIFIED and case.prosecutor_unit is None:
        sentence = (
            _("La coordination désigne le parquet compétent.")
            if must_go(viewer, case)
            else _("La coordination répond à l'établissement, ou désigne un parquet.")
        )
    due_at = None
    if viewer.has(*policies.CELL_CORE):
        due_at = _due(rules_of(viewer.cell_id), case)
    return Awaited(sentence, due_at, due_at is not None and due_at < now())


def _due(rules: Rules, case: Case) -> datetime | None:
    """The deadline of the step that the case is at, where the moment it counts from is known."""
    urgency = "immediate" if case.danger else case.urgency
    found = {
        State.SUBMITTED: ("acknowledge", case.submitted_at),
        State.ACKNOWLEDGED: ("assess", case.submitted_at),
        State.UNDER_REVIEW: ("assess", case.submitted_at),
        State.QUALIFIED: ("activate", case.triaged_at if case.prosecutor_unit else None),
        State.ACTIVATED: ("protect", case.activated_at),
        State.RESOLVED: ("answer", case.resolved_at),
    }.get(State(case.state))
    if found is None or found[1] is None:
        return None
    if case.state == State.RESOLVED and case.feedback_at and case.feedback_at >= found[1]:
        return None
    return rules.due_at(found[0], urgency, found[1])
