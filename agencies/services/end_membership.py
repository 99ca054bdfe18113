"""A person leaves a place: the seat, and every session in it, end at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Membership
from agencies.operator import ALIAS, Operator
from audit import record_system
from kernel.clock import now
from kernel.errors import NotFound, WrongState
from kernel.models import ScopeSession


def end_membership(
    operator: Operator, *, membership_id: UUID, at: datetime | None = None
) -> Membership:
    """Set the end of a membership, now unless a time is given.

    Raises NotFound when there is none and WrongState when it has already ended.
    """
    with transaction.atomic(using=ALIAS):
        membership = (
            Membership.objects.using(ALIAS)
            .select_for_update(of=("self",))
            .filter(pk=membership_id)
            .first()
        )
        if membership is None:
            raise NotFound(_("Cette participation n'existe pas."))
        moment = now()
        if membership.valid_until <= moment:
            raise WrongState(_("Cette participation est déjà terminée."))
        membership.valid_until = max(at or moment, membership.valid_from)
        membership.save(using=ALIAS, update_fields=["valid_until"])
        if membership.valid_until <= moment:
            ScopeSession.objects.using(ALIAS).filter(seat_id=membership.pk).delete()
        record_system(
            events.MEMBERSHIP_ENDED,
            using=ALIAS,
            cell_id=membership.cell_id,
            subject_id=membership.pk,
            account=membership.account_id,
            before=list(membership.roles),
            after=None,
        )
    return membership
