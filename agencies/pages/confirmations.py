"""What waits for a second person, and what else can happen to an invitation or a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from agencies import giving, people
from agencies.models import Invitation, RoleChange
from agencies.pages.people import people_list
from agencies.pages.people_lines import change_lines, invitation_lines
from agencies.services import change_roles, cover, handle_invitation
from agencies.services.note_reading import note_invitation, note_people
from kernel.errors import NotFound
from kernel.http.acting import Act, perform
from kernel.http.pages import found, page
from kernel.viewer import Viewer

MOST = 100
"""Requests that the page shows."""


@page
def to_confirm(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The invitations, changes and covers that this person may confirm."""
    if not giving.can_confirm_somebody(viewer):
        raise NotFound
    waiting = people.invitations_open(viewer).filter(state=Invitation.State.WAITING)[:MOST]
    invitations = [one for one in invitation_lines(viewer, waiting) if one.can_confirm]
    changes = change_lines(viewer, people.changes_waiting(viewer)[:MOST])
    context: dict[str, Any] = {
        "invitations": invitations,
        "changes": [one for one in changes if one.can_confirm],
        "covers": cover.covers_to_confirm(viewer),
        "manages": giving.can_manage_people(viewer),
    }
    shown = sum(len(context[part]) for part in ("invitations", "changes", "covers"))
    note_people(viewer, "to_confirm", shown)
    return render(request, "agencies/to_confirm.html", context)


@page
def invitation(request: HttpRequest, viewer: Viewer, invitation_id: UUID) -> HttpResponse:
    """One invitation: who, where, as what, by whom, and what can be done now."""
    one = found(people.invitation(viewer, invitation_id))
    note_invitation(viewer, one)
    open_ = one.state in ("waiting", "sent") and not one.lapsed
    context = {"invitation": invitation_lines(viewer, [one])[0], "job_title": one.job_title}
    context |= {"bound_by_secrecy": one.bound_by_secrecy, "open": open_}
    return render(request, "agencies/invitation.html", context)


@page
@require_POST
def confirm_invitation(request: HttpRequest, viewer: Viewer, invitation_id: UUID) -> HttpResponse:
    """Be the second person; the letter leaves."""
    return _decide(
        request,
        viewer,
        invitation_id,
        handle_invitation.confirm_invitation,
        _("L'invitation est confirmée et envoyée."),
    )


@page
@require_POST
def refuse_invitation(request: HttpRequest, viewer: Viewer, invitation_id: UUID) -> HttpResponse:
    """Be the second person and say no."""
    return _decide(
        request,
        viewer,
        invitation_id,
        handle_invitation.refuse_invitation,
        _("L'invitation est refusée. Rien n'est envoyé."),
    )


@page
@require_POST
def send_again(request: HttpRequest, viewer: Viewer, invitation_id: UUID) -> HttpResponse:
    """A new link in place of the one before."""
    return _decide(
        request,
        viewer,
        invitation_id,
        handle_invitation.send_again,
        _("Un nouveau lien est envoyé. L'ancien ne fonctionne plus."),
    )


@page
@require_POST
def withdraw_invitation(request: HttpRequest, viewer: Viewer, invitation_id: UUID) -> HttpResponse:
    """Take the offer back."""
    return _decide(
        request,
        viewer,
        invitation_id,
        handle_invitation.withdraw_invitation,
        _("L'invitation est retirée. Son lien ne fonctionne plus."),
    )


@page
@require_POST
def confirm_change(request: HttpRequest, viewer: Viewer, change_id: UUID) -> HttpResponse:
    """Be the second person; the change takes effect."""
    said = _("Le changement est confirmé. Il prend effet maintenant.")
    return _decide_change(request, viewer, change_id, change_roles.confirm_change, said)


@page
@require_POST
def refuse_change(request: HttpRequest, viewer: Viewer, change_id: UUID) -> HttpResponse:
    """Be the second person and say no."""
    said = _("Le changement est refusé.")
    return _decide_change(request, viewer, change_id, change_roles.refuse_change, said)


@page
@require_POST
def withdraw_change(request: HttpRequest, viewer: Viewer, change_id: UUID) -> HttpResponse:
    """Take a proposal back."""
    said = _("Le changement proposé est retiré.")
    return _decide_change(request, viewer, change_id, change_roles.withdraw_change, said)


def _decide(
    request: HttpRequest,
    viewer: Viewer,
    invitation_id: UUID,
    decide: Callable[[Viewer, UUID], Invitation],
    said: object,
) -> HttpResponse:
    found(people.invitation(viewer, invitation_id))
    act = Act(
        f"{decide.__name__}:{invitation_id}",
        lambda: decide(viewer, invitation_id).pk,
        _place(viewer),
        said,
    )
    return perform(request, viewer, act, again=lambda: invitation(request, invitation_id))


def _decide_change(
    request: HttpRequest,
    viewer: Viewer,
    change_id: UUID,
    decide: Callable[[Viewer, UUID], RoleChange],
    said: object,
) -> HttpResponse:
    change = found(people.change(viewer, change_id))
    manages = people.person(viewer, change.membership_id) is not None
    person = reverse("agencies:person", args=[change.membership_id])
    act = Act(
        f"{decide.__name__}:{change_id}",
        lambda: decide(viewer, change_id).pk,
        person if manages else _place(viewer),
        said,
    )
    return perform(request, viewer, act, again=lambda: _changes_again(request, viewer))


def _changes_again(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    if giving.can_confirm_somebody(viewer):
        return to_confirm(request)
    return people_list(request)


def _place(viewer: Viewer) -> str:
    """Where one goes on: to the people one looks after, or to what is left to confirm."""
    manages = giving.can_manage_people(viewer)
    return reverse("agencies:people" if manages else "agencies:to_confirm")
