"""The agencies around a case, as the services need them: units to grant to, people to tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agencies import selectors as agencies
from agencies.covering import covering, prosecutor_covering
from kernel.viewer import Viewer
from referrals.states import COORDINATION

ONLY_FIGURES = "prefecture"
PROSECUTOR = "prosecutor"


@dataclass(frozen=True, slots=True)
class Partner:
    """An agency that takes part in the cell today, with the units that stand for it."""

    accession_id: UUID
    agency_id: UUID
    kind: str
    name: str
    unit_id: int
    secrecy_unit_id: int


@dataclass(frozen=True, slots=True)
class SchoolOfViewer:
    """The school that a pilot speaks for, as it is written into the case."""

    agency_id: UUID
    uai: str
    name: str
    school_type: str
    commune: str
    unit_id: int


_COLUMNS = (
    "pk",
    "agency_id",
    "agency__kind",
    "agency__name",
    "unit_id",
    "secrecy_unit_id",
)


def _partners(accessions: QuerySet[Any]) -> list[Partner]:
    """What is asked of PostgreSQL is what is wanted: a cell has hundreds of schools."""
    return [Partner(*row) for row in accessions.values_list(*_COLUMNS)]


def all_of_cell(viewer: Viewer) -> list[Partner]:
    """Every agency that takes part in the cell today."""
    return _partners(agencies.accessions_of(viewer))


def school_of(viewer: Viewer) -> SchoolOfViewer | None:
    """The school in which the viewer's seat is, or None for a seat elsewhere."""
    school = agencies.school(viewer.agency_id)
    accession = agencies.accession_of(viewer.cell_id, viewer.agency_id)
    if school is None or accession is None:
        return None
    return SchoolOfViewer(
        agency_id=school.pk,
        uai=school.uai,
        name=school.agency.name,
        school_type=str(school.get_school_type_display()),
        commune=school.agency.commune_name or _("commune non renseignée"),
        unit_id=accession.unit_id,
    )


def coordination_unit(viewer: Viewer) -> int:
    """The unit of those who coordinate the viewer's cell."""
    return agencies.coordination_unit(viewer.cell_id)


def prosecutor_unit_for(viewer: Viewer, school_id: UUID) -> int | None:
    """The prosecutor's office that is competent for a school, through the cell's territory.

    None when the territory names nobody; coordination then names the office. A case is not shown
    to one that may not be competent.
    """
    school = agencies.school(school_id)
    if school is None:
        return None
    office = prosecutor_covering(viewer.cell_id, school)
    return office.unit_id if office else None


def competent_for(viewer: Viewer, school_id: UUID) -> set[UUID]:
    """The accessions of the services that the cell's territory names for a school.

    Not the prosecutor's office, which sees the case anyway.
    """
    school = agencies.school(school_id)
    if school is None:
        return set()
    found = covering(viewer.cell_id, school)
    named = (found.law_enforcement, found.local_authority, found.district)
    return {accession.pk for accession in named if accession}


def prosecutors(viewer: Viewer) -> list[Partner]:
    """The prosecutors' offices that take part in the cell."""
    return _partners(agencies.accessions_of(viewer).filter(agency__kind=PROSECUTOR))


def partner(viewer: Viewer, accession_id: UUID) -> Partner | None:
    """One agency of the cell, whatever its kind."""
    return next(iter(_partners(agencies.accessions_of(viewer).filter(pk=accession_id))), None)


def partners_to_share_with(viewer: Viewer) -> list[Partner]:
    """The agencies that a case can be shared with: a préfecture receives only figures."""
    listed = agencies.partners_to_share_with(viewer)
    return _partners(listed.exclude(agency__kind=ONLY_FIGURES))


def can_receive(viewer: Viewer, partner: Partner) -> bool:
    """Whether a case can be offered to this agency; a préfecture is refused with its reason."""
    return agencies.partners_to_share_with(viewer).filter(pk=partner.accession_id).exists()


def partners_by_units(viewer: Viewer, units: Iterable[int]) -> list[Partner]:
    """The agencies that these units stand for."""
    return _partners(agencies.accessions_of(viewer).filter(unit_id__in=set(units)))


def recipients_for_units(viewer: Viewer, units: Iterable[int | None]) -> set[UUID]:
    """The accounts to tell: those whose seat holds one of the units now."""
    accounts: set[UUID] = set()
    for unit in set(units):
        if unit is not None:
            accounts.update(_recipients_of(unit))
    return accounts


def somebody_holds(viewer: Viewer, unit: int | None) -> bool:
    """Whether anybody can be told through this unit: what is said to people depends on it."""
    return unit is not None and bool(_recipients_of(unit))


def _recipients_of(unit: int) -> list[UUID]:
    """None for a unit that the bound viewer's acts do not concern."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.recipients_of_unit(%s)", [unit])
        return [row[0] for row in cursor.fetchall()]


def administrators(viewer: Viewer) -> list[UUID]:
    """The accounts that administer the viewer's cell."""
    return agencies.administrators()


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of the coordination, as a person calls them."""

    name: str
    agency: str
    phone: str


def coordination_contacts(viewer: Viewer) -> list[Contact]:
    """Whom to call at the coordination of the viewer's cell: three people at most."""
    people = agencies.people_of_cell(viewer).filter(roles__overlap=sorted(COORDINATION))
    found = people.values_list("display_name", "agency__name", "agency__phone")
    return [Contact(*row) for row in found[:3]]
