"""Accept, refuse or withdraw a share."""

from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from audit.registry import EventKind
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.live import announce
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import CHANGED, FROZEN, HELD
from referrals.models import Share
from referrals.models.access import Level
from referrals.models.share import RefusalReason, ShareState


def accept(viewer: Viewer, share_id: UUID) -> Share:
    """Open what was offered to the viewer's agency, from now until the share's end.

    What is under professional secrecy is for somebody bound by it to accept.
    """
    share = _offered(viewer, share_id)
    if not policies.can_accept_share(viewer, share):
        raise NotAllowed(SECRET, case_id=share.case_id)
    refuse_while_held(share)
    _move(viewer, share, ShareState.ACCEPTED, events.SHARE_ACCEPTED)
    return share


def refuse(viewer: Viewer, share_id: UUID, *, reason: RefusalReason) -> Share:
    """Decline, with a reason that the coordinator reads. Nothing ever opens."""
    share = _offered(viewer, share_id)
    share.refusal_reason = reason
    _move(viewer, share, ShareState.REFUSED, events.SHARE_REFUSED, reason=str(reason))
    return share


def revoke(viewer: Viewer, share_id: UUID) -> Share:
    """End a share that is proposed or running: the agency sees nothing more from this moment."""
    share = locked_share(viewer, share_id)
    if not policies.can_revoke_share(viewer, share):
        raise NotAllowed(case_id=share.case_id)
    if share.state not in {ShareState.PROPOSED, ShareState.ACCEPTED}:
        raise WrongState(_("Ce partage est déjà terminé."), case_id=share.case_id)
    _move(viewer, share, ShareState.REVOKED, events.SHARE_REVOKED)
    return share


def locked_share(viewer: Viewer, share_id: UUID) -> Share:
    """A share that this viewer gives or receives, locked after its case. Raises NotFound.

    Whoever closes a case holds the case and then its shares: the same order here, or both wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.lock_case_of(%s)", [share_id])
    visible_share(viewer, share_id)
    return Share.objects.select_for_update().get(pk=share_id)


def visible_share(viewer: Viewer, share_id: UUID) -> Share:
    """A share that this viewer gives or receives, to be looked at. Raises NotFound."""
    share = Share.objects.filter(pk=share_id, cell_id=viewer.cell_id).first()
    if share is None or not set(share.viewers) & set(viewer.units):
        raise NotFound
    return share


def case_of_share(viewer: Viewer, share_id: UUID) -> UUID:
    """The case of a share that this viewer may end. Raises NotFound or NotAllowed."""
    share = locked_share(viewer, share_id)
    if not policies.can_revoke_share(viewer, share):
        raise NotAllowed(case_id=share.case_id)
    return share.case_id


def _offered(viewer: Viewer, share_id: UUID) -> Share:
    share = locked_share(viewer, share_id)
    if not policies.can_answer_share(viewer, share):
        raise NotAllowed(case_id=share.case_id)
    if share.state != ShareState.PROPOSED or share.expires_at <= now():
        raise WrongState(_("Cette proposition n'est plus ouverte."), case_id=share.case_id)
    return share


SECRET = _(
    "Ce partage porte sur le secret professionnel : une personne qui y est tenue s'en occupe."
)
CLOSED = _("Le parquet a fermé cette partie du dossier à tout nouveau partage.")


def refuse_while_held(share: Share) -> None:
    """Raise WrongState while an order of the prosecutor keeps this share from opening.

    That acts are frozen is told to those who read the case, which parts are closed to those who
    steer it; an agency that was offered it and sees nothing yet is told whom to call.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT referrals.share_held(%s), referrals.level_now(%s)", [share.pk, share.case_id]
        )
        held, level = cursor.fetchone()
    if held == "frozen" and level >= Level.READ:
        raise WrongState(FROZEN, code="acts_frozen", case_id=share.case_id)
    if held == "closed" and level == Level.STEER:
        raise WrongState(CLOSED, code="part_closed", case_id=share.case_id)
    if held is not None:
        raise WrongState(HELD, code="held", case_id=share.case_id)


def _move(
    viewer: Viewer, share: Share, state: ShareState, kind: EventKind, **facts: object
) -> None:
    # Who moves it, when, and which version that makes are the database's to write down.
    before, share.state = share.state, state
    share.save(update_fields=["state", "refusal_reason"])
    share.refresh_from_db()
    record(
        kind,
        viewer=viewer,
        case_id=share.case_id,
        subject_id=share.pk,
        share=share.pk,
        before=before,
        after=share.state,
        **facts,
    )
    other_side = share.to_unit if state == ShareState.REVOKED else share.from_unit
    enqueue(
        viewer,
        event_id=uuid7(),
        kind=f"share.{state}",
        recipients=partners.recipients_for_units(viewer, {other_side}),
        subject_id=share.case_id,
    )
    announce(viewer, f"case:{share.case_id}", CHANGED)
    for unit in sorted({share.from_unit, share.to_unit}):
        announce(viewer, f"unit:{unit}", CHANGED)
