"""An account is switched off everywhere, by whoever operates the platform."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Account
from agencies.operator import ALIAS, Operator
from audit import record_system
from kernel.errors import NotFound, WrongState
from kernel.models import Seat


def switch_off(operator: Operator, *, account_id: UUID) -> None:
    """End every seat and session of an account in every cell; nobody signs in with it any more.

    Raises NotFound when there is no such account, WrongState when it is off already.
    """
    with transaction.atomic(using=ALIAS):
        accounts = Account.objects.using(ALIAS).select_for_update()
        account = accounts.filter(pk=account_id).first()
        if account is None:
            raise NotFound(_("Ce compte n'existe pas."))
        if not account.is_active:
            raise WrongState(_("Ce compte est déjà désactivé."))
        account.is_active = False
        account.save(using=ALIAS, update_fields=["is_active"])
        seats = Seat.objects.using(ALIAS).filter(account_id=account_id)
        for cell_id in sorted({0, *seats.values_list("cell_id", flat=True)}):
            record_system(
                events.ACCOUNT_SWITCHED_OFF, using=ALIAS, cell_id=cell_id, subject_id=account_id
            )
