"""Passkeys: the question put to a browser, and the answer to it, which counts once.

A passkey is asked to verify the person (fingerprint, face, PIN of the key) every time, at
enrolment and at each use: what it proves is therefore two factors, and it may stand alone. The
library's own views are not mounted: they know neither our transactions nor our refusals. What is
used of it is its helper, its models and, underneath, py_webauthn.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticatorSelectionCriteria as Wanted
from webauthn.helpers.structs import ResidentKeyRequirement, UserVerificationRequirement

from agencies.models import Account, Ceremony
from agencies.services.origin import SIGNIN
from kernel.clock import now
from kernel.ids import uuid7

LASTS: Final = timedelta(seconds=settings.OTP_WEBAUTHN_TIMEOUT_SECONDS + 60)
LONGEST_ANSWER: Final = 16_000
_UNREADABLE = (WebAuthnException, OTPWebAuthnApiError, ValueError, TypeError, KeyError)


class Helper(WebAuthnHelper):  # type: ignore[misc]  # the library ships no types
    """The library's ceremonies, on our terms: verified people, and no attestation kept."""

    def __init__(self) -> None:
        super().__init__(request=None)

    def get_credential_display_name(self, user: Account) -> str:
        """What the authenticator shows when it asks which account."""
        return user.display_name

    def get_generate_registration_options_kwargs(self, *, user: Account) -> dict[str, Any]:
        """A passkey that finds its account by itself and always verifies the person."""
        options = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"] = Wanted(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return dict(options)

    def create_attestation(self, *args: object) -> None:
        """None is asked for, and nothing that would tell one key from another is kept."""


def ask(account: Account | None) -> dict[str, Any]:
    """The question for this person's passkeys, or for whichever passkey the browser holds."""
    options, state = Helper().authenticate_begin(user=account, require_user_verification=True)
    return _asked(Ceremony.Purpose.SHOW, account, options, state)


def ask_to_enrol(account: Account) -> dict[str, Any]:
    """The question that makes a new passkey. Those the person has are not made twice."""
    options, state = Helper().register_begin(user=account)
    return _asked(Ceremony.Purpose.ENROL, account, options, state)


def accepts(account: Account | None, answer: str) -> Account | None:
    """Whose passkey has answered; None when it is not this account's or the answer is no good.

    The question is used up whatever the answer, and the passkey's row is locked: of many uses of
    one answer at the same moment exactly one is accepted.
    """
    with transaction.atomic(using=SIGNIN):
        state, data = _answered(Ceremony.Purpose.SHOW, account, answer)
        if state is None:
            return None
        try:
            with transaction.atomic(using=SIGNIN):
                key = _locked(base64url_to_bytes(data["rawId"]))
                if key is None or not key.confirmed:
                    return None
                Helper().authenticate_complete(user=account, state=state, data=data)
        except _UNREADABLE:
            return None
    return Account.objects.using(SIGNIN).filter(pk=key.user_id, is_active=True).first()


def enrol(account: Account, answer: str, name: str) -> WebAuthnCredential | None:
    """Keep the passkey that has answered; None when the answer is no good."""
    with transaction.atomic(using=SIGNIN):
        state, data = _answered(Ceremony.Purpose.ENROL, account, answer)
        if state is None:
            return None
        try:
            with transaction.atomic(using=SIGNIN):
                if _locked(base64url_to_bytes(data["rawId"])) is not None:
                    return None
                key = Helper().register_complete(user=account, state=state, data=data)
                WebAuthnCredential.objects.using(SIGNIN).filter(pk=key.pk).update(name=name)
        except _UNREADABLE:
            return None
    return key


def _locked(credential_id: bytes) -> WebAuthnCredential | None:
    digest = WebAuthnCredential.get_credential_id_sha256(credential_id)
    keys = WebAuthnCredential.objects.using(SIGNIN).select_for_update(of=("self",))
    return keys.filter(credential_id_sha256=digest).first()


def _asked(
    purpose: Ceremony.Purpose,
    account: Account | None,
    options: dict[str, Any],
    state: dict[str, Any],
) -> dict[str, Any]:
    ceremony = Ceremony.objects.using(SIGNIN).create(
        id=uuid7(),
        account_id=account.pk if account else None,
        purpose=purpose,
        state=state,
        expires_at=now() + LASTS,
    )
    return {"ceremony": str(ceremony.pk), "options": options}


def _answered(
    purpose: Ceremony.Purpose, account: Account | None, answer: str
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What was asked, taken out of the table, and what was answered."""
    if len(answer) > LONGEST_ANSWER:
        return None, {}
    try:
        said = json.loads(answer)
        number, data = UUID(said["ceremony"]), said["credential"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, {}
    if not isinstance(data, dict) or not isinstance(data.get("rawId"), str):
        return None, {}
    ceremonies = Ceremony.objects.using(SIGNIN).select_for_update()
    ceremony = ceremonies.filter(pk=number, purpose=purpose).first()
    if ceremony is None:
        return None, {}
    Ceremony.objects.using(SIGNIN).filter(pk=number).delete()
    expected = account.pk if account else None
    if ceremony.account_id != expected or ceremony.expires_at <= now():
        return None, {}
    return ceremony.state, data
