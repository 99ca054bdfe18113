"""Which second factors a person can show, and checking the one they have shown.

The same check stands behind signing in and behind showing a factor again before a sensitive act.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

import django_otp
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django_otp_webauthn.models import WebAuthnCredential

from agencies import events
from agencies.models import Account, Authenticator, BackupSheet
from agencies.services import passkeys, throttle
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from agencies.services.sign_in import Wait
from agencies.services.telling import tell
from kernel.errors import Invalid


class Kind(StrEnum):
    """What a session remembers of the factor that was shown."""

    PASSKEY = "passkey"
    TOTP = "totp"
    BACKUP = "backup"


REFUSED: Final = {
    Kind.TOTP: _("Ce code n'est pas valable ou a déjà servi. Attendez le suivant et réessayez."),
    Kind.PASSKEY: _(
        "Cette clé d'accès n'a pas été reconnue. Réessayez, ou utilisez un autre moyen."
    ),
    Kind.BACKUP: _("Ce code de secours n'est pas valable ou a déjà servi."),
}
_CODE = re.compile(r"[0-9]{6}")
LONGEST_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to show a factor: an authenticator by its number, all passkeys, or the sheet."""

    kind: Kind
    device_id: int | None = None
    name: str = ""
    left: int = 0

    @property
    def way(self) -> str:
        """How a form names it."""
        return f"{self.kind}-{self.device_id}" if self.device_id else str(self.kind)


def offered(account_id: UUID) -> tuple[Offer, ...]:
    """What this person can show now, the safest and quickest first."""
    found: list[Offer] = []
    if WebAuthnCredential.objects.using(SIGNIN).filter(user_id=account_id, confirmed=True).exists():
        found.append(Offer(Kind.PASSKEY))
    devices = Authenticator.objects.using(SIGNIN).filter(user_id=account_id, confirmed=True)
    found += [Offer(Kind.TOTP, device.pk, device.name) for device in devices.order_by("pk")]
    sheet = (
        BackupSheet.objects.using(SIGNIN)
        .filter(user_id=account_id)
        .annotate(left=Count("codes", filter=Q(codes__used_at=None)))
        .first()
    )
    if sheet is not None and sheet.left:
        found.append(Offer(Kind.BACKUP, left=sheet.left))
    return tuple(found)


def check(
    origin: Origin, *, account_id: UUID, kind: str, answer: str, device_id: int | None = None
) -> Kind:
    """Check what was shown, use it up, and say what it was.

    The library locks the device's row, so of many uses of one code at the same moment exactly one
    is accepted. Without ``device_id`` a code is tried on the person's oldest authenticator.
    Raises Invalid for what is wrong, used or not this person's, Wait after too many tries.
    """
    shown = Kind(kind) if kind in set(Kind) else Kind.TOTP
    account = Account.objects.using(SIGNIN).filter(pk=account_id, is_active=True).first()
    turn = throttle.take("code", account.email if account else str(account_id), origin)
    if turn.wait_until is not None:
        record_step(events.CODE, origin, account, refused="too_many", factor=str(shown))
        raise Wait(turn.wait_until)
    with transaction.atomic(using=SIGNIN):
        accepted = account is not None and _accepts(account, shown, answer, device_id)
        if accepted:
            throttle.give_back(turn)
            record_step(events.CODE, origin, account, factor=str(shown))
        elif account is not None and turn.tries == throttle.ALARM:
            tell("factor.guessed", account.pk)
    if account is None or not accepted:
        record_step(events.CODE, origin, account, refused="wrong_code", factor=str(shown))
        raise Invalid(REFUSED[shown])
    throttle.remember(account.email, origin)
    return shown


def _accepts(account: Account, kind: Kind, answer: str, device_id: int | None) -> bool:
    if kind is Kind.PASSKEY:
        return passkeys.accepts(account, answer) is not None
    if len(answer) > LONGEST_CODE:
        return False
    if kind is Kind.BACKUP:
        device = BackupSheet.objects.using(SIGNIN).filter(user_id=account.pk).first()
        typed = answer
    else:
        device = _authenticator(account.pk, device_id)
        typed = re.sub(r"[\s\u00a0]", "", answer)
        if not _CODE.fullmatch(typed):
            return False
    if device is None:
        return False
    return django_otp.verify_token(account, device.persistent_id, typed) is not None


def _authenticator(account_id: UUID, device_id: int | None) -> Authenticator | None:
    mine = Authenticator.objects.using(SIGNIN).filter(user_id=account_id, confirmed=True)
    chosen = mine.filter(pk=device_id) if device_id else mine
    device: Authenticator | None = chosen.order_by("pk").first()
    return device
