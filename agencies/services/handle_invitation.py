"""What may still happen to an invitation before it is taken up."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from agencies import events, giving, people, second_person
from agencies.models import Invitation
from agencies.services.invite import give_link, not_to_give, post
from agencies.services.letter_limits import saved
from audit import record
from audit.registry import EventKind
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

TOO_LATE = _(
    "Cette proposition n'a pas été confirmée dans les quatorze jours : elle est abandonnée. "
    "Faites-en une nouvelle s'il le faut."
)
PROPOSER_CANNOT = _(
    "Qui a fait cette proposition ne peut plus la faire : elle ne vaut plus. "
    "Faites-en une nouvelle s'il le faut."
)


def confirm_invitation(viewer: Viewer, invitation_id: UUID) -> Invitation:
    """Be the second person: the letter leaves. Of two at the same moment one confirms.

    Raises NotFound, NotAllowed for the proposer, the invited person and whoever may not confirm
    these roles, WrongState when nothing waits any more or when who proposed could not do so today,
    StepUpRequired, TooMany past the letters of a day.
    """
    invitation = _waiting(viewer, invitation_id)
    if not second_person.still_offered(viewer, invitation):
        raise WrongState(PROPOSER_CANNOT)
    require_fresh(viewer)
    before, invitation.state = invitation.state, Invitation.State.SENT
    invitation.confirmed_by = viewer.account_id
    give_link(invitation)
    saved(
        invitation,
        update_fields=["state", "confirmed_by", "sending", "token_hash", "expires_at"],
    )
    _record(events.INVITATION_CONFIRMED, viewer, invitation, before)
    post(viewer, invitation)
    return invitation


def refuse_invitation(viewer: Viewer, invitation_id: UUID) -> Invitation:
    """Be the second person and say no: nothing is sent, and the address is forgotten."""
    invitation = _waiting(viewer, invitation_id)
    require_fresh(viewer)
    before, invitation.state = invitation.state, Invitation.State.REFUSED
    invitation.confirmed_by = viewer.account_id
    invitation.save(update_fields=["state", "confirmed_by"])
    _record(events.INVITATION_REFUSED, viewer, invitation, before)
    return invitation


def send_again(viewer: Viewer, invitation_id: UUID) -> Invitation:
    """Send a new link; the one before opens nothing from now on.

    Raises NotFound, NotAllowed, WrongState when the invitation is not one that has been sent,
    StepUpRequired, TooMany past the letters of a day.
    """
    invitation = _managed(viewer, invitation_id)
    if invitation.state != Invitation.State.SENT:
        raise WrongState(_("Cette invitation ne peut plus être renvoyée."))
    require_fresh(viewer)
    give_link(invitation)
    saved(invitation, update_fields=["sending", "token_hash", "expires_at"])
    post(viewer, invitation)
    return invitation


def withdraw_invitation(viewer: Viewer, invitation_id: UUID) -> Invitation:
    """Take the offer back: its link opens nothing from now on, and the address is forgotten."""
    invitation = _managed(viewer, invitation_id)
    open_ = invitation.state in (Invitation.State.WAITING, Invitation.State.SENT)
    if not open_ or invitation.lapsed:
        raise WrongState(_("Cette invitation est déjà terminée."))
    before, invitation.state = invitation.state, Invitation.State.WITHDRAWN
    invitation.save(update_fields=["state"])
    _record(events.INVITATION_WITHDRAWN, viewer, invitation, before)
    return invitation


def _locked(viewer: Viewer, invitation_id: UUID) -> Invitation:
    if people.invitation(viewer, invitation_id) is None:
        raise NotFound
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("agency")
        .get(pk=invitation_id)
    )


def _waiting(viewer: Viewer, invitation_id: UUID) -> Invitation:
    invitation = _locked(viewer, invitation_id)
    if invitation.state != Invitation.State.WAITING:
        raise WrongState(_("Cette invitation n'attend plus de confirmation."))
    if invitation.lapsed:
        raise WrongState(TOO_LATE)
    if not second_person.may_confirm_invitation(viewer, invitation):
        raise NotAllowed(
            _(
                "Une autre personne doit confirmer cette invitation : ni celle qui la propose, "
                "ni celle qui est invitée, et avec le rôle qui le permet."
            )
        )
    return invitation


def _managed(viewer: Viewer, invitation_id: UUID) -> Invitation:
    """The invitation, for somebody who could offer the same place."""
    invitation = _locked(viewer, invitation_id)
    may_give = giving.roles_to_give(viewer, invitation.agency_id, invitation.agency.kind)
    if wrong := sorted(set(invitation.roles) - may_give):
        raise NotAllowed(not_to_give(wrong))
    return invitation


def _record(kind: EventKind, viewer: Viewer, invitation: Invitation, before: str) -> None:
    record(
        kind,
        viewer=viewer,
        subject_id=invitation.pk,
        agency=invitation.agency_id,
        roles=list(invitation.roles),
        before=str(before),
        after=str(invitation.state),
    )
