"""Which second factors a person can show, and checking the one they have shown.

The same check stands behind signing in and behind showing a factor again before a sensitive act.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import django_otp
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.models import Account, Authenticator, BackupSheet
from agencies.services import passkeys, throttle
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step, step_of
from agencies.services.sign_in import Wait
from agencies.services.standing import Standing, standing_of
from agencies.services.telling import tell
from kernel.errors import Invalid
from kernel.statements import send


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
    return offers_of(standing_of(account_id))


def offers_of(standing: Standing) -> tuple[Offer, ...]:
    """What somebody who stands so can show."""
    found = [Offer(Kind.PASSKEY)] if standing.passkeys else []
    found += [Offer(Kind.TOTP, number, name) for number, name in standing.authenticators]
    if standing.codes_left:
        found.append(Offer(Kind.BACKUP, left=standing.codes_left))
    return tuple(found)


def check(
    origin: Origin,
    *,
    account_id: UUID,
    kind: str,
    answer: str,
    device_id: int | None = None,
    standing: Standing | None = None,
) -> Kind:
    """Check what was shown, use it up, and say what it was.

    The library locks the device's row, so of many uses of one code at the same moment exactly one
    is accepted. Without ``device_id`` a code is tried on the person's oldest authenticator. Who
    has just read where the person stands gives it. Raises Invalid for what is wrong, used or not
    this person's, Wait after too many tries.
    """
    shown = Kind(kind) if kind in set(Kind) else Kind.TOTP
    known = standing or standing_of(account_id)
    account = known.account
    facts: dict[str, Any] = {"cells": known.cells, "factor": str(shown)}
    turn = throttle.take("code", account.email if account else str(account_id), origin)
    if turn.wait_until is not None:
        if turn.first_refusal:
            record_step(events.CODE, origin, account, refused="too_many", **facts)
        raise Wait(turn.wait_until)
    with transaction.atomic(using=SIGNIN):
        accepted = account is not None and _accepts(account, known, shown, answer, device_id)
        if account is not None and accepted:
            send(
                SIGNIN,
                throttle.giving_back(turn),
                throttle.remembering(account.email, origin),
                step_of(events.CODE, origin, account, **facts),
            )
        elif account is not None and turn.tries == throttle.ALARM:
            tell("factor.guessed", account.pk)
    if not accepted:
        record_step(events.CODE, origin, account, refused="wrong_code", **facts)
        raise Invalid(REFUSED[shown])
    return shown


def _accepts(
    account: Account, standing: Standing, kind: Kind, answer: str, device_id: int | None
) -> bool:
    if kind is Kind.PASSKEY:
        return passkeys.accepts(account, answer) is not None
    if len(answer) > LONGEST_CODE:
        return False
    if kind is Kind.BACKUP:
        sheet = BackupSheet.objects.using(SIGNIN).filter(user_id=account.pk).first()
        persistent_id, typed = sheet and sheet.persistent_id, answer
    else:
        persistent_id = _authenticator(standing, device_id)
        typed = re.sub(r"[\s\u00a0]", "", answer)
        if not _CODE.fullmatch(typed):
            return False
    if persistent_id is None:
        return False
    return django_otp.verify_token(account, persistent_id, typed) is not None


def _authenticator(standing: Standing, device_id: int | None) -> str | None:
    """The library's name for the authenticator that was chosen, if it is one of this person's."""
    numbers = [number for number, _name in standing.authenticators]
    chosen = device_id or (numbers[0] if numbers else None)
    return f"{Authenticator.model_label()}/{chosen}" if chosen in numbers else None
