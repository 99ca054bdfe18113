"""A person gets an authenticator: the second factor of every sign-in."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from agencies import events
from agencies.models import Account, Membership
from agencies.operator import ALIAS, Operator
from audit import record_system
from kernel.errors import NotFound
from kernel.models import ScopeSession

TOLERANCE = 1
"""Steps of 30 s before and after the current one in which a code is still taken.

A code is shown for 30 s and takes ten to read and type: with no tolerance about one try in three
would fail, and people who fail often are people who get used to failing. With one step a code
lives 90 s at most. It is taken once, and five wrong ones close the door for a quarter of an hour,
so that the wider window leaves a guesser fifteen chances in a million at each attempt.
"""


def enrol_totp(operator: Operator, *, account_id: UUID) -> TOTPDevice:
    """Give the account a new authenticator in place of any it had, and end its sessions.

    One authenticator at a time: a wrong code counts against the device it was tried on, and a
    code tried on two would count against one of them each time.
    """
    with transaction.atomic(using=ALIAS):
        account = Account.objects.using(ALIAS).select_for_update().filter(pk=account_id).first()
        if account is None:
            raise NotFound(_("Ce compte n'existe pas."))
        TOTPDevice.objects.using(ALIAS).filter(user_id=account.pk).delete()
        ScopeSession.objects.using(ALIAS).filter(account_id=account.pk).delete()
        device = TOTPDevice(user=account, name="totp", confirmed=True, tolerance=TOLERANCE)
        device.save(using=ALIAS, force_insert=True)
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
    """The cells in whose records something about this account belongs."""
    places = Membership.objects.using(ALIAS).filter(account_id=account_id)
    return sorted(set(places.values_list("cell_id", flat=True)))
