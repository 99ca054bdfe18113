"""Who gives which roles to whom, and who must be the second person. Pure functions: no queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from agencies.models.agency import AgencyKind
from agencies.policies import misplaced_roles
from agencies.roles import (
    AT_PROSECUTORS,
    CASE_WORKING,
    CONFIRM_FOR_OTHERS,
    CONFIRMED,
    CONFIRMED_BY_ADMIN,
    GIVEN_BY_HEADS,
    GIVEN_BY_LEADS,
    OWN_CONFIRMERS,
    Role,
)
from kernel.viewer import Viewer

if TYPE_CHECKING:
    from agencies.models import Membership

MANAGING = (Role.CELL_ADMIN, Role.AGENCY_LEAD, Role.SCHOOL_HEAD)
CONFIRMING = tuple(sorted(OWN_CONFIRMERS | CONFIRM_FOR_OTHERS))


def can_manage_people(viewer: Viewer) -> bool:
    """Those who administer the cell, lead an agency's people or head a school."""
    return viewer.has(*MANAGING)


def can_confirm_somebody(viewer: Viewer) -> bool:
    """Those who may be the second person for some role."""
    return viewer.has(*CONFIRMING)


def roles_to_give(viewer: Viewer, agency_id: UUID, agency_kind: str) -> frozenset[str]:
    """The roles that this person may offer in this agency; none in an agency that is not theirs."""
    here = viewer.agency_id == agency_id
    return gives(viewer.roles, here=here, agency_kind=agency_kind)


def gives(held: Collection[str], *, here: bool, agency_kind: str) -> frozenset[str]:
    """The same for whoever holds these roles, in the agency itself or in another one."""
    found: set[str] = set()
    if Role.CELL_ADMIN in held:
        found |= set(Role.values) - {Role.PLATFORM_OPERATOR}
    elif here:
        found |= GIVEN_BY_LEADS if Role.AGENCY_LEAD in held else set()
        found |= GIVEN_BY_HEADS if Role.SCHOOL_HEAD in held else set()
    return frozenset(found) - set(misplaced_roles(found, agency_kind))


def like_prosecutors(agency_kind: str) -> frozenset[str]:
    """The roles that a prosecutor's office gives with its own second person."""
    at_court = agency_kind == AgencyKind.PROSECUTOR
    return AT_PROSECUTORS | (GIVEN_BY_LEADS if at_court else frozenset())


def wants_second_person(
    viewer: Viewer, agency_id: UUID, agency_kind: str, roles: Iterable[str], *, secrecy: bool
) -> bool:
    """Whether somebody else must confirm what this person proposes.

    Whoever leads an agency or heads a school gives the roles that are theirs to give there; from
    outside nobody brings somebody in alone who works on cases or is bound by secrecy.
    """
    wanted = set(roles)
    if wanted & (CONFIRMED | like_prosecutors(agency_kind)):
        return True
    if viewer.agency_id == agency_id and (
        (viewer.has(Role.AGENCY_LEAD) and wanted <= GIVEN_BY_LEADS)
        or (viewer.has(Role.SCHOOL_HEAD) and wanted <= GIVEN_BY_HEADS)
    ):
        return False
    return secrecy or bool(wanted & CASE_WORKING)


def roles_given(
    place: Membership, roles: Iterable[str], *, secrecy: bool, until: datetime
) -> frozenset[str]:
    """The roles that a change of this place gives.

    More secrets or more time is all of the place given again, not only what is added to it.
    """
    wanted = frozenset(roles)
    if gains_secrecy(place, secrecy=secrecy) or until > place.valid_until:
        return wanted
    return wanted - set(place.roles)


def gains_secrecy(place: Membership, *, secrecy: bool) -> bool:
    """Whether a change opens to this place what professional secrecy covers."""
    return secrecy and not place.bound_by_secrecy


def given_by_two(viewer: Viewer, places: Collection[tuple[UUID, str]]) -> frozenset[str]:
    """The roles that this person cannot give alone in some of these agencies, named with kind."""
    own = {(agency_id, kind) for agency_id, kind in places if agency_id == viewer.agency_id}
    kinds = {kind: (agency_id, kind) for agency_id, kind in places if agency_id != viewer.agency_id}
    return frozenset(
        role
        for agency_id, kind in own | set(kinds.values())
        for role in roles_to_give(viewer, agency_id, kind)
        if wants_second_person(viewer, agency_id, kind, [role], secrecy=False)
    )


def can_confirm(
    viewer: Viewer,
    agency_id: UUID,
    agency_kind: str,
    roles: Iterable[str],
    *,
    by_own: frozenset[str],
) -> bool:
    """Whether this person may be the second one. Whose own say does not count is asked before.

    ``by_own`` names which of OWN_CONFIRMERS somebody else holds in the agency: it confirms for
    itself as soon as it has somebody who can.
    """
    wanted, here = set(roles), viewer.agency_id == agency_id
    at_court = wanted & like_prosecutors(agency_kind)
    administers = viewer.has(Role.CELL_ADMIN)
    vouches = administers or viewer.has(Role.DEPARTMENTAL_OFFICER)
    if wanted & CONFIRMED_BY_ADMIN and not administers:
        return False
    if Role.SCHOOL_HEAD in wanted and not vouches:
        return False
    if at_court:
        own = here and viewer.has(Role.PROSECUTOR)
        if not (own if Role.PROSECUTOR in by_own else administers):
            return False
    if Role.SCHOOL_PILOT in wanted:
        own = here and viewer.has(Role.SCHOOL_HEAD)
        return own if Role.SCHOOL_HEAD in by_own else vouches
    if at_court or wanted & CONFIRMED:
        return True
    if by_own:
        return here and viewer.has(*OWN_CONFIRMERS)
    return viewer.has(*CONFIRM_FOR_OTHERS)
