"""Somebody is offered a place in an agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agencies import events, giving, people, second_person
from agencies.models import Invitation
from agencies.services.addresses import invited_address
from agencies.services.ask_second import ask_second
from agencies.services.checking import checked
from agencies.services.invitation_link import hash_of, token_of
from agencies.services.letter_limits import saved
from audit import record
from kernel.clock import FOREVER, now
from kernel.errors import Conflict, Invalid, NotAllowed
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

LETTER = "invitation.sent"
WANTED = "confirmation.wanted"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom to invite, where, as what and for how long."""

    accession_id: UUID
    roles: tuple[str, ...]
    address: str
    display_name: str
    job_title: str = ""
    bound_by_secrecy: bool = False
    valid_from: datetime | None = None
    valid_until: datetime = FOREVER


def invite(viewer: Viewer, proposal: Proposal) -> Invitation:
    """Offer the place; the letter leaves at once, or after a second person has confirmed.

    Whether the address has an account already changes nothing here. Raises NotAllowed for who may
    not offer these roles there, StepUpRequired, Invalid for what cannot be offered, Conflict when
    an invitation to this address is under way, TooMany past the letters of a day.
    """
    if not giving.can_manage_people(viewer):
        raise NotAllowed
    address = invited_address(proposal.address)
    if second_person.is_at([viewer.account_id], address):
        raise Invalid(
            fields={"address": [_("Indiquez une autre adresse : personne ne s'invite soi-même.")]}
        )
    accession = people.accessions_to_invite_for(viewer).filter(pk=proposal.accession_id).first()
    if accession is None:
        raise Invalid(fields={"accession": [_("Choisissez un organisme de votre cellule.")]})
    may_give = giving.roles_to_give(viewer, accession.agency_id, accession.agency.kind)
    if wrong := sorted(set(proposal.roles) - may_give):
        raise Invalid(fields={"roles": [not_to_give(wrong)]})
    if proposal.valid_until <= max(now(), proposal.valid_from or now()):
        raise Invalid(fields={"valid_until": [_("La fin doit suivre le début.")]})
    require_fresh(viewer)

    roles = sorted(set(proposal.roles))
    waits = giving.wants_second_person(
        viewer,
        accession.agency_id,
        accession.agency.kind,
        roles,
        secrecy=proposal.bound_by_secrecy,
    )
    invitation = Invitation(
        id=uuid7(),
        cell_id=viewer.cell_id,
        accession_id=accession.pk,
        agency_id=accession.agency_id,
        roles=roles,
        bound_by_secrecy=proposal.bound_by_secrecy,
        address=address,
        display_name=" ".join(proposal.display_name.split()),
        job_title=proposal.job_title.strip(),
        valid_from=proposal.valid_from,
        valid_until=proposal.valid_until,
        state=Invitation.State.WAITING if waits else Invitation.State.SENT,
        invited_by=viewer.account_id,
    )
    if not waits:
        give_link(invitation)
    _make_room(viewer, invitation)
    saved(checked(invitation, using="default"), force_insert=True)
    record(
        events.INVITATION_PROPOSED,
        viewer=viewer,
        subject_id=invitation.pk,
        agency=invitation.agency_id,
        roles=roles,
        before=None,
        after=str(invitation.state),
    )
    if waits:
        wanted = second_person.possible_confirmers(
            viewer, accession.agency, roles, [viewer.account_id]
        )
        ask_second(viewer, WANTED, wanted, subject_id=invitation.pk)
    else:
        post(viewer, invitation)
    return invitation


def not_to_give(wrong: list[str]) -> str:
    """Which roles this person cannot give in this agency, by their names."""
    from agencies.roles import Role

    named = ", ".join(f"« {Role(role).label} »" for role in wrong if role in Role.values)
    return _("Vous ne pouvez pas donner ce rôle dans cet organisme : %s.") % (named or "?")


def give_link(invitation: Invitation) -> None:
    """A new link in place of any before it, and the time until which it opens."""
    invitation.sending += 1
    invitation.token_hash = hash_of(token_of(invitation.pk, invitation.sending))
    invitation.expires_at = now() + settings.INVITATION_LASTS


def post(viewer: Viewer, invitation: Invitation) -> None:
    """Owe the letter, in the transaction that makes the link open."""
    record(
        events.INVITATION_SENT,
        viewer=viewer,
        subject_id=invitation.pk,
        agency=invitation.agency_id,
        roles=list(invitation.roles),
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind=LETTER,
        recipients=[invitation.pk],
        subject_id=invitation.pk,
        channels=("email",),
    )


def _make_room(viewer: Viewer, invitation: Invitation) -> None:
    """An older one that waited too long or whose link is over gives way; one under way does not."""
    older = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(
            cell_id=viewer.cell_id,
            accession_id=invitation.accession_id,
            address=invitation.address,
            state__in=[Invitation.State.WAITING, Invitation.State.SENT],
        )
        .first()
    )
    if older is None:
        return
    if not (older.expired or older.lapsed):
        raise Conflict(_("Une invitation est déjà en cours à cette adresse pour cet organisme."))
    with transaction.atomic():
        over = older.state == Invitation.State.WAITING
        older.state = Invitation.State.LAPSED if over else Invitation.State.WITHDRAWN
        older.save(update_fields=["state"])
