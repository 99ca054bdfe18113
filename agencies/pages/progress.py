"""How far somebody has come with signing in, kept in the browser session until it is done.

Nothing here is a right: what opens pages is a row of kernel_session, written at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from agencies.oidc.through import Through
from agencies.services.origin import Origin
from kernel.clock import now
from kernel.http.origin import client_address
from kernel.viewer import Viewer

_KEY: Final = "signing_in"
_LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Progress:
    """Whose password was right, when, where to go in the end, and when a factor was accepted.

    With ``through`` it was not a password but an identity shown to a provider.
    """

    account_id: UUID
    started_at: datetime
    target: str
    factor_at: datetime | None = None
    factor: str = "totp"
    through: Through | None = None

    def keep(self, session: SessionBase) -> None:
        """Store it, after the session's key has been changed."""
        session[_KEY] = {
            "account": str(self.account_id),
            "started": self.started_at.isoformat(),
            "target": self.target,
            "factor": self.factor_at.isoformat() if self.factor_at else None,
            "by": self.factor,
            "through": self.through.kept() if self.through else None,
        }


def progress_of(session: SessionBase) -> Progress | None:
    """What is stored, unless it is too old to go on from."""
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None:
        return None
    started = datetime.fromisoformat(kept["started"])
    if now() - started > _LASTS:
        return None
    factor = kept["factor"]
    return Progress(
        account_id=UUID(kept["account"]),
        started_at=started,
        target=kept["target"],
        factor_at=datetime.fromisoformat(factor) if factor else None,
        factor=kept["by"],
        through=Through.of(kept["through"]) if kept["through"] else None,
    )


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Who is already signed in, if anybody is."""
    return getattr(request, "viewer", None)


def origin_of(request: HttpRequest) -> Origin:
    """Where this request comes from."""
    return Origin(
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        request_id=request.request_id,  # type: ignore[attr-defined]  # set by ScopeMiddleware
    )


def target_of(request: HttpRequest) -> str:
    """The page that was asked for before signing in; home unless it is one of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours and len(asked) <= 500 and asked.isprintable() else "/"
