"""The way to the provider and back: bound to one browser, taken once, over after ten minutes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from mozilla_django_oidc.utils import generate_code_challenge

from agencies.models import ProviderFlow
from agencies.oidc.errors import FlowOver
from agencies.oidc.provider import Provider
from agencies.services.origin import SIGNIN
from kernel.clock import now

LASTS: Final = timedelta(minutes=10)
JOINING: Final = timedelta(hours=1)
"""As long as somebody who came back may take to answer the invitation and link a factor of ours."""
CLAIMS: Final = '{"id_token":{"acr":null,"amr":{"essential":true},"auth_time":{"essential":true}}}'
"""ProConnect says how somebody authenticated, and when, only to those who ask."""


class Purpose(StrEnum):
    """What the identity is shown for."""

    SIGN_IN = "sign_in"
    LINK = "link"
    JOIN = "join"
    STEP_UP = "step_up"


@dataclass(frozen=True, slots=True)
class Flow:
    """A way that was begun: what for, by whom, and where it leads in the end."""

    state: str
    purpose: Purpose
    account_id: UUID | None
    target: str
    started_at: datetime

    @property
    def nonce(self) -> str:
        """What the id_token of this way, and of no other, must repeat."""
        return _derived("nonce", self.state)

    @property
    def verifier(self) -> str:
        """What proves at the token endpoint that it was we who began (PKCE)."""
        return _derived("verifier", self.state)


def begin(
    browser: bytes,
    *,
    purpose: Purpose,
    target: str,
    account_id: UUID | None = None,
    lasts: timedelta = LASTS,
) -> str:
    """Note that this browser sets out, and return the state that it comes back with."""
    state = new_state()
    moment = now()
    ProviderFlow.objects.using(SIGNIN).create(
        state_hash=_digest(state),
        browser=browser,
        purpose=purpose,
        account_id=account_id,
        target=target,
        started_at=moment,
        ends_at=moment + lasts,
    )
    return state


def joining(browser: bytes, flow: Flow) -> None:
    """Note that who came back is still joining: a sign-out at the provider has something to end.

    Nobody comes back by this way: its state is told to nobody.
    """
    begin(browser, purpose=flow.purpose, target=flow.target, lasts=JOINING)


def new_state() -> str:
    """43 characters that nobody can guess."""
    return secrets.token_urlsafe(32)


def underway(state: str, browser: bytes) -> Flow:
    """The way that this browser has begun. Raises FlowOver when there is none."""
    row = ProviderFlow.objects.using(SIGNIN).filter(pk=_digest(state)).first()
    return _of(row, state, browser)


def take(state: str, browser: bytes) -> Flow:
    """The way that this browser comes back by; of several comers exactly one gets it."""
    with transaction.atomic(using=SIGNIN):
        rows = ProviderFlow.objects.using(SIGNIN).filter(pk=_digest(state))
        row = rows.select_for_update().first()
        flow = _of(row, state, browser)
        rows.delete()
    return flow


def address_at_provider(provider: Provider, flow: Flow) -> str:
    """Where the browser is sent: exactly what ProConnect expects, and no parameter besides.

    Who confirms, links or joins with an identity is asked to sign in anew, or they would show
    whoever has used this browser last; the answer's ``auth_time`` says whether they were.
    """
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": way_back(),
        "scope": " ".join(provider.scopes),
        "state": flow.state,
        "nonce": flow.nonce,
        "claims": CLAIMS,
        "code_challenge": generate_code_challenge(flow.verifier, "S256"),
        "code_challenge_method": "S256",
    }
    if flow.purpose != Purpose.SIGN_IN:
        asked |= {"prompt": "login", "max_age": "0"}
    if provider.acr_values:
        asked["acr_values"] = " ".join(provider.acr_values)
    there = provider.endpoints().authorization
    return f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}"


def way_back() -> str:
    """The one address that the provider sends people back to; never taken from a request."""
    return settings.PUBLIC_ADDRESS.rstrip("/") + reverse("agencies:provider_return")


def browser_digest(session_key: str) -> bytes:
    """What recognises a browser by its session cookie."""
    return _keyed("browser", session_key).digest()


def _of(row: ProviderFlow | None, state: str, browser: bytes) -> Flow:
    if row is None or row.ends_at <= now() or not hmac.compare_digest(bytes(row.browser), browser):
        raise FlowOver
    return Flow(
        state=state,
        purpose=Purpose(row.purpose),
        account_id=row.account_id,
        target=row.target,
        started_at=row.started_at,
    )


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode("utf-8", "replace")).digest()


def _derived(label: str, state: str) -> str:
    """43 characters that follow from the state and our secret, so that neither is stored."""
    return urlsafe_b64encode(_keyed(label, state).digest()).rstrip(b"=").decode()


def _keyed(label: str, text: str) -> hmac.HMAC:
    message = f"agencies.oidc.{label}\x1f{text}".encode("utf-8", "replace")
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256)
