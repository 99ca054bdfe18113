"""The case page, whole: used when it is opened and when one of its forms comes back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import case_file
from referrals.pages import case_parts as parts
from referrals.pages.case_tasks import Bound, tasks_for
from referrals.pages.wording import AWAITED, PHASE, PHASES, TONES, URGENCY_TONES
from referrals.states import State


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
        "awaited": AWAITED.get(State(case.state)),
        "main_task": tasks[0] if tasks and tasks[0].main else None,
        "tasks": [task for task in tasks if not task.main],
        "parties": parts.parties(opened),
        "facts": parts.facts(opened),
        "steps": parts.steps(opened),
        "measures": parts.measures(viewer, opened),
        "shares": parts.shares(viewer, opened),
        "received": parts.received(viewer, opened),
        "latest": latest,
        "earlier": earlier,
        "room": room,
        "seq": last_seq(room),
        "can_meet": policies.can_share(viewer, case),
    }
    return render(request, "referrals/case.html", context)
