"""Who and what a viewer may know about in their cell.

Row security says the same: outside the viewer's cell these tables are empty. Agencies and schools
are public; what is private to a cell is who takes part in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from agencies.models import (
    Accession,
    Agency,
    AgencyKind,
    Cell,
    Court,
    Membership,
    PlaceKind,
    School,
)
from agencies.roles import AT_SCHOOLS, CASE_WORKING, COORDINATING
from kernel.clock import now
from kernel.viewer import Viewer

SENDING_KINDS = frozenset({AgencyKind.SCHOOL, AgencyKind.SCHOOL_DISTRICT})
"""Kinds that send cases in: the cell answers them with feedback and shares nothing with them."""


def cell_of(viewer: Viewer) -> Cell:
    """The viewer's own cell; the only one that exists for them."""
    return Cell.objects.get(pk=viewer.cell_id)


def coordination_unit(cell_id: int) -> int:
    """The unit of those who coordinate the cell. Only the viewer's own cell has an answer."""
    return Cell.objects.values_list("coordination_unit_id", flat=True).get(pk=cell_id)


def accessions_of(viewer: Viewer) -> QuerySet[Accession]:
    """The agencies that take part in the viewer's cell today, with what they signed."""
    moment = now()
    return (
        Accession.objects.filter(
            cell_id=viewer.cell_id, valid_from__lte=moment, valid_until__gt=moment
        )
        .select_related("agency")
        .order_by("agency__kind", "agency__name", "id")
    )


def accession_of(cell_id: int, agency_id: UUID) -> Accession | None:
    """What an agency signed in a cell, if it takes part today."""
    moment = now()
    return (
        Accession.objects.filter(
            cell_id=cell_id, agency_id=agency_id, valid_from__lte=moment, valid_until__gt=moment
        )
        .select_related("agency")
        .first()
    )


def agencies_of_cell(viewer: Viewer, *kinds: str) -> QuerySet[Agency]:
    """The agencies that take part in the viewer's cell, all or of some kinds."""
    agencies = Agency.objects.filter(pk__in=accessions_of(viewer).values("agency_id"))
    if kinds:
        agencies = agencies.filter(kind__in=kinds)
    return agencies.order_by("kind", "name", "id")


def schools_of(viewer: Viewer) -> QuerySet[School]:
    """The schools for which this person may speak.

    A seat is in one school; a person who works in two has two memberships and chooses at sign-in.
    An inspector speaks for the primary schools of the district, a coordinator for every school
    that takes part in the cell.
    """
    schools = School.objects.filter(agency__is_open=True).select_related("agency")
    if viewer.has(*COORDINATING):
        return schools.filter(agency_id__in=accessions_of(viewer).values("agency_id")).order_by(
            "agency__name", "agency_id"
        )
    if not viewer.has(*AT_SCHOOLS):
        return schools.none()
    mine = Q(agency_id=viewer.agency_id)
    if viewer.agency_kind == AgencyKind.SCHOOL_DISTRICT:
        mine = Q(district_id=viewer.agency_id)
    return schools.filter(mine).order_by("agency__name", "agency_id")


def school(agency_id: UUID) -> School | None:
    """The directory profile of a school, by its agency."""
    return School.objects.select_related("agency", "district").filter(pk=agency_id).first()


def partners_to_share_with(viewer: Viewer) -> QuerySet[Accession]:
    """The accessions that a case of this cell can be shared with.

    Schools send cases and hear of them through feedback; the viewer's own agency has what it has.
    """
    return accessions_of(viewer).exclude(
        Q(agency__kind__in=SENDING_KINDS) | Q(agency_id=viewer.agency_id)
    )


def people_of_cell(viewer: Viewer) -> QuerySet[Membership]:
    """Those who have a place in the viewer's cell today."""
    moment = now()
    return (
        Membership.objects.filter(
            cell_id=viewer.cell_id, valid_from__lte=moment, valid_until__gt=moment
        )
        .select_related("agency")
        .order_by("display_name", "id")
    )


def coordinating_agencies(viewer: Viewer) -> list[Agency]:
    """The agencies of those who coordinate the viewer's cell today: whom to call about a case."""
    seats = people_of_cell(viewer).filter(roles__overlap=sorted(COORDINATING))
    found = Agency.objects.filter(pk__in=seats.order_by().values("agency_id"))
    return list(found.order_by("name", "id"))


def people_of_agency(viewer: Viewer, agency_id: UUID) -> QuerySet[Membership]:
    """Those of one agency who work on cases in the viewer's cell today."""
    return people_of_cell(viewer).filter(agency_id=agency_id, roles__overlap=sorted(CASE_WORKING))


def names_of(viewer: Viewer, account_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names under which people are known in the viewer's cell, also those who have left.

    A deputy's seat is named by itself: what was done in it shows both names, and nothing else does.
    """
    asked = set(account_ids)
    found = Membership.objects.filter(cell_id=viewer.cell_id).order_by("valid_from")
    own = found.filter(account_id__in=asked).exclude(kind=PlaceKind.COVER)
    covers = found.filter(pk__in=asked, kind=PlaceKind.COVER)
    return dict(own.values_list("account_id", "display_name")) | dict(
        covers.values_list("pk", "display_name")
    )


def names_of_everybody(viewer: Viewer) -> dict[UUID, str]:
    """Everybody who has or had a place in the viewer's cell, in the order of their names."""
    found = Membership.objects.filter(cell_id=viewer.cell_id).exclude(kind=PlaceKind.COVER)
    return dict(
        found.order_by("display_name", "valid_from").values_list("account_id", "display_name")
    )


def places_still_held(viewer: Viewer, places: Iterable[UUID]) -> set[UUID]:
    """Of these places of the viewer's cell, those that somebody still holds."""
    found = people_of_cell(viewer).filter(pk__in=set(places))
    return set(found.values_list("pk", flat=True))


def agencies_named(agency_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of agencies, which are public."""
    return dict(Agency.objects.filter(pk__in=set(agency_ids)).values_list("pk", "name"))


def administrators() -> list[UUID]:
    """The accounts that administer the bound viewer's cell now.

    None but for a school, and while nobody coordinates the cell: otherwise coordination is told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.administrators()")
        return [row[0] for row in cursor.fetchall()]


def courts_of(departement_code: str) -> QuerySet[Court]:
    """The courts seated in a département."""
    return Court.objects.filter(departement_code=departement_code).order_by("name")
