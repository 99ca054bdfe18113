"""The end of signing in: a live session in one seat."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.models import Account
from agencies.oidc.through import Through, tie
from agencies.rules import idle_time
from agencies.services.confirm_factor import SeatChoice, seats_of
from agencies.services.origin import SIGNIN, Origin
from agencies.services.tidy import tidy
from audit import record_signin
from kernel.clock import now
from kernel.errors import NotFound
from kernel.http.sessions import token_hash
from kernel.models import ScopeSession


def open_session(
    origin: Origin,
    *,
    account_id: UUID,
    seat_id: UUID,
    token: str,
    factor_at: datetime,
    factor: str = "totp",
    through: Through | None = None,
) -> SeatChoice:
    """Mint the session that the token will bind.

    Only the token's hash is stored. ``through`` says which identity was shown to a provider, whose
    sign-out then ends this session too. Raises NotFound for a seat that is not this account's, is
    no longer valid or is not to be had through that provider.
    """
    with transaction.atomic(using=SIGNIN):
        seat = next((seat for seat in seats_of(account_id, through) if seat.id == seat_id), None)
        if seat is None:
            raise NotFound(_("Ce rôle n'est pas le vôtre ou n'est plus valable."))
        moment = now()
        idle = idle_time(seat.cell_id, using=SIGNIN)
        ScopeSession.objects.using(SIGNIN).create(
            token_hash=token_hash(token),
            seat_id=seat.id,
            account_id=account_id,
            channel="page",
            factor=factor,
            factor_at=factor_at,
            created_at=moment,
            idle_seconds=int(idle.total_seconds()),
            idle_until=moment + idle,
            expires_at=moment + settings.SESSION_ABSOLUTE,
            address_hmac=origin.digest(),
            user_agent=origin.user_agent[:200],
            network=origin.beginning,
        )
        if through is not None:
            tie(through, token)
        Account.objects.using(SIGNIN).filter(pk=account_id).update(last_login=moment)
        record_signin(
            events.OPENED,
            account_id=account_id,
            seat_id=seat.id,
            agency_id=seat.agency_id,
            cell_id=seat.cell_id,
            request_id=origin.request_id,
            factor=factor,
        )
    tidy()
    return seat
