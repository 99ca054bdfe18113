"""An identity that somebody has just proven, kept for the page of their invitation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

from agencies.oidc.backend import Proven
from agencies.oidc.provider import Provider
from agencies.oidc.recognising import factor_shown_at
from agencies.oidc.sealing import seal
from agencies.oidc.through import digest_of_sid
from agencies.oidc.vouched import Vouched
from kernel.clock import now

_KEY: Final = "proven_identity"
_LASTS: Final = timedelta(minutes=10)


def keep(session: SessionBase, provider: Provider, proven: Proven) -> None:
    """Keep it in this browser's session, the provider's token sealed and its session digested."""
    vouched = Vouched(
        issuer=proven.issuer,
        idp_id=proven.idp_id,
        subject=proven.subject,
        factor_at=factor_shown_at(proven),
        sid=digest_of_sid(proven.issuer, proven.sid),
        hint=seal(proven.id_token).hex(),
        end_session=provider.endpoints().end_session,
    )
    session.cycle_key()
    session[_KEY] = {**vouched.kept(), "at": now().isoformat()}


def vouched_for(session: SessionBase) -> Vouched | None:
    """Who was proven in this browser in the last ten minutes."""
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None or now() - datetime.fromisoformat(kept["at"]) > _LASTS:
        return None
    return Vouched.of(kept)


def forget(session: SessionBase) -> None:
    """It has been used, or is not wanted."""
    session.pop(_KEY, None)
