"""The case page, whole: used when it is opened and when one of its forms comes back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.selectors import case_file
from referrals.documents.selectors import parts_to_fill
from referrals.models import Case
from referrals.pages import case_parts as parts
from referrals.pages.awaiting import awaited
from referrals.pages.case_tasks import Bound, tasks_for
from referrals.pages.wording import PHASE, PHASES, TONES, URGENCY_TONES
from referrals.states import ENDS, State


def case_page(
    request: HttpRequest, viewer: Viewer, case_id: UUID, bound: Bound | None = None
) -> HttpResponse:
    """Render the case; ``bound`` holds the form that could not be accepted, by act."""
    opened = case_file(viewer, case_id)
    case = opened.case
    room = f"case:{case.pk}"
    tasks = tasks_for(viewer, opened, bound or {})
    latest, earlier = parts.history(opened)
    context: dict[str, Any] = {
        "file": opened,
        "case": case,
        "tone": TONES.get(case.state, "neutral"),
        "urgency_tone": URGENCY_TONES.get(case.urgency, "neutral"),
        "phases": PHASES,
        "phase": PHASE.get(State(case.state)),
        "orders": parts.orders(viewer, opened),
        "awaited": awaited(viewer, case),
        "main_task": tasks[0] if tasks and tasks[0].main else None,
        "tasks": [task for task in tasks if not task.main],
        "parties": parts.parties(opened),
        "facts": parts.facts(opened),
        "steps": parts.steps(opened),
        "measures": parts.measures(viewer, opened),
        "shares": parts.shares(viewer, opened),
        "documents": parts.documents(opened),
        "can_add_documents": _may_add_documents(viewer, case),
        "office": _office(viewer, case),
        "received": parts.received(viewer, opened),
        "latest": latest,
        "earlier": earlier,
        "room": room,
        "seq": last_seq(room),
        "can_meet": policies.can_share(viewer, case) and policies.can_act(viewer, case),
    }
    return render(request, "referrals/case.html", context)


def _may_add_documents(viewer: Viewer, case: Case) -> bool:
    """Whether this seat may add a document to some part of a living case."""
    living = case.state not in ENDS and policies.can_act(viewer, case)
    return living and policies.can_add_documents(viewer) and bool(parts_to_fill(case))


def _office(viewer: Viewer, case: Case) -> object:
    """The prosecutor's office of the case, for those who steer it."""
    if not viewer.has(*policies.CELL_CORE):
        return ""
    if case.prosecutor_unit is None:
        return _("À désigner")
    found = partners.partners_by_units(viewer, {case.prosecutor_unit})
    return found[0].name if found else _("Ne participe plus à la cellule")
