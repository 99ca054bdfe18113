"""A person gets an authenticator: the second factor of every sign-in."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp_webauthn.models import WebAuthnCredential

from agencies import events
from agencies.models import Account, Authenticator, BackupSheet
from agencies.operator import ALIAS, Operator
from audit import record_system
from kernel.clock import now
from kernel.errors import NotFound
from kernel.models import ScopeSession, Seat

FIRST_NAME = gettext_lazy("Application d'authentification")


def enrol_totp(operator: Operator, *, account_id: UUID) -> Authenticator:
    """Give the account a new authenticator in place of every factor it had; end its sessions."""
    with transaction.atomic(using=ALIAS):
        account = Account.objects.using(ALIAS).select_for_update().filter(pk=account_id).first()
        if account is None:
            raise NotFound(_("Ce compte n'existe pas."))
        for model in (Authenticator, WebAuthnCredential, BackupSheet):
            model.objects.using(ALIAS).filter(user_id=account.pk).delete()
        ScopeSession.objects.using(ALIAS).filter(account_id=account.pk).delete()
        device = Authenticator.issue(account.pk, name=str(FIRST_NAME), confirmed=True, using=ALIAS)
        device.user = account
        for cell_id in cells_of(account.pk) or [0]:
            record_system(
                events.FACTOR_ENROLLED,
                using=ALIAS,
                cell_id=cell_id,
                subject_id=account.pk,
                factor="totp",
            )
    return device


def cells_of(account_id: UUID) -> list[int]:
    """The cells in whose records something about this account belongs: where it has a place now."""
    moment = now()
    seats = Seat.objects.using(ALIAS).filter(
        account_id=account_id, valid_from__lte=moment, valid_until__gt=moment
    )
    return sorted(set(seats.values_list("cell_id", flat=True)))
