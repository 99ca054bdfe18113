"""Prolong a running share, with a reason."""

from datetime import date
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import Conflict, Invalid, NotAllowed, WrongState
from kernel.ids import uuid7
from kernel.live import announce
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals import events, partners, policies
from referrals.casefile.cases import CHANGED, ENDED, locked_case
from referrals.models import Share
from referrals.models.share import RenewalReason, ShareState
from referrals.sharing.services.answer import (
    SECRET,
    locked_share,
    refuse_while_held,
    visible_share,
)
from referrals.sharing.services.propose import end_of
from referrals.states import LIVING


def may_renew(viewer: Viewer, share_id: UUID) -> Share:
    """A running share that this viewer gives, looked at. Raises NotFound, NotAllowed, WrongState.

    What is under professional secrecy is prolonged by somebody bound by it, and only for an agency
    in which somebody still is.
    """
    return _renewable(viewer, visible_share(viewer, share_id))


def _renewable(viewer: Viewer, share: Share) -> Share:
    if not policies.can_revoke_share(viewer, share):
        raise NotAllowed(case_id=share.case_id)
    if not policies.can_renew_share(viewer, share):
        raise NotAllowed(SECRET, case_id=share.case_id)
    if share.state != ShareState.ACCEPTED or share.expires_at <= now():
        raise WrongState(
            _("Ce partage n'est plus ouvert : proposez-en un nouveau."), case_id=share.case_id
        )
    if share.scope & parts.SECRET and not partners.somebody_holds(viewer, share.to_secrecy_unit):
        raise WrongState(
            _("Personne dans ce service n'est tenu au secret professionnel."),
            case_id=share.case_id,
        )
    return share


def renew(
    viewer: Viewer,
    share_id: UUID,
    *,
    until: date,
    reason: RenewalReason,
    version: int | None = None,
) -> Share:
    """Let a running share go on until the end of that day; the agency that has it is told.

    Nothing else of it changes: neither its parts nor whether later items follow. Raises Invalid
    for a day that is not after its end or more than a year away.
    """
    share = _renewable(viewer, locked_share(viewer, share_id))
    if locked_case(viewer, share.case_id).state not in LIVING:
        raise WrongState(ENDED, case_id=share.case_id)
    refuse_while_held(share)
    if version is not None and version != share.version:
        raise Conflict(version=share.version, case_id=share.case_id)
    ends_at = end_of(until)
    if ends_at <= share.expires_at:
        later = _("Choisissez un jour après la fin prévue du partage.")
        raise Invalid(fields={"until": [later]})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT referrals.renew_share(%s, %s, %s, %s)",
            [share.pk, ends_at, str(reason), share.version],
        )
        if cursor.fetchone()[0] is None:
            raise Conflict(version=share.version, case_id=share.case_id)
    record(
        events.SHARE_RENEWED,
        viewer=viewer,
        case_id=share.case_id,
        subject_id=share.pk,
        share=share.pk,
        reason=str(reason),
        expired_on=timezone.localdate(share.expires_at),
        expires_on=timezone.localdate(ends_at),
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="share.renewed",
        recipients=partners.recipients_for_units(viewer, {share.to_unit}),
        subject_id=share.case_id,
    )
    announce(viewer, f"case:{share.case_id}", CHANGED)
    for unit in sorted({share.from_unit, share.to_unit}):
        announce(viewer, f"unit:{unit}", CHANGED)
    share.refresh_from_db()
    return share
