"""Which services are competent for a school: through the territory table and the school's type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from agencies.models import (
    Accession,
    AgencyKind,
    Commune,
    Coverage,
    CoverFunction,
    School,
    SchoolType,
)
from kernel.clock import now

KINDS_OF: Final = {
    CoverFunction.PROSECUTOR: (AgencyKind.PROSECUTOR,),
    CoverFunction.LAW_ENFORCEMENT: (AgencyKind.POLICE, AgencyKind.GENDARMERIE),
    CoverFunction.MUNICIPALITY: (AgencyKind.MUNICIPALITY,),
}
"""The kinds of service that can be competent for a function; PostgreSQL keeps the same rule."""

AUTHORITY_OF: Final = {
    SchoolType.NURSERY: AgencyKind.MUNICIPALITY,
    SchoolType.PRIMARY: AgencyKind.MUNICIPALITY,
    SchoolType.MIDDLE: AgencyKind.DEPARTMENT,
    SchoolType.GENERAL_HIGH: AgencyKind.REGION,
    SchoolType.VOCATIONAL_HIGH: AgencyKind.REGION,
    SchoolType.ADAPTED: AgencyKind.REGION,
    SchoolType.POST_SECONDARY: AgencyKind.REGION,
    SchoolType.OTHER_SECONDARY: AgencyKind.REGION,
}
"""The local authority that sits in the cell for a school, by what the school is: the commune for
an école, the Département for a collège, the Région for a lycée."""


@dataclass(frozen=True, slots=True)
class Covering:
    """The services that are competent for one school; None where nobody is, or where it is unsure.

    ``district`` is the primary-school inspector's office of an école.
    """

    prosecutor: Accession | None
    law_enforcement: Accession | None
    local_authority: Accession | None
    district: Accession | None


def covering(cell_id: int, school: School) -> Covering:
    """Who is competent for a school among the agencies that take part in the cell today."""
    commune = school.agency.commune_insee
    return Covering(
        prosecutor=covers(cell_id, CoverFunction.PROSECUTOR, commune),
        law_enforcement=covers(cell_id, CoverFunction.LAW_ENFORCEMENT, commune),
        local_authority=_authority(cell_id, school),
        district=_of_cell(cell_id).filter(agency_id=school.district_id).first()
        if school.district_id
        else None,
    )


def prosecutor_covering(cell_id: int, school: School) -> Accession | None:
    """The prosecutor's office that is competent for a school."""
    return covers(cell_id, CoverFunction.PROSECUTOR, school.agency.commune_insee)


def covers(cell_id: int, function: CoverFunction, commune_insee: str) -> Accession | None:
    """The service competent in a commune.

    As soon as one commune is assigned for the function, the table alone decides: a commune that is
    not in it has nobody. Before that, the only service of its kind is competent everywhere, and
    of several none is: a case is not shown to a service that may not be competent.
    """
    services = _of_cell(cell_id).filter(agency__kind__in=KINDS_OF[function])
    table = Coverage.objects.filter(cell_id=cell_id, function=function)
    row = table.filter(commune_insee=commune_insee).first() if commune_insee else None
    if row is not None:
        return services.filter(pk=row.accession_id).first()
    if function == CoverFunction.MUNICIPALITY:
        seated = services.filter(agency__commune_insee=commune_insee) if commune_insee else []
        return _only(list(seated))
    if table.exists():
        return None
    return _only(list(services[:2]))


def _authority(cell_id: int, school: School) -> Accession | None:
    kind = AUTHORITY_OF[SchoolType(school.school_type)]
    if kind == AgencyKind.MUNICIPALITY:
        return covers(cell_id, CoverFunction.MUNICIPALITY, school.agency.commune_insee)
    return _only(list(_of_cell(cell_id).filter(agency__kind=kind)[:2]))


def _only(found: list[Accession]) -> Accession | None:
    return found[0] if len(found) == 1 else None


def _of_cell(cell_id: int) -> QuerySet[Accession]:
    moment = now()
    return Accession.objects.filter(
        cell_id=cell_id, valid_from__lte=moment, valid_until__gt=moment
    ).select_related("agency")


def services_for(cell_id: int, function: CoverFunction) -> QuerySet[Accession]:
    """The services that can be made competent for a function, by name."""
    kinds = KINDS_OF[function]
    return _of_cell(cell_id).filter(agency__kind__in=kinds).order_by("agency__name", "id")


def communes_of(cell_code: str) -> QuerySet[Commune]:
    """The communes of a cell's département, by name."""
    return Commune.objects.filter(departement_code=cell_code).order_by("name", "insee")


def uncovered(cell_id: int, cell_code: str, function: CoverFunction) -> QuerySet[Commune]:
    """The communes of the département for which nobody is competent, by name.

    A service whose accession has ended is nobody.
    """
    services = services_for(cell_id, function)
    table = Coverage.objects.filter(cell_id=cell_id, function=function)
    if not table.exists() and services.count() == 1 and function != CoverFunction.MUNICIPALITY:
        return communes_of(cell_code).none()
    held = table.filter(accession_id__in=services.order_by().values("pk"))
    left = communes_of(cell_code).exclude(insee__in=held.values("commune_insee"))
    if function == CoverFunction.MUNICIPALITY:
        left = left.exclude(insee__in=services.order_by().values("agency__commune_insee"))
    return left
