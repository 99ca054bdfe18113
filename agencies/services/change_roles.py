"""What somebody may do changes, by one person or by two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from agencies import events, giving, people, second_person
from agencies.leavers import last_roles
from agencies.models import Membership, RoleChange
from agencies.models.membership import PlaceKind
from agencies.roles import APART, CASE_WORKING, Role
from agencies.services.ask_second import ask_second
from agencies.services.checking import checked
from agencies.services.handle_invitation import PROPOSER_CANNOT, TOO_LATE
from agencies.services.invite import WANTED, not_to_give
from audit import record
from audit.registry import EventKind
from kernel.clock import now
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a place is to become."""

    roles: tuple[str, ...]
    bound_by_secrecy: bool
    valid_until: datetime


def can_change(viewer: Viewer, membership: Membership) -> bool:
    """Whether this viewer may propose a change: never of the own roles, and only what they give."""
    may_give = giving.roles_to_give(viewer, membership.agency_id, membership.agency.kind)
    return (
        membership.account_id != viewer.account_id
        and membership.kind == PlaceKind.PERSON
        and membership.valid_until > now()
        and set(membership.roles) <= may_give
    )


def change_roles(viewer: Viewer, membership_id: UUID, wanted: Wanted) -> RoleChange:
    """Change a place at once, or propose the change where what it gives needs two people.

    Raises NotFound, NotAllowed, Invalid, Conflict when a change waits already, StepUpRequired.
    """
    membership = people.person(viewer, membership_id)
    if membership is None:
        raise NotFound
    if not can_change(viewer, membership):
        raise NotAllowed(_("Vous ne pouvez pas changer les rôles de cette personne."))
    roles = sorted(set(wanted.roles))
    _check(viewer, membership, wanted, roles)
    _check_somebody_stays(membership, roles)
    require_fresh(viewer)
    given = giving.roles_given(
        membership, roles, secrecy=wanted.bound_by_secrecy, until=wanted.valid_until
    )
    waits = giving.wants_second_person(
        viewer,
        membership.agency_id,
        membership.agency.kind,
        given,
        secrecy=giving.gains_secrecy(membership, secrecy=wanted.bound_by_secrecy),
    )
    _make_room(viewer, membership)
    change = RoleChange(
        id=uuid7(),
        cell_id=viewer.cell_id,
        membership_id=membership.pk,
        agency_id=membership.agency_id,
        account_id=membership.account_id,
        previous_roles=membership.roles,
        roles=roles,
        bound_by_secrecy=wanted.bound_by_secrecy,
        valid_until=wanted.valid_until,
        state=RoleChange.State.WAITING if waits else RoleChange.State.APPLIED,
        proposed_by=viewer.account_id,
    )
    checked(change, using="default").save(force_insert=True)
    if waits:
        _record(events.ROLE_PROPOSED, viewer, change)
        besides = [viewer.account_id, membership.account_id]
        asked = second_person.possible_confirmers(viewer, membership.agency, given, besides)
        ask_second(viewer, WANTED, asked, subject_id=change.pk)
    else:
        _record_change(viewer, change)
    return change


def confirm_change(viewer: Viewer, change_id: UUID) -> RoleChange:
    """Be the second person: the change takes effect at once, in every open session.

    Raises NotFound, NotAllowed, WrongState, also when who proposed could not do so today,
    StepUpRequired; Conflict from the database when the place has changed or ended since.
    """
    change = _waiting(viewer, change_id)
    if not second_person.still_proposed(viewer, change):
        raise WrongState(PROPOSER_CANNOT)
    change.state = RoleChange.State.APPLIED
    change.confirmed_by = viewer.account_id
    change.save(update_fields=["state", "confirmed_by"])
    _record_change(viewer, change)
    return change


def refuse_change(viewer: Viewer, change_id: UUID) -> RoleChange:
    """Be the second person and say no."""
    change = _waiting(viewer, change_id)
    change.state = RoleChange.State.REFUSED
    change.confirmed_by = viewer.account_id
    change.save(update_fields=["state", "confirmed_by"])
    _record(events.ROLE_REFUSED, viewer, change)
    return change


