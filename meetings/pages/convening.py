"""Call the cell together, from the page of a case."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.pages import page
from kernel.viewer import Viewer
from meetings import policies
from meetings.forms import ConveneForm
from meetings.selectors import agencies_to_invite
from meetings.services.convene import convene as convene_service
from referrals.casefile.cases import ENDED, too_late_or_not_theirs
from referrals.casefile.selectors import case_for
from referrals.pages.acting import Act, perform
from referrals.states import COORDINATION


@page
def convene(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """When, and with whom; POST plans the meeting and goes to its room."""
    case = case_for(viewer, case_id)
    if not policies.can_convene(viewer, case.state):
        raise too_late_or_not_theirs(viewer, COORDINATION, case_id, ENDED)
    invitable = agencies_to_invite(viewer, case_id)
    form = ConveneForm(invitable, request.POST if request.method == "POST" else None)

    def show() -> HttpResponse:
        context = {"case": case, "form": form, "invitable": invitable}
        return render(request, "meetings/convene.html", context)

    if request.method != "POST":
        return show()

    def do() -> UUID:
        return convene_service(
            viewer,
            case_id,
            starts_at=form.cleaned_data["starts_at"],
            agencies=[UUID(value) for value in form.cleaned_data["agencies"]],
        ).pk

    act = Act(
        f"convene:{case_id}",
        do,
        lambda meeting_id: reverse("meetings:meeting", args=[meeting_id]),
        _("La réunion est prévue. Les services conviés sont prévenus."),
    )
    return perform(request, viewer, act, form=form, again=show)
