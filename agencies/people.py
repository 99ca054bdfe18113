"""The people whom a viewer looks after, and what waits to be decided about them.

Row security says the same: an invitation or a change is there for those who manage the people it
concerns and for those who may confirm it, and for nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from agencies import giving
from agencies.models import Accession, Invitation, Membership, RoleChange
from agencies.models.membership import PlaceKind
from agencies.models.waiting import WAITS
from agencies.roles import CASE_WORKING, CONFIRMED, Role
from agencies.selectors import accessions_of
from kernel.clock import now
from kernel.viewer import Viewer

PAGE = 50
GIVEN_BY_OTHERS = (CASE_WORKING | {Role.SCHOOL_REPORTER}) - CONFIRMED - {Role.SCHOOL_PILOT}


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
    open_ = open_.filter(_followed(viewer)).exclude(_over())
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
    waiting = waiting.filter(_followed(viewer)).exclude(_over())
    return waiting.order_by("-created_at", "-id")


def change(viewer: Viewer, change_id: UUID) -> RoleChange | None:
    """One role change that this viewer manages or may confirm."""
    if not (giving.can_manage_people(viewer) or giving.can_confirm_somebody(viewer)):
        return None
    found = RoleChange.objects.filter(cell_id=viewer.cell_id).select_related("agency", "membership")
    found = found.filter(_followed(viewer))
    return found.filter(pk=change_id).first()


def _followed(viewer: Viewer) -> Q:
    """What this viewer follows: the cell's, the own agency's, or what others may confirm."""
    if viewer.has(Role.CELL_ADMIN, Role.DEPARTMENTAL_OFFICER):
        return Q()
    mine = Q(agency_id=viewer.agency_id)
    if viewer.has(Role.CELL_COORDINATOR, Role.PROSECUTOR):
        simple = Q(roles__overlap=sorted(GIVEN_BY_OTHERS)) & ~Q(roles__overlap=sorted(CONFIRMED))
        return mine | simple & Q(state="waiting")
    return mine


def _over() -> Q:
    """What has waited too long for a second person, swept or not."""
    return Q(state="waiting", created_at__lte=now() - WAITS)
