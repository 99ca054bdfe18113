"""The provider says that a session is over: ours that came from it end, and no others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from agencies import events
from agencies.models import Identity, ProviderFlow, ProviderSession, ProviderSpent
from agencies.oidc.errors import NotVerified
from agencies.oidc.flows import LASTS, new_state
from agencies.oidc.provider import Provider
from agencies.oidc.sealing import unseal
from agencies.oidc.through import REMEMBERED, digest_of_sid, one_at_a_time, through_of
from agencies.oidc.tokens import LEEWAY, checked, key_of
from agencies.services.origin import SIGNIN, Origin
from audit import record_signin
from kernel.clock import now
from kernel.models import ScopeSession, Seat
from kernel.viewer import Viewer

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
SENT_WITHIN: Final = timedelta(minutes=2)
LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Ended:
    """Whose sessions are over: those of one session at the provider, or all of one person.

    ``message`` names what says so, when that may be obeyed only once.
    """

    sid: str
    subject: str
    message: str = ""


def read_logout_token(provider: Provider, token: str) -> Ended:
    """What a sign-out message says, once it is proven to be one, to be recent and to be for us.

    Raises NotVerified. An id_token is none: it carries a nonce and no such event.
    """
    claims = checked(provider, token, key_of(provider, token), required=("iat", "jti", "events"))
    happened = claims["events"]
    if not isinstance(happened, dict) or not isinstance(happened.get(EVENT), dict):
        raise NotVerified("no_logout")
    if "nonce" in claims:
        raise NotVerified("nonce")
    if now().timestamp() - claims["iat"] > (SENT_WITHIN + LEEWAY).total_seconds():
        raise NotVerified("expired")
    ended = Ended(_name(claims, "sid"), _name(claims, "sub"), _name(claims, "jti"))
    if not (ended.message and (ended.sid or ended.subject)):
        raise NotVerified("incomplete")
    return ended


def end_sessions(provider: Provider, origin: Origin, ended: Ended, *, way: str) -> int:
    """End them and say how many there were. A sign-in that is still under way cannot finish.

    A name that comes without the provider's signature is remembered only while there is something
    that it could end: whoever makes names up fills no table.

    Raises NotVerified for a message that has been obeyed before.
    """
    with transaction.atomic(using=SIGNIN):
        if ended.message:
            _spend(f"jti\x1f{provider.issuer}\x1f{ended.message}")
        sessions = ProviderSession.objects.using(SIGNIN).filter(identity__issuer=provider.issuer)
        if ended.sid:
            sid = bytes.fromhex(digest_of_sid(provider.issuer, ended.sid))
            one_at_a_time(sid)
            sessions = sessions.filter(sid_hash=sid)
            if ended.message or sessions.exists() or _somebody_is_signing_in(provider):
                ProviderSpent.objects.using(SIGNIN).bulk_create(
                    [ProviderSpent(key=sid, ends_at=now() + REMEMBERED)], ignore_conflicts=True
                )
        if ended.subject:
            sessions = sessions.filter(identity__subject=ended.subject)
        tokens = [bytes(token) for token in sessions.values_list("token_hash", flat=True)]
        over = list(ScopeSession.objects.using(SIGNIN).filter(pk__in=tokens))
        for session in over:
            _record(session, origin, way)
        ScopeSession.objects.using(SIGNIN).filter(pk__in=tokens).delete()
    return len(over)


def address_to_leave_by(viewer: Viewer) -> str:
    """Where to sign out of the provider too; empty after a local sign-in."""
    through = through_of(viewer.token)
    token = unseal(bytes.fromhex(through.hint)) if through and through.end_session else ""
    if through is None or not token:
        return ""
    back = settings.PUBLIC_ADDRESS.rstrip("/") + reverse("agencies:signed_out")
    asked = urlencode(
        {"id_token_hint": token, "state": new_state(), "post_logout_redirect_uri": back}
    )
    return f"{through.end_session}{'&' if '?' in through.end_session else '?'}{asked}"


def _name(claims: Mapping[str, Any], claim: str) -> str:
    found = claims.get(claim, "")
    if not isinstance(found, str) or len(found) > LONGEST_NAME:
        raise NotVerified("shape")
    return found


def _spend(text: str) -> None:
    """Remember a message, or refuse it because it has been obeyed before."""
    key = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    spent = ProviderSpent.objects.using(SIGNIN)
    one_at_a_time(key)
    if spent.filter(pk=key).exists():
        raise NotVerified("replayed")
    spent.create(key=key, ends_at=now() + REMEMBERED)


def _somebody_is_signing_in(provider: Provider) -> bool:
    """Whether anybody is on the way to the provider, or back and not signed in for good yet."""
    moment = now()
    if ProviderFlow.objects.using(SIGNIN).filter(ends_at__gt=moment).exists():
        return True
    used = Identity.objects.using(SIGNIN).filter(issuer=provider.issuer)
    return used.filter(last_used_at__gt=moment - LASTS).exists()


def _record(session: ScopeSession, origin: Origin, way: str) -> None:
    seat = Seat.objects.using(SIGNIN).filter(pk=session.seat_id).first()
    record_signin(
        events.ENDED_BY_PROVIDER,
        account_id=session.account_id,
        seat_id=session.seat_id,
        agency_id=seat.agency_id if seat else None,
        cell_id=seat.cell_id if seat else 0,
        request_id=origin.request_id,
        way=way,
    )
