"""Who may be what, and who may do what here. No queries, no requests, no clocks."""

from __future__ import annotations

from collections.abc import Iterable

from agencies.models.agency import AgencyKind
from agencies.roles import AT_PROSECUTORS, AT_SCHOOLS


def misplaced_roles(roles: Iterable[str], agency_kind: str) -> list[str]:
    """Name the roles that do not exist in an agency of this kind.

    Activating the cell is for the prosecutor's office alone, and the roles of a school are for
    schools and for the inspectors of primary schools.
    """
    at_schools = agency_kind in (AgencyKind.SCHOOL, AgencyKind.SCHOOL_DISTRICT)
    at_prosecutors = agency_kind == AgencyKind.PROSECUTOR
    return sorted(
        role
        for role in roles
        if (role in AT_SCHOOLS and not at_schools)
        or (role in AT_PROSECUTORS and not at_prosecutors)
    )
