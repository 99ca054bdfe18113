"""Slowing down those who guess, without shutting out those whom they guess at.

Three counters are kept for each try, under keyed digests, whether or not the account exists:

* account and address together, strict: five wrong tries close this pair for a quarter of an hour;
* the address alone, wide: a whole school may stand behind one address;
* the account alone, soft: past twenty wrong tries from anywhere, addresses that this account has
  never signed in from get one try every ten seconds. Addresses it has signed in from are not
  slowed down, so somebody who hammers an account from outside does not lock its owner out.

A try is counted before the password is looked at and given back when it was right: a thousand
tries at the same moment are a thousand counted tries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connections, transaction
from django.utils.crypto import salted_hmac

from agencies.models import Attempt
from agencies.services.origin import SIGNIN, Origin
from kernel.clock import now

WINDOW: Final = timedelta(minutes=15)
PAIR_LIMIT: Final = 5
ADDRESS_LIMIT: Final = 60
ACCOUNT_LIMIT: Final = 20
ALARM: Final = 10
"""Wrong codes after a right password at which the person is told that somebody is guessing."""
ACCOUNT_PAUSE: Final = timedelta(seconds=10)
KNOWN_FOR: Final = timedelta(days=90)

# Each in one statement: a sign-in should cost little beside the hash. Rows are locked in the order
# of their keys before they are written, so that two tries never wait for one another crosswise.
_KEEP: Final = """
UPDATE agencies_attempt a
   SET failures = n.failures, window_ends = n.window_ends, blocked_until = n.blocked_until
  FROM unnest(%(keys)s::bytea[], %(failures)s::int[], %(windows)s::timestamptz[],
              %(blocked)s::timestamptz[]) AS n (key, failures, window_ends, blocked_until)
 WHERE a.key = n.key
"""
_GIVE_BACK: Final = """
WITH held AS (SELECT key FROM agencies_attempt WHERE key = ANY (%(keys)s::bytea[])
               ORDER BY key FOR UPDATE)
UPDATE agencies_attempt a
   SET failures = CASE WHEN a.key = %(pair)s THEN 0 ELSE greatest(a.failures - 1, 0) END,
       blocked_until = CASE WHEN a.key = %(pair)s THEN NULL ELSE a.blocked_until END
  FROM held WHERE a.key = held.key
"""
_REMEMBER: Final = """
INSERT INTO agencies_attempt (key, failures, window_ends, known_until)
SELECT key, 0, %(window)s, %(until)s FROM unnest(%(keys)s::bytea[]) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET known_until = EXCLUDED.known_until
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One try: either it may go on, or it has to wait until a time."""

    pair: bytes
    address: bytes
    account: bytes
    wait_until: datetime | None
    tries: int = 0
    """Tries at this account in this window, from anywhere, this one included."""

    @property
    def keys(self) -> list[bytes]:
        """All three, in the one order in which rows are locked."""
        return sorted({self.pair, self.address, self.account})


def take(step: str, account: str, origin: Origin) -> Turn:
    """Count a try at this step (`password`, `code`) and say whether it may go on."""
    turn = turn_of(step, account, origin)
    pair, address, soft = turn.pair, turn.address, turn.account
    moment = now()
    with transaction.atomic(using=SIGNIN):
        rows = _locked(turn.keys, moment)
        known = _known(rows[pair], moment)
        watched = [rows[pair], rows[address], *([] if known else [rows[soft]])]
        waits = [row.blocked_until for row in watched if row.blocked_until is not None]
        wait_until = max((until for until in waits if until > moment), default=None)
        if wait_until is None:
            _count(rows[pair], PAIR_LIMIT, WINDOW, moment)
            _count(rows[address], ADDRESS_LIMIT, WINDOW, moment)
            _count(rows[soft], ACCOUNT_LIMIT, ACCOUNT_PAUSE, moment)
            _keep(rows.values())
    return Turn(pair, address, soft, wait_until, rows[soft].failures)


def turn_of(step: str, account: str, origin: Origin) -> Turn:
    """A try that was counted by an earlier request, to be given back by a later one."""
    return Turn(
        pair=_digest(step, account, origin.network),
        address=_digest(step, "", origin.network),
        account=_digest(step, account, ""),
        wait_until=None,
    )


def give_back(turn: Turn) -> None:
    """The try was right: the pair starts afresh and the wider counters forget this one."""
    with transaction.atomic(using=SIGNIN):
        _held(_GIVE_BACK, {"keys": turn.keys, "pair": turn.pair})


def remember(account: str, origin: Origin) -> None:
    """Note that the account has signed in from this address."""
    moment = now()
    with transaction.atomic(using=SIGNIN):
        keys = sorted(_digest(step, account, origin.network) for step in ("password", "code"))
        _held(_REMEMBER, {"keys": keys, "window": moment + WINDOW, "until": moment + KNOWN_FOR})


def ask(origin: Origin, step: str = "ask") -> datetime | None:
    """Count what nobody in particular does from this address; until when to wait, if it must.

    A question put to a passkey, unless ``step`` says what else.
    """
    moment = now()
    key = _digest(step, "", origin.network)
    with transaction.atomic(using=SIGNIN):
        row = _locked([key], moment)[key]
        if row.blocked_until is not None and row.blocked_until > moment:
            return row.blocked_until
        _count(row, ADDRESS_LIMIT, WINDOW, moment)
        _keep([row])
    return None


def answered(origin: Origin, step: str = "ask") -> None:
    """It turned out well, so it does not count."""
    key = _digest(step, "", origin.network)
    with transaction.atomic(using=SIGNIN):
        row = _locked([key], now())[key]
        row.failures = max(row.failures - 1, 0)
        row.save(using=SIGNIN, update_fields=["failures"])


def _digest(step: str, account: str, network: str) -> bytes:
    value = "\x1f".join((step, account, network))
    return salted_hmac("agencies.attempt", value, algorithm="sha256").digest()


def _locked(keys: list[bytes], moment: datetime) -> dict[bytes, Attempt]:
    """Lock the counters, making those that are missing and starting afresh those that are over."""
    attempts = Attempt.objects.using(SIGNIN)
    attempts.bulk_create(
        [Attempt(key=key, window_ends=moment + WINDOW) for key in keys], ignore_conflicts=True
    )
    rows = attempts.select_for_update().filter(pk__in=keys).order_by("pk")
    found = {bytes(row.key): row for row in rows}
    for row in found.values():
        if row.window_ends <= moment:
            row.failures = 0
            row.window_ends = moment + WINDOW
    return found


def _known(row: Attempt, moment: datetime) -> bool:
    return row.known_until is not None and row.known_until > moment


def _count(row: Attempt, limit: int, pause: timedelta, moment: datetime) -> None:
    row.failures += 1
    if row.failures >= limit:
        row.blocked_until = moment + pause


def _keep(rows: Iterable[Attempt]) -> None:
    """Write counters that are locked, in one statement."""
    kept = list(rows)
    _held(
        _KEEP,
        {
            "keys": [bytes(row.key) for row in kept],
            "failures": [row.failures for row in kept],
            "windows": [row.window_ends for row in kept],
            "blocked": [row.blocked_until for row in kept],
        },
    )


def _held(statement: str, values: dict[str, Any]) -> None:
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(statement, values)
