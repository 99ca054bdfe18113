"""Signing in with a passkey alone: it knows its account, and has verified the person."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.services import passkeys, throttle
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from agencies.services.sign_in import Wait
from kernel.errors import Invalid

REFUSED = _(
    "Cette clé d'accès n'a pas été reconnue. Connectez-vous avec votre adresse et votre mot de "
    "passe."
)


def sign_in_with_passkey(origin: Origin, answer: str) -> UUID:
    """Return the account whose passkey has answered; both factors have been shown.

    A key that nobody knows, a wrong answer and an account that is switched off get the same
    sentence. Raises Invalid, or Wait when this has been tried too often.
    """
    turn = throttle.take("passkey", _claimed(answer), origin)
    if turn.wait_until is not None:
        if turn.first_refusal:
            record_step(events.PASSKEY, origin, None, refused="too_many")
        raise Wait(turn.wait_until)
    with transaction.atomic(using=SIGNIN):
        account = passkeys.accepts(None, answer)
        if account is not None:
            throttle.give_back(turn)
            throttle.answered(origin)
            record_step(events.PASSKEY, origin, account)
    if account is None:
        record_step(events.PASSKEY, origin, None, refused="wrong_passkey")
        raise Invalid(REFUSED)
    throttle.remember(account.email, origin)
    return account.pk


def _claimed(answer: str) -> str:
    """Which key the answer says it comes from, as a short text to count tries under."""
    try:
        claimed = str(json.loads(answer[: passkeys.LONGEST_ANSWER])["credential"]["rawId"])
    except (ValueError, TypeError, KeyError, RecursionError):
        claimed = ""
    return hashlib.sha256(claimed.encode("utf-8", "replace")).hexdigest()
