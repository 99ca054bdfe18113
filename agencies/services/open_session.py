"""The end of signing in: a live session in one seat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.oidc.through import Through, tie
from agencies.rules import idle_time
from agencies.services.confirm_factor import SeatChoice, seats_of
from agencies.services.origin import SIGNIN, Origin
from agencies.services.tidy import tidy
from audit import signin_entries
from kernel.clock import now
from kernel.errors import NotFound
from kernel.http.sessions import token_hash
from kernel.statements import Statement, send

_OPEN = """
INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor, factor_at,
       created_at, idle_seconds, idle_until, expires_at, address_hmac, user_agent, network)
VALUES (%s, %s, %s, 'page', %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_SEEN = "UPDATE agencies_account SET last_login = %s WHERE id = %s"


def open_session(
    origin: Origin,
    *,
    account_id: UUID,
    seat_id: UUID,
    token: str,
    factor_at: datetime,
    factor: str = "totp",
    through: Through | None = None,
    seats: Sequence[SeatChoice] | None = None,
) -> SeatChoice:
    """Mint the session that the token will bind.

    Only the token's hash is stored. ``through`` says which identity was shown to a provider, whose
    sign-out then ends this session too. Who has just read which seats may be taken gives them.
    Raises NotFound for a seat that is not this account's, is no longer valid or is not to be had
    through that provider.
    """
    places = seats_of(account_id, through) if seats is None else seats
    seat = next((place for place in places if place.id == seat_id), None)
    if seat is None:
        raise NotFound(_("Ce rôle n'est pas le vôtre ou n'est plus valable."))
    moment, idle = now(), idle_time(seat.cell_id, using=SIGNIN)
    session = Statement(
        _OPEN,
        [
            token_hash(token),
            seat.id,
            account_id,
            factor,
            factor_at,
            moment,
            int(idle.total_seconds()),
            moment + idle,
            moment + settings.SESSION_ABSOLUTE,
            origin.digest(),
            origin.user_agent[:200],
            origin.beginning,
        ],
    )
    entry = signin_entries(
        events.OPENED,
        cells=[seat.cell_id],
        account_id=account_id,
        seat_id=seat.id,
        agency_id=seat.agency_id,
        request_id=origin.request_id,
        factor=factor,
    )
    seen = Statement(_SEEN, [moment, account_id])
    if through is None:
        send(SIGNIN, session, seen, entry)
    else:
        with transaction.atomic(using=SIGNIN):
            send(SIGNIN, session, seen, entry)
            tie(through, token)
    tidy()
    return seat
