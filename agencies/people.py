"""The people whom a viewer looks after, and what waits to be decided about them.

Row security says the same: an invitation or a change is there for those who manage the people it
concerns and for those who may confirm it, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from agencies import giving
from agencies.models import Accession, Account, Agency, Invitation, Membership, RoleChange
from agencies.models.membership import PlaceKind
from agencies.roles import (
    CASE_WORKING,
    CONFIRM_FOR_OTHERS,
    CONFIRMED,
    OWN_CONFIRMERS,
    Role,
)
from agencies.selectors import accessions_of
from agencies.services.origin import SIGNIN
from kernel.clock import now
from kernel.viewer import Viewer

PAGE = 50
GIVEN_BY_OTHERS = CASE_WORKING - CONFIRMED - {Role.SCHOOL_PILOT}


@dataclass(frozen=True, slots=True)
class PeopleFilters:
    """What the list is narrowed to. Empty values narrow nothing."""

    called: str = ""
    agency: str = ""
    role: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, and where the next one begins."""

    people: list[Membership]
    after: UUID | None


def accessions_to_invite_for(viewer: Viewer) -> QuerySet[Accession]:
    """The agencies that this person may offer places in."""
    found = accessions_of(viewer)
    if viewer.has(Role.CELL_ADMIN):
        return found
    return found.filter(agency_id=viewer.agency_id)


def managed_people(viewer: Viewer) -> QuerySet[Membership]:
    """Everybody of the cell for who administers it, of the agency for who leads its people."""
    if not giving.can_manage_people(viewer):
        return Membership.objects.none()
    people = Membership.objects.filter(cell_id=viewer.cell_id).exclude(kind=PlaceKind.SYSTEM)
    people = people.select_related("agency", "accession")
    if viewer.has(Role.CELL_ADMIN):
        return people
    return people.filter(agency_id=viewer.agency_id)


def people_page(viewer: Viewer, filters: PeopleFilters, after: UUID | None) -> PeoplePage:
    """Fifty people in the order of their names, from the one after ``after`` on."""
    people = managed_people(viewer).order_by("display_name", "id")
    moment = now()
    ended = Q(valid_until__lte=moment)
    people = people.filter(ended) if filters.ended else people.exclude(ended)
    if filters.called:
        people = people.filter(display_name__icontains=filters.called)
    if filters.agency:
        people = people.filter(agency__name__icontains=filters.agency)
    if filters.role:
        people = people.filter(roles__contains=[filters.role])
    if after is not None:
        last = managed_people(viewer).filter(pk=after).first()
        if last is not None:
            people = people.filter(
                Q(display_name__gt=last.display_name)
                | Q(display_name=last.display_name, pk__gt=last.pk)
            )
    found = list(people[: PAGE + 1])
    return PeoplePage(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def person(viewer: Viewer, membership_id: UUID) -> Membership | None:
    """One place that somebody has or had, if this viewer looks after it."""
    return managed_people(viewer).filter(pk=membership_id).first()


def places_of(viewer: Viewer, membership: Membership) -> QuerySet[Membership]:
    """The places of the same person that this viewer looks after, newest first."""
    return managed_people(viewer).filter(account_id=membership.account_id).order_by("-valid_from")


def changes_of(viewer: Viewer, membership: Membership) -> QuerySet[RoleChange]:
    """What was proposed and changed about this place, newest first."""
    changes = RoleChange.objects.filter(cell_id=viewer.cell_id, membership=membership)
    return changes.select_related("agency", "membership").order_by("-created_at", "-id")


def invitations_open(viewer: Viewer) -> QuerySet[Invitation]:
    """The invitations on the way that this viewer may follow, newest first."""
    open_ = Invitation.objects.filter(
        cell_id=viewer.cell_id, state__in=[Invitation.State.WAITING, Invitation.State.SENT]
    ).select_related("agency")
    open_ = open_.filter(_followed(viewer))
    return open_.order_by("-created_at", "-id")


def invitation(viewer: Viewer, invitation_id: UUID) -> Invitation | None:
    """One invitation that this viewer manages or may confirm."""
    if not (giving.can_manage_people(viewer) or giving.can_confirm_somebody(viewer)):
        return None
    found = Invitation.objects.filter(cell_id=viewer.cell_id).select_related("agency", "accession")
    found = found.filter(_followed(viewer))
    return found.filter(pk=invitation_id).first()


def changes_waiting(viewer: Viewer) -> QuerySet[RoleChange]:
    """The role changes that wait for a second person and that this viewer may follow."""
    waiting = RoleChange.objects.filter(
        cell_id=viewer.cell_id, state=RoleChange.State.WAITING
    ).select_related("agency", "membership")
    waiting = waiting.filter(_followed(viewer))
    return waiting.order_by("-created_at", "-id")


def change(viewer: Viewer, change_id: UUID) -> RoleChange | None:
    """One role change that this viewer manages or may confirm."""
    if not (giving.can_manage_people(viewer) or giving.can_confirm_somebody(viewer)):
        return None
    found = RoleChange.objects.filter(cell_id=viewer.cell_id).select_related("agency", "membership")
    found = found.filter(_followed(viewer))
    return found.filter(pk=change_id).first()


def may_confirm_invitation(viewer: Viewer, offer: Invitation) -> bool:
    """Whether this viewer can be the second person for a waiting invitation."""
    return (
        offer.state == Invitation.State.WAITING
        and viewer.account_id != offer.invited_by
        and giving.can_confirm(
            viewer,
            offer.agency_id,
            offer.agency.kind,
            offer.roles,
            by_own=_own_confirmers(viewer, offer.agency_id, [offer.invited_by]),
        )
        and not is_at([viewer.account_id, offer.invited_by], offer.address)
    )


def may_confirm_change(viewer: Viewer, change: RoleChange) -> bool:
    """Whether this viewer can be the second person for a waiting role change."""
    concerned = [change.proposed_by, change.account_id]
    return (
        change.state == RoleChange.State.WAITING
        and viewer.account_id not in concerned
        and giving.can_confirm(
            viewer,
            change.agency_id,
            change.agency.kind,
            given_by(change),
            by_own=_own_confirmers(viewer, change.agency_id, concerned),
        )
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
    own = _own_confirmers(viewer, agency_id, besides)
    at_court = wanted & giving.like_prosecutors(agency.kind)
    people = _valid(viewer.cell_id, now()).exclude(account_id__in=list(besides))
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


def _own_confirmers(viewer: Viewer, agency_id: UUID, besides: Iterable[UUID]) -> frozenset[str]:
    """Which of the roles that confirm somebody else holds in this agency today."""
    people = _valid(viewer.cell_id, now()).filter(agency_id=agency_id)
    held = people.exclude(account_id__in=list(besides)).values_list("roles", flat=True)
    return frozenset(role for roles in held for role in roles if role in OWN_CONFIRMERS)


def _valid(cell_id: int, moment: datetime) -> QuerySet[Membership]:
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


def _followed(viewer: Viewer) -> Q:
    """What this viewer follows: the cell's, the own agency's, or what others may confirm."""
    if viewer.has(Role.CELL_ADMIN, Role.DEPARTMENTAL_OFFICER):
        return Q()
    mine = Q(agency_id=viewer.agency_id)
    if viewer.has(Role.CELL_COORDINATOR, Role.PROSECUTOR):
        simple = Q(roles__overlap=sorted(GIVEN_BY_OTHERS)) & ~Q(roles__overlap=sorted(CONFIRMED))
        return mine | simple & Q(state="waiting")
    return mine
