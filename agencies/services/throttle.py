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

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
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
        rows = _locked(turn.keys, now())
        for key, row in rows.items():
            row.failures = 0 if key == turn.pair else max(row.failures - 1, 0)
            row.blocked_until = None if key == turn.pair else row.blocked_until
            row.save(using=SIGNIN, update_fields=["failures", "blocked_until"])


def remember(account: str, origin: Origin) -> None:
    """Note that the account has signed in from this address."""
    moment = now()
    with transaction.atomic(using=SIGNIN):
        keys = sorted(_digest(step, account, origin.network) for step in ("password", "code"))
        for row in _locked(keys, moment).values():
            row.known_until = moment + KNOWN_FOR
            row.save(using=SIGNIN, update_fields=["known_until"])


def ask(origin: Origin) -> datetime | None:
    """Count a question put to a passkey for this address; until when it has to wait, if it does."""
    moment = now()
    key = _digest("ask", "", origin.network)
    with transaction.atomic(using=SIGNIN):
        row = _locked([key], moment)[key]
        if row.blocked_until is not None and row.blocked_until > moment:
            return row.blocked_until
        _count(row, ADDRESS_LIMIT, WINDOW, moment)
    return None


def answered(origin: Origin) -> None:
    """The question was answered well, so it does not count."""
    key = _digest("ask", "", origin.network)
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
    row.save(using=SIGNIN, update_fields=["failures", "window_ends", "blocked_until"])
