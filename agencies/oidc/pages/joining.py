"""An identity that somebody has just proven, kept for the page of their invitation.

That page sets out with `leaving.set_out(request, purpose=Purpose.JOIN, target=<its own path>)`,
finds the answer with `proven(request.session)`, and links it to the account that it makes with
`link_identity_of_newcomer`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

from agencies.oidc.backend import Proven
from kernel.clock import now

_KEY: Final = "proven_identity"
_LASTS: Final = timedelta(minutes=10)


def keep(session: SessionBase, proven: Proven) -> None:
    """Keep it in this browser's session, without the provider's token."""
    session.cycle_key()
    session[_KEY] = {
        "issuer": proven.issuer,
        "idp": proven.idp_id,
        "subject": proven.subject,
        "at": now().isoformat(),
    }


def proven(session: SessionBase) -> Proven | None:
    """What was proven in this browser in the last ten minutes."""
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None or now() - datetime.fromisoformat(kept["at"]) > _LASTS:
        return None
    return Proven(
        issuer=kept["issuer"],
        idp_id=kept["idp"],
        subject=kept["subject"],
        strong=False,
        authenticated_at=None,
        sid="",
        id_token="",
    )


def forget(session: SessionBase) -> None:
    """It has been linked, or is not wanted."""
    session.pop(_KEY, None)
