"""People, invitations and changes as the pages print them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agencies import giving, second_person
from agencies.models import Invitation, Membership, RoleChange
from agencies.models.membership import PlaceKind
from agencies.roles import Role
from agencies.selectors import names_of
from kernel.clock import FOREVER, now
from kernel.viewer import Viewer

TONES = {
    "waiting": "warning",
    "sent": "progress",
    "expired": "danger",
    "joined": "success",
    "applied": "success",
    "refused": "danger",
    "withdrawn": "neutral",
    "lapsed": "neutral",
}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One place that somebody has or had."""

    id: UUID
    name: str
    job_title: str
    agency: str
    roles: str
    bound_by_secrecy: bool
    rests_on: str
    since: datetime
    until: datetime | None
    state: str
    tone: str
    over: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """One invitation on the way, and what this viewer can do with it."""

    id: UUID
    name: str
    address: str
    agency: str
    roles: str
    state: str
    tone: str
    invited_by: str
    confirmed_by: str
    created_at: datetime
    expires_at: datetime | None
    confirm_until: datetime
    waits: bool
    can_confirm: bool
    can_manage: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of roles, and what this viewer can do with it."""

    id: UUID
    person_id: UUID
    name: str
    agency: str
    before: str
    after: str
    gains: list[str]
    bound_by_secrecy: bool
    until: str
    state: str
    tone: str
    proposed_by: str
    confirmed_by: str
    at: datetime
    confirm_until: datetime
    waits: bool
    can_confirm: bool
    can_manage: bool


def in_words(roles: Iterable[str]) -> str:
    """Roles by their names, in the order of the list of roles."""
    held = set(roles)
    return ", ".join(str(role.label) for role in Role if role in held)


def person_line(membership: Membership) -> PersonLine:
    """A place, with whether it is valid today."""
    moment = now()
    state, tone = _("En cours"), "success"
    if membership.valid_until <= moment:
        state, tone = _("Terminé"), "neutral"
    elif membership.valid_from > moment:
        state, tone = _("À venir"), "info"
    elif not membership.accession.valid_from <= moment < membership.accession.valid_until:
        state, tone = _("Organisme retiré"), "danger"
    return PersonLine(
        id=membership.pk,
        name=membership.display_name,
        job_title=membership.job_title,
        agency=membership.agency.name,
        roles=in_words(membership.roles),
        bound_by_secrecy=membership.bound_by_secrecy,
        rests_on=""
        if membership.kind == PlaceKind.PERSON
        else str(PlaceKind(membership.kind).label),
        since=membership.valid_from,
        until=_end(membership.valid_until),
        state=state,
        tone=tone,
        over=membership.valid_until <= moment,
    )


def invitation_lines(viewer: Viewer, invitations: Iterable[Invitation]) -> list[InvitationLine]:
    """Invitations with the names of those who decided, looked up all at once."""
    found = list(invitations)
    names = _names(viewer, *((one.invited_by, one.confirmed_by) for one in found))
    return [_invitation(viewer, one, names) for one in found]


def _invitation(viewer: Viewer, one: Invitation, names: dict[UUID, str]) -> InvitationLine:
    code = "expired" if one.expired else "lapsed" if one.lapsed else one.state
    may_give = giving.roles_to_give(viewer, one.agency_id, one.agency.kind)
    return InvitationLine(
        id=one.pk,
        name=one.display_name,
        address=one.address,
        agency=one.agency.name,
        roles=in_words(one.roles),
        state=_("Expirée") if one.expired else str(Invitation.State(code).label),
        tone=TONES[code],
        invited_by=names.get(one.invited_by, ""),
        confirmed_by=names.get(one.confirmed_by, "") if one.confirmed_by else "",
        created_at=one.created_at,
        expires_at=one.expires_at,
        confirm_until=one.confirm_until,
        waits=one.state == Invitation.State.WAITING and not one.lapsed,
        can_confirm=second_person.may_confirm_invitation(viewer, one)
        and second_person.still_offered(viewer, one),
        can_manage=set(one.roles) <= may_give,
    )


def change_lines(viewer: Viewer, changes: Iterable[RoleChange]) -> list[ChangeLine]:
    """Changes with the names of those who decided, looked up all at once."""
    found = list(changes)
    names = _names(viewer, *((one.proposed_by, one.confirmed_by) for one in found))
    return [_change(viewer, one, names) for one in found]


def _change(viewer: Viewer, one: RoleChange, names: dict[UUID, str]) -> ChangeLine:
    may_give = giving.roles_to_give(viewer, one.agency_id, one.agency.kind)
    waits = one.state == RoleChange.State.WAITING and not one.lapsed
    code = RoleChange.State.LAPSED if one.lapsed else one.state
    return ChangeLine(
        id=one.pk,
        person_id=one.membership_id,
        name=one.membership.display_name,
        agency=one.agency.name,
        before=in_words(one.previous_roles),
        after=in_words(one.roles),
        gains=_gains(one) if waits else [],
        bound_by_secrecy=one.bound_by_secrecy,
        until=_last_day(one.valid_until) if one.valid_until < FOREVER else "",
        state=str(RoleChange.State(code).label),
        tone=TONES[code],
        proposed_by=names.get(one.proposed_by, ""),
        confirmed_by=names.get(one.confirmed_by, "") if one.confirmed_by else "",
        at=one.ended_at or (one.confirm_until if one.lapsed else one.created_at),
        confirm_until=one.confirm_until,
        waits=waits,
        can_confirm=second_person.may_confirm_change(viewer, one)
        and second_person.still_proposed(viewer, one),
        can_manage=set(one.roles) <= may_give,
    )


def _gains(one: RoleChange) -> list[str]:
    """What whoever confirms should see beside the roles: more secrets, more time."""
    found = []
    if giving.gains_secrecy(one.membership, secrecy=one.bound_by_secrecy):
        found.append(_("Devient tenu au secret professionnel."))
    if one.valid_until > one.membership.valid_until:
        found.append(
            _("Prolongé jusqu'au %s.") % _last_day(one.valid_until)
            if one.valid_until < FOREVER
            else _("Prolongé sans fin prévue.")
        )
    return found


def _last_day(until: datetime) -> str:
    """The day at the end of which a place ends."""
    return date_format(timezone.localtime(until - timedelta(microseconds=1)), "DATE_FORMAT")


def _names(viewer: Viewer, *pairs: tuple[UUID | None, UUID | None]) -> dict[UUID, str]:
    return names_of(viewer, {decider for pair in pairs for decider in pair if decider})


def _end(until: datetime) -> datetime | None:
    return until if until < FOREVER else None
