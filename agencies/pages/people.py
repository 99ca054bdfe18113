"""The people one looks after: the list, inviting somebody, one person."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies import giving, people
from agencies.leavers import may_end
from agencies.pages.people_forms import ChangeForm, InviteForm, PeopleForm
from agencies.pages.people_lines import change_lines, invitation_lines, person_line
from agencies.roles import Role
from agencies.services.change_roles import can_change, change_roles
from agencies.services.invite import invite as invite_service
from agencies.services.note_reading import note_people, note_person
from kernel.errors import NotAllowed, NotFound
from kernel.http.acting import Act, perform, posted
from kernel.http.pages import found, page
from kernel.ids import id_in
from kernel.viewer import Viewer

MOST = 100
"""Invitations on the way that one page shows."""


@page
def people_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The people of the cell, or of one's agency, fifty a page, and the invitations on the way."""
    if not giving.can_manage_people(viewer):
        raise NotFound
    form = PeopleForm(request.GET)
    if not form.is_valid():
        return render(request, "agencies/people.html", {"form": form}, status=422)
    filters = form.filters()
    shown = people.people_page(viewer, filters, id_in(request.GET.get("apres", "")))
    following = request.GET.copy()
    following["apres"] = str(shown.after)
    context = {
        "form": form,
        "people": [person_line(membership) for membership in shown.people],
        "next_url": f"?{following.urlencode()}" if shown.after else "",
        "filtered": any(request.GET.values()),
        "invitations": invitation_lines(viewer, people.invitations_open(viewer)[:MOST]),
        "to_confirm": giving.can_confirm_somebody(viewer),
    }
    note_people(viewer, "people", len(shown.people))
    return render(request, "agencies/people.html", context)


@page
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Offer somebody a place; the letter leaves, or waits for a second person."""
    if not giving.can_manage_people(viewer):
        raise NotFound
    accessions = list(people.accessions_to_invite_for(viewer))
    places = {(one.agency_id, one.agency.kind) for one in accessions}
    may_give = {role for place in places for role in giving.roles_to_give(viewer, *place)}
    form = InviteForm(
        posted(request),
        accessions=accessions,
        roles=may_give,
        by_two=giving.given_by_two(viewer, places),
        initial={"accession": request.GET.get("organisme", "")},
    )

    def show() -> HttpResponse:
        return render(request, "agencies/invite.html", {"form": form})

    if request.method != "POST":
        return show()
    waits: list[bool] = []

    def do() -> UUID:
        invitation = invite_service(viewer, form.proposal())
        waits.append(invitation.state == invitation.State.WAITING)
        return invitation.pk

    act = Act("invite", do, reverse("agencies:people"), lambda: _said(waits))
    return perform(request, viewer, act, form=form, again=show)


@page
def person(request: HttpRequest, viewer: Viewer, membership_id: UUID) -> HttpResponse:
    """One place that somebody has: what it allows, since when, until when, and its history."""
    membership = found(people.person(viewer, membership_id))
    changes = list(people.changes_of(viewer, membership))
    places = list(people.places_of(viewer, membership))
    note_person(viewer, membership)
    context = {
        "person": person_line(membership),
        "places": [person_line(place) for place in places if place.pk != membership.pk],
        "changes": change_lines(viewer, changes),
        "can_change": can_change(viewer, membership),
        "can_end": may_end(viewer, membership),
        "can_cover": viewer.has(Role.CELL_ADMIN, Role.AGENCY_LEAD) and may_end(viewer, membership),
    }
    return render(request, "agencies/person.html", context)


@page
def change(request: HttpRequest, viewer: Viewer, membership_id: UUID) -> HttpResponse:
    """Change what somebody may do, at once or once a second person has confirmed."""
    membership = found(people.person(viewer, membership_id))
    if not can_change(viewer, membership):
        raise NotAllowed(_("Vous ne pouvez pas changer les rôles de cette personne."))
    place = (membership.agency_id, membership.agency.kind)
    form = ChangeForm(
        posted(request),
        membership=membership,
        roles=giving.roles_to_give(viewer, *place),
        by_two=giving.given_by_two(viewer, [place]),
    )

    def show() -> HttpResponse:
        context = {"form": form, "person": person_line(membership)}
        return render(request, "agencies/change.html", context)

    if request.method != "POST":
        note_person(viewer, membership)
        return show()
    waits: list[bool] = []

    def do() -> UUID:
        made = change_roles(viewer, membership.pk, form.wanted())
        waits.append(made.state == made.State.WAITING)
        return made.pk

    act = Act(
        f"change:{membership_id}",
        do,
        reverse("agencies:person", args=[membership_id]),
        lambda: CHANGE_WAITS if any(waits) else CHANGED,
    )
    return perform(request, viewer, act, form=form, again=show)


CHANGE_WAITS = _(
    "Le changement attend d'être confirmé par une deuxième personne, dans les quatorze jours."
)
CHANGED = _("Les rôles sont changés, dès maintenant.")


def _said(waits: list[bool]) -> object:
    if any(waits):
        return _(
            "L'invitation partira quand une deuxième personne l'aura confirmée, dans les "
            "quatorze jours."
        )
    return _("L'invitation est envoyée. Le lien ne sert qu'une fois.")