def withdraw_change(viewer: Viewer, change_id: UUID) -> RoleChange:
    """Take a proposal back before anybody has confirmed it."""
    change = _locked(viewer, change_id)
    may_give = giving.roles_to_give(viewer, change.agency_id, change.agency.kind)
    if wrong := sorted(set(change.roles) - may_give):
        raise NotAllowed(not_to_give(wrong))
    if change.state != RoleChange.State.WAITING or change.lapsed:
        raise WrongState(_("Ce changement n'attend plus de confirmation."))
    change.state = RoleChange.State.WITHDRAWN
    change.save(update_fields=["state"])
    _record(events.ROLE_WITHDRAWN, viewer, change)
    return change


def _check(viewer: Viewer, membership: Membership, wanted: Wanted, roles: list[str]) -> None:
    may_give = giving.roles_to_give(viewer, membership.agency_id, membership.agency.kind)
    if not roles:
        raise Invalid(fields={"roles": [_("Choisissez au moins un rôle dans la liste.")]})
    if wrong := sorted(set(roles) - may_give):
        raise Invalid(fields={"roles": [not_to_give(wrong)]})
    if APART & set(roles) and CASE_WORKING & set(roles):
        sentence = _("Qui contrôle ou administre ne traite pas de dossiers au même titre.")
        raise Invalid(fields={"roles": [sentence]})
    if wanted.valid_until <= now():
        raise Invalid(fields={"valid_until": [_("La fin doit être dans l'avenir.")]})
    same = (roles, wanted.bound_by_secrecy, wanted.valid_until) == (
        sorted(membership.roles),
        membership.bound_by_secrecy,
        membership.valid_until,
    )
    if same:
        raise Invalid(_("Rien ne change : modifiez un rôle ou une date."))


def _check_somebody_stays(membership: Membership, roles: list[str]) -> None:
    """A role that nobody else of the cell holds is not taken away: the cell would stand still."""
    missing = set(last_roles([membership.pk])) & (set(membership.roles) - set(roles))
    if missing:
        named = ", ".join(str(role.label) for role in Role if role in missing)
        sentence = _("Personne d'autre n'exerce ce rôle : %s. Donnez-le d'abord à quelqu'un.")
        raise Invalid(fields={"roles": [sentence % named]})


def _make_room(viewer: Viewer, membership: Membership) -> None:
    """A change that waited too long gives way to a new one; one that still waits does not."""
    waiting = people.changes_of(viewer, membership).filter(state=RoleChange.State.WAITING)
    older = waiting.select_for_update(of=("self",)).first()
    if older is None:
        return
    if not older.lapsed:
        raise Conflict(_("Un changement attend déjà d'être confirmé pour cette personne."))
    older.state = RoleChange.State.LAPSED
    older.save(update_fields=["state"])


def _locked(viewer: Viewer, change_id: UUID) -> RoleChange:
    if people.change(viewer, change_id) is None:
        raise NotFound
    return (
        RoleChange.objects.select_for_update(of=("self",))
        .select_related("agency", "membership")
        .get(pk=change_id)
    )


def _waiting(viewer: Viewer, change_id: UUID) -> RoleChange:
    change = _locked(viewer, change_id)
    if change.state != RoleChange.State.WAITING:
        raise WrongState(_("Ce changement n'attend plus de confirmation."))
    if change.lapsed:
        raise WrongState(TOO_LATE)
    if not second_person.may_confirm_change(viewer, change):
        raise NotAllowed(
            _(
                "Une autre personne doit confirmer ce changement : ni celle qui le propose, ni "
                "celle qu'il concerne, et avec le rôle qui le permet."
            )
        )
    require_fresh(viewer)
    return change


def _record(kind: EventKind, viewer: Viewer, change: RoleChange) -> None:
    record(
        kind,
        viewer=viewer,
        subject_id=change.membership_id,
        account=change.account_id,
        roles=list(change.roles),
    )


def _record_change(viewer: Viewer, change: RoleChange) -> None:
    record(
        events.ROLE_CHANGED,
        viewer=viewer,
        subject_id=change.membership_id,
        account=change.account_id,
        before=list(change.previous_roles),
        after=list(change.roles),
    )
