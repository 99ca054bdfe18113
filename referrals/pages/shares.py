"""What other agencies propose to share with this one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.pages import page
from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import policies
from referrals.compartments import compartments_in
from referrals.forms import RefuseForm
from referrals.models.access import Level
from referrals.models.share import RefusalReason
from referrals.pages.acting import Act, perform
from referrals.pages.case_view import case_page
from referrals.pages.wording import LEVELS
from referrals.sharing.selectors import ending_soon, inbox
from referrals.sharing.services import answer


@page
def shares(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Proposals to answer, and what is open to this agency now."""
    return _shares_page(request, viewer)


def _shares_page(
    request: HttpRequest, viewer: Viewer, refused: dict[UUID, RefuseForm] | None = None
) -> HttpResponse:
    refused = refused or {}
    waiting, open_now = inbox(viewer)
    offered = [
        {
            "share": share,
            "parts": [c.label for c in compartments_in(share.scope)],
            "level": LEVELS[Level(share.level)],
            "form": refused.get(share.pk) or RefuseForm(prefix=f"refuse-{share.pk}"),
            "open": share.pk in refused,
            "can_accept": policies.can_accept_share(viewer, share),
            "accept_url": reverse("referrals:accept_share", args=[share.pk]),
            "refuse_url": reverse("referrals:refuse_share", args=[share.pk]),
        }
        for share in waiting
    ]
    running = [
        {"share": share, "parts": [c.label for c in compartments_in(share.scope)]}
        for share in open_now
    ]
    ending = [
        {
            "share": share,
            "parts": [c.label for c in compartments_in(share.scope)],
            "renew_url": reverse("referrals:renew_share", args=[share.pk])
            if policies.can_renew_share(viewer, share)
            else "",
        }
        for share in ending_soon(viewer)
    ]
    rooms = [(f"unit:{unit}", last_seq(f"unit:{unit}")) for unit in viewer.units]
    context = {"offered": offered, "running": running, "ending": ending, "rooms": rooms}
    return render(request, "referrals/shares.html", context)


@page
def accept(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """Accept a proposal and open the case."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    act = Act(
        f"accept:{share_id}",
        lambda: answer.accept(viewer, share_id).case_id,
        lambda case_id: reverse("referrals:case", args=[case_id]),
        _("Le partage est ouvert. Le dossier est dans votre liste."),
    )
    return perform(request, viewer, act, again=lambda: _shares_page(request, viewer))


@page
def refuse(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """Refuse a proposal with a reason."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = RefuseForm(request.POST, prefix=f"refuse-{share_id}")

    def do() -> UUID:
        reason = RefusalReason(form.cleaned_data["reason"])
        return answer.refuse(viewer, share_id, reason=reason).pk

    act = Act(
        f"refuse:{share_id}",
        do,
        reverse("referrals:shares"),
        _("Le partage est refusé. La coordination est prévenue."),
    )
    return perform(
        request,
        viewer,
        act,
        form=form,
        again=lambda: _shares_page(request, viewer, {share_id: form}),
    )


@page
def revoke(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """End a share from the case page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    case_id = answer.case_of_share(viewer, share_id)
    act = Act(
        f"revoke:{share_id}",
        lambda: answer.revoke(viewer, share_id).pk,
        reverse("referrals:case", args=[case_id]),
        _("Le partage est retiré. Le service ne voit plus ce qu'il ouvrait."),
    )
    return perform(request, viewer, act, again=lambda: case_page(request, viewer, case_id))
