"""Who gives which roles to whom, and who must be the second person. Pure functions: no queries."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from agencies.policies import misplaced_roles
from agencies.roles import (
    AT_PROSECUTORS,
    CONFIRMED,
    CONFIRMED_BY_ADMIN,
    GIVEN_BY_HEADS,
    GIVEN_BY_LEADS,
    Role,
)
from kernel.viewer import Viewer

MANAGING = (Role.CELL_ADMIN, Role.AGENCY_LEAD, Role.SCHOOL_HEAD)
CONFIRMING = (Role.CELL_ADMIN, Role.DEPARTMENTAL_OFFICER, Role.PROSECUTOR, Role.SCHOOL_HEAD)


def can_manage_people(viewer: Viewer) -> bool:
    """Those who administer the cell, lead an agency's people or head a school."""
    return viewer.has(*MANAGING)


def can_confirm_somebody(viewer: Viewer) -> bool:
    """Those who may be the second person for some role."""
    return viewer.has(*CONFIRMING)


def roles_to_give(viewer: Viewer, agency_id: UUID, agency_kind: str) -> frozenset[str]:
    """The roles that this person may offer in this agency; none in an agency that is not theirs."""
    found: set[str] = set()
    if viewer.has(Role.CELL_ADMIN):
        found |= set(Role.values) - {Role.PLATFORM_OPERATOR}
    elif viewer.agency_id == agency_id:
        found |= GIVEN_BY_LEADS if viewer.has(Role.AGENCY_LEAD) else set()
        found |= GIVEN_BY_HEADS if viewer.has(Role.SCHOOL_HEAD) else set()
    return frozenset(found) - set(misplaced_roles(found, agency_kind))


def wants_second_person(viewer: Viewer, agency_id: UUID, roles: Iterable[str]) -> bool:
    """Whether somebody else must confirm what this person proposes.

    The head of a school is the one who confirms its pilot, so the head's own proposal stands.
    """
    wanted = set(roles)
    heads = viewer.has(Role.SCHOOL_HEAD) and viewer.agency_id == agency_id
    return bool(wanted & CONFIRMED) or (Role.SCHOOL_PILOT in wanted and not heads)


def can_confirm(
    viewer: Viewer, agency_id: UUID, roles: Iterable[str], *, by_own: frozenset[str]
) -> bool:
    """Whether this person may be the second one. Whose own say does not count is asked before.

    ``by_own`` names which of prosecutor and school_head somebody else holds in the agency: a
    prosecutor's office and a school confirm for themselves as soon as they have somebody who can.
    """
    wanted, here = set(roles), viewer.agency_id == agency_id
    administers = viewer.has(Role.CELL_ADMIN)
    vouches = administers or viewer.has(Role.DEPARTMENTAL_OFFICER)
    if wanted & CONFIRMED_BY_ADMIN and not administers:
        return False
    if Role.SCHOOL_HEAD in wanted and not vouches:
        return False
    if wanted & AT_PROSECUTORS:
        own = here and viewer.has(Role.PROSECUTOR)
        if not (own if Role.PROSECUTOR in by_own else administers):
            return False
    if Role.SCHOOL_PILOT in wanted:
        own = here and viewer.has(Role.SCHOOL_HEAD)
        return own if Role.SCHOOL_HEAD in by_own else vouches
    return True
