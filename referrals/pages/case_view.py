"""The case page, whole: used when it is opened and when one of its forms comes back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.selectors import coordinating_agencies
from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.selectors import CaseFile, case_file
from referrals.compartments import SECRET, Compartment
from referrals.documents.selectors import parts_to_fill
from referrals.models import Case
from referrals.pages import case_parts as parts
from referrals.pages.awaiting import awaited
from referrals.pages.case_tasks import Bound, tasks_for
from referrals.pages.wording import PHASE, PHASES, TONES, URGENCY_TONES
from referrals.sharing.preview import Preview
from referrals.states import ENDS, State


def case_page(
    request: HttpRequest, viewer: Viewer, case_id: UUID, bound: Bound | None = None
) -> HttpResponse:
    """Render the case; ``bound`` holds the form that could not be accepted, by act."""
    opened = case_file(viewer, case_id)
    add = _may_add_documents(viewer, opened.case, parts_to_fill(opened.case))
    context = file_context(viewer, opened, bound or {}, can_add_documents=add)
    context |= _heard(viewer, opened)
    context["emergencies"] = parts.emergencies(viewer, opened.case)
    return render(request, "referrals/case.html", context)


def _heard(viewer: Viewer, opened: CaseFile) -> dict[str, Any]:
    """What the page listens to. How often a case changes is not for who merely knows of it."""
    if opened.is_stub:
        queues = [f"unit:{unit}" for unit in viewer.units]
        return {"rooms": [(queue, last_seq(queue)) for queue in queues]}
    room = f"case:{opened.case.pk}"
    return {"room": room, "seq": last_seq(room)}


def preview_context(preview: Preview) -> dict[str, Any]:
    """What the page of the case shows to the agency of a preview."""
    reader, opened = preview.reader, preview.file
    add = _may_add_documents(reader, opened.case, preview.fillable)
    shared = opened.scope & ~SECRET
    return file_context(reader, opened, {}, can_add_documents=add, shared=shared)


def file_context(
    viewer: Viewer,
    opened: CaseFile,
    bound: Bound,
    *,
    can_add_documents: bool,
    shared: int | None = None,
) -> dict[str, Any]:
    """Everything on the page of a case that depends on who reads it."""
    case = opened.case
    if opened.is_stub:
        return _stub_context(viewer, opened, bound)
    tasks = tasks_for(viewer, opened, bound, shared)
    latest, earlier = parts.history(opened)
    return {
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
        "requests": opened.requests,
        "asks": policies.can_ask(viewer, case),
        "documents": parts.documents(opened),
        "can_add_documents": can_add_documents,
        "office": _office(viewer, case),
        "received": parts.received(viewer, opened),
        "latest": latest,
        "earlier": earlier,
        "looked_at_url": f"{reverse('audit:my_journal')}?dossier={case.pk}",
        "can_export": policies.can_export(viewer, case) and case.state != State.DRAFT,
        "can_meet": policies.can_share(viewer, case) and policies.can_act(viewer, case),
    }


def _stub_context(viewer: Viewer, opened: CaseFile, bound: Bound) -> dict[str, Any]:
    """What somebody sees who merely knows of the case: that it exists, and who follows it."""
    return {
        "case": opened.case,
        "is_stub": True,
        "followed_by": coordinating_agencies(viewer),
        "received": parts.received(viewer, opened),
        "tasks": tasks_for(viewer, opened, bound),
        "requests": opened.requests,
        "asks": policies.can_ask(viewer, opened.case),
    }


def _may_add_documents(viewer: Viewer, case: Case, fillable: list[Compartment]) -> bool:
    """Whether this seat may add a document to some part of a living case."""
    living = case.state not in ENDS and policies.can_act(viewer, case)
    return living and policies.can_add_documents(viewer) and bool(fillable)


def _office(viewer: Viewer, case: Case) -> object:
    """The prosecutor's office of the case, for those who steer it."""
    if not viewer.has(*policies.CELL_CORE):
        return ""
    if case.prosecutor_unit is None:
        return _("À désigner")
    found = partners.partners_by_units(viewer, {case.prosecutor_unit})
    return found[0].name if found else _("Ne participe plus à la cellule")
