"""Who can be the second person for what waits, and whether it can still be confirmed at all.

The database says the same in ``agencies.sql.second_person``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from agencies import giving
from agencies.models import Account, Agency, Invitation, Membership, RoleChange
from agencies.roles import CONFIRM_FOR_OTHERS, CONFIRMED, OWN_CONFIRMERS, Role
from agencies.services.origin import SIGNIN
from kernel.clock import now
from kernel.viewer import Viewer


def may_confirm_invitation(viewer: Viewer, offer: Invitation) -> bool:
    """Whether this viewer can be the second person for a waiting invitation."""
    return (
        offer.state == Invitation.State.WAITING
        and not offer.lapsed
        and viewer.account_id != offer.invited_by
        and giving.can_confirm(
            viewer,
            offer.agency_id,
            offer.agency.kind,
            offer.roles,
            by_own=own_confirmers(viewer, offer.agency_id, [offer.invited_by]),
        )
        and not is_at([viewer.account_id, offer.invited_by], offer.address)
    )


def may_confirm_change(viewer: Viewer, change: RoleChange) -> bool:
    """Whether this viewer can be the second person for a waiting role change."""
    concerned = [change.proposed_by, change.account_id]
    return (
        change.state == RoleChange.State.WAITING
        and not change.lapsed
        and viewer.account_id not in concerned
        and giving.can_confirm(
            viewer,
            change.agency_id,
            change.agency.kind,
            given_by(change),
            by_own=own_confirmers(viewer, change.agency_id, concerned),
        )
    )


def still_offered(viewer: Viewer, offer: Invitation) -> bool:
    """Whether who proposed this invitation could propose it today."""
    return _still_gives(viewer, offer.invited_by, offer.agency, offer.roles)


def still_proposed(viewer: Viewer, change: RoleChange) -> bool:
    """Whether who proposed this change could propose it today."""
    return all(
        _still_gives(viewer, change.proposed_by, change.agency, roles)
        for roles in (change.roles, change.previous_roles)
    )


def given_by(change: RoleChange) -> frozenset[str]:
    """The roles that a change gives to the place as it is now."""
    return giving.roles_given(
        change.membership,
        change.roles,
        secrecy=change.bound_by_secrecy,
        until=change.valid_until,
    )


def possible_confirmers(
    viewer: Viewer, agency: Agency, roles: Iterable[str], besides: Iterable[UUID]
) -> set[UUID]:
    """The accounts that are told that a second person is wanted."""
    agency_id, wanted = agency.pk, set(roles)
    own = own_confirmers(viewer, agency_id, besides)
    at_court = wanted & giving.like_prosecutors(agency.kind)
    people = valid_places(viewer.cell_id, now()).exclude(account_id__in=list(besides))
    asked = Q(roles__contains=[Role.CELL_ADMIN.value])
    if Role.PROSECUTOR in own and at_court:
        asked = Q(roles__contains=[Role.PROSECUTOR.value], agency_id=agency_id)
    elif Role.SCHOOL_PILOT in wanted and Role.SCHOOL_HEAD in own:
        asked = Q(roles__contains=[Role.SCHOOL_HEAD.value], agency_id=agency_id)
    elif wanted & {Role.SCHOOL_PILOT, Role.SCHOOL_HEAD}:
        asked |= Q(roles__contains=[Role.DEPARTMENTAL_OFFICER.value])
    elif not (at_court or wanted & CONFIRMED):
        asked = Q(roles__overlap=sorted(CONFIRM_FOR_OTHERS))
        if own:
            asked = Q(roles__overlap=sorted(OWN_CONFIRMERS), agency_id=agency_id)
    return set(people.filter(asked).values_list("account_id", flat=True))


def own_confirmers(viewer: Viewer, agency_id: UUID, besides: Iterable[UUID]) -> frozenset[str]:
    """Which of the roles that confirm somebody else holds in this agency today."""
    people = valid_places(viewer.cell_id, now()).filter(agency_id=agency_id)
    held = people.exclude(account_id__in=list(besides)).values_list("roles", flat=True)
    return frozenset(role for roles in held for role in roles if role in OWN_CONFIRMERS)


def _still_gives(viewer: Viewer, who: UUID, agency: Agency, roles: Iterable[str]) -> bool:
    places = valid_places(viewer.cell_id, now()).filter(account_id=who)
    return any(
        set(roles) <= giving.gives(held, here=agency_id == agency.pk, agency_kind=agency.kind)
        for agency_id, held in places.values_list("agency_id", "roles")
    )


def valid_places(cell_id: int, moment: datetime) -> QuerySet[Membership]:
    """The places of a cell that count at this moment."""
    return Membership.objects.filter(
        cell_id=cell_id,
        valid_from__lte=moment,
        valid_until__gt=moment,
        accession__valid_from__lte=moment,
        accession__valid_until__gt=moment,
    )


def is_at(accounts: Iterable[UUID], address: str) -> bool:
    """Whether one of these accounts has this address."""
    return Account.objects.using(SIGNIN).filter(pk__in=list(accounts), email=address).exists()
