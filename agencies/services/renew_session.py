"""A factor shown again: the session is fresh, under a key that nobody can have seen before."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from agencies import events
from agencies.services.confirm_factor import Confirmed
from agencies.services.origin import SIGNIN, Origin
from audit import record_signin
from kernel.clock import now
from kernel.errors import NotAllowed, SignInRequired
from kernel.http.kept import reseal
from kernel.http.sessions import token_hash
from kernel.models import ScopeSession
from kernel.viewer import Viewer


def renew_session(origin: Origin, viewer: Viewer, confirmed: Confirmed, *, token: str) -> None:
    """Move the viewer's session to the new token, with the factor that was just shown.

    What the session keeps moves along; its longest life does not change. Raises NotAllowed when
    the factor is another account's, SignInRequired when the session has ended or has been renewed
    by another request meanwhile.
    """
    if confirmed.account_id != viewer.account_id:
        raise NotAllowed
    moment = now()
    with transaction.atomic(using=SIGNIN):
        mine = ScopeSession.objects.using(SIGNIN).filter(pk=token_hash(viewer.token))
        session = mine.select_for_update().first()
        if session is None or moment >= min(session.idle_until, session.expires_at):
            raise SignInRequired
        mine.update(
            token_hash=token_hash(token),
            renewed_from=token_hash(viewer.token),
            factor=confirmed.factor,
            factor_at=confirmed.factor_at,
            idle_until=moment + timedelta(seconds=session.idle_seconds),
        )
        reseal(viewer.token, token)
        record_signin(
            events.RENEWED,
            account_id=viewer.account_id,
            seat_id=viewer.seat_id,
            agency_id=viewer.agency_id,
            cell_id=viewer.cell_id,
            request_id=origin.request_id,
            factor=confirmed.factor,
        )
