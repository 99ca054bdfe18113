"""Who may end whose place, and what they may know of it: selectors and rules of leaving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agencies.models import Accession, Membership, PlaceKind
from agencies.roles import CASE_WORKING, CONFIRMED, Role
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound
from kernel.viewer import Viewer

INVITE_FIRST = _(
    "Choisissez une personne de la liste : deux personnes lui ont déjà donné un rôle dans la "
    "cellule. Pour quelqu'un d'autre, passez d'abord par une invitation."
)
NOT_YOURS = _(
    "Deux personnes ont donné ce rôle. Demandez à l'administration de la cellule d'y mettre fin."
)


@dataclass(frozen=True, slots=True)
class Leaver:
    """One person of the cell, by the place that was asked for, with every place they hold here."""

    place: Membership
    places: tuple[Membership, ...]

    @property
    def name(self) -> str:
        """As colleagues know them."""
        return self.place.display_name


def live_places(viewer: Viewer) -> QuerySet[Membership]:
    """Every place of the viewer's cell that has not ended, also one that begins later."""
    return (
        Membership.objects.filter(cell_id=viewer.cell_id, valid_until__gt=now())
        .select_related("agency", "accession")
        .order_by("agency__name", "id")
    )


def may_end(viewer: Viewer, place: Membership) -> bool:
    """The cell's administration, those who lead the agency, and the person themself.

    Whoever leads an agency does not decide about a role that two people have given.
    """
    leads = viewer.has(Role.AGENCY_LEAD) and viewer.agency_id == place.agency_id
    return (
        viewer.has(Role.CELL_ADMIN)
        or (leads and not CONFIRMED & set(place.roles))
        or viewer.account_id == place.account_id
    )


def leaver(viewer: Viewer, place_id: UUID) -> Leaver:
    """The person in that place, for somebody who may end it.

    Raises NotFound, and NotAllowed for a colleague about whose role the viewer does not decide.
    """
    if not viewer.has(Role.CELL_ADMIN, Role.AGENCY_LEAD):
        mine = Membership.objects.filter(
            pk=place_id, cell_id=viewer.cell_id, account_id=viewer.account_id
        )
        if not mine.exists():
            raise NotFound
    place = (
        Membership.objects.filter(pk=place_id, cell_id=viewer.cell_id)
        .exclude(kind=PlaceKind.SYSTEM)
        .select_related("agency", "accession")
        .first()
    )
    if place is None:
        raise NotFound
    if not may_end(viewer, place):
        if place.agency_id != viewer.agency_id:
            raise NotFound
        raise NotAllowed(NOT_YOURS)
    others = live_places(viewer).filter(account_id=place.account_id)
    return Leaver(place, tuple(other for other in others if may_end(viewer, other)))


def accession_to_end(viewer: Viewer, accession_id: UUID) -> Accession:
    """An agency's signature in the cell. Raises NotFound for all but its administration."""
    found = None
    if viewer.has(Role.CELL_ADMIN):
        found = (
            Accession.objects.filter(pk=accession_id, cell_id=viewer.cell_id)
            .select_related("agency")
            .first()
        )
    if found is None:
        raise NotFound
    return found


def last_roles(places: Iterable[UUID]) -> list[str]:
    """Of the roles that a cell cannot do without, those that only these places hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.last_roles(%s)", [list(places)])
        return list(cursor.fetchone()[0])


def roles_gone_with(viewer: Viewer, signed: Accession, last_day: datetime) -> list[str]:
    """Of the roles that a cell cannot do without, those that would leave with this agency that day.

    Somebody of another agency must be there by then, and hold the role for as long as the people
    of this one would have.
    """
    places = live_places(viewer).exclude(kind=PlaceKind.COVER)
    gone = []
    for role in (Role.CELL_ADMIN, Role.CELL_COORDINATOR):
        holders = list(places.filter(roles__contains=[role]))
        ours = [_until(place) for place in holders if place.accession_id == signed.pk]
        held = max(ours, default=last_day)
        if held > last_day and not any(
            place.accession_id != signed.pk
            and place.valid_from <= last_day
            and _until(place) >= held
            for place in holders
        ):
            gone.append(str(role))
    return gone


def would_last_longer(signed: Accession) -> bool:
    """Whether putting off this accession's end would prolong a role that two people give."""
    places = Membership.objects.filter(
        accession_id=signed.pk,
        roles__overlap=sorted(CONFIRMED | CASE_WORKING),
        valid_until__gt=max(signed.valid_until, now()),
    )
    return places.exclude(kind=PlaceKind.SYSTEM).exists()


def _until(place: Membership) -> datetime:
    """A place ends with its agency's accession at the latest."""
    return min(place.valid_until, place.accession.valid_until)


def successors(viewer: Viewer, who: Leaver) -> QuerySet[Membership]:
    """Colleagues of the same agency who may follow: neither the person nor who decides it.

    Nobody comes to such a role on one person's word: whoever follows already holds a role in the
    cell that two people gave.
    """
    vouched = Membership.objects.filter(
        cell_id=viewer.cell_id,
        kind=PlaceKind.PERSON,
        roles__overlap=sorted(CONFIRMED),
        valid_from__lte=now(),
        valid_until__gt=now(),
    )
    return (
        live_places(viewer)
        .filter(
            accession_id__in={place.accession_id for place in who.places},
            kind=PlaceKind.PERSON,
            valid_from__lte=now(),
            account_id__in=vouched.values("account_id"),
        )
        .exclude(account_id__in=[who.place.account_id, viewer.account_id])
        .order_by("display_name", "id")
    )


def who_oversees(viewer: Viewer) -> set[UUID]:
    """The accounts of those who coordinate or administer the cell."""
    places = live_places(viewer).filter(
        roles__overlap=[Role.CELL_COORDINATOR, Role.DEPARTMENTAL_OFFICER, Role.CELL_ADMIN]
    )
    return set(places.values_list("account_id", flat=True))


def prosecutors(viewer: Viewer) -> set[UUID]:
    """The accounts of the cell's prosecutors."""
    places = live_places(viewer).filter(roles__contains=[Role.PROSECUTOR])
    return set(places.values_list("account_id", flat=True))


def account_of(viewer: Viewer, place_id: UUID) -> UUID:
    """Whose place it is, within the viewer's cell."""
    places = Membership.objects.filter(pk=place_id, cell_id=viewer.cell_id)
    return places.values_list("account_id", flat=True).get()
