"""Who may be what, and who may do what here. No queries, no requests, no clocks."""

from __future__ import annotations

from collections.abc import Iterable

from agencies.models.agency import AgencyKind
from agencies.models.replacement import Replacement
from agencies.roles import AT_PROSECUTORS, AT_SCHOOLS, Role
from kernel.viewer import Viewer


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


def agrees_as(viewer: Viewer, request: Replacement) -> str | None:
    """In which role the viewer may agree to a replacement of factors, if in any.

    Whoever administers the cell, or leads the agency of the person; never the person.
    """
    if viewer.account_id == request.account_id or viewer.cell_id != request.cell_id:
        return None
    if viewer.has("cell_admin"):
        return "cell_admin"
    if viewer.has("agency_lead") and viewer.agency_id == request.agency_id:
        return "agency_lead"
    return None


def can_agree(viewer: Viewer, request: Replacement) -> bool:
    """Whether the viewer is one of the two people: not twice the same, not two agency leads."""
    role = agrees_as(viewer, request)
    if role is None or request.first_by == viewer.account_id:
        return False
    return not (role == "agency_lead" and request.first_role == "agency_lead")


def can_hand_out_link(viewer: Viewer, request: Replacement) -> bool:
    """The link is handed out by somebody who administers the cell, never by the person."""
    return agrees_as(viewer, request) == "cell_admin"


def can_see_replacements(viewer: Viewer) -> bool:
    """Whoever may agree to some replacement of factors sees which ones are asked for."""
    return viewer.has("cell_admin", "agency_lead")


def can_administer(viewer: Viewer) -> bool:
    """Protocol, rules, agencies and territory belong to the cell's administration."""
    return viewer.has(Role.CELL_ADMIN)
