"""Letting a system in: its token is looked up by digest, counted, and its use noted."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NoReturn

from django.db import connections, transaction

from agencies import events
from agencies.services import throttle
from agencies.services.origin import SIGNIN, Origin
from audit import record_signin
from kernel.clock import now
from kernel.errors import SignInRequired, TooMany
from kernel.http.origin import client_address
from kernel.http.scoped import ScopedRequest
from kernel.http.sessions import token_hash

WINDOW: Final = timedelta(minutes=1)
CALLS: Final = 240
"""What one token may call in a minute."""

LONGEST: Final = 128

_USE = """
UPDATE agencies_token t
   SET window_calls = CASE WHEN t.window_started_at > %(since)s THEN t.window_calls + 1 ELSE 1 END,
       window_started_at = CASE WHEN t.window_started_at > %(since)s THEN t.window_started_at
                                ELSE %(now)s END,
       last_used_at = CASE WHEN t.last_used_at > %(now)s - interval '1 hour' THEN t.last_used_at
                           ELSE %(now)s END
 WHERE t.secret_digest = %(digest)s AND t.revoked_at IS NULL AND %(now)s < t.expires_at
   AND (t.networks = '{}' OR %(address)s::inet <<= ANY (t.networks::cidr[]))
   AND EXISTS (SELECT FROM kernel_seat s WHERE s.id = t.seat_id
                  AND %(now)s >= s.valid_from AND %(now)s < s.valid_until)
RETURNING t.may, t.window_calls, t.window_started_at
"""


def admit_token(request: ScopedRequest, secret: str) -> Iterable[str]:
    """The scopes of the token with this secret.

    Unknown, expired, revoked and sent from another network are one answer: SignInRequired, or
    TooMany for an address that keeps trying. Raises TooMany past what a token may call.
    """
    origin = Origin(
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        request_id=request.request_id,
    )
    moment = now()
    row = None
    if len(secret) <= LONGEST and secret.isascii():
        values: dict[str, bytes | datetime | str | None] = {
            "digest": token_hash(secret),
            "now": moment,
            "since": moment - WINDOW,
            "address": _readable(origin.address),
        }
        with transaction.atomic(using=SIGNIN), connections[SIGNIN].cursor() as cursor:
            cursor.execute(_USE, values)
            row = cursor.fetchone()
    if row is None:
        _refuse(origin)
    may, calls, started = row
    if calls > CALLS:
        raise TooMany.wait(max(1, int((started + WINDOW - moment).total_seconds()) + 1))
    return tuple(may)


def _refuse(origin: Origin) -> NoReturn:
    """Count a wrong secret against the address it came from, and say nothing about it."""
    turn = throttle.take("token", origin.network, origin)
    record_signin(events.KEY_REFUSED, request_id=origin.request_id, refused="wrong_key")
    if turn.wait_until is not None:
        raise TooMany.wait(max(1, int((turn.wait_until - now()).total_seconds()) + 1))
    raise SignInRequired


def _readable(address: str) -> str | None:
    """The address as the database compares it: IPv4 written as IPv6 is IPv4."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
