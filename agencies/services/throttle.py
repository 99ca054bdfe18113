"""Slowing down those who guess, without shutting out those whom they guess at.

Three counters are kept for each try, under keyed digests, whether or not the account exists:

* account and address together, strict: five wrong tries close this pair for a quarter of an hour;
* the address alone, wide: a whole school may stand behind one address;
* the account alone, soft: past twenty wrong tries from anywhere, addresses that this account has
  never signed in from get one try every ten seconds. Addresses it has signed in from are not
  slowed down, so somebody who hammers an account from outside does not lock its owner out.

A try is counted before the password is looked at and given back when it was right: a thousand
tries at the same moment are a thousand counted tries. One that has to wait is not counted, and is
put on record only when it is the first since the counter closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import connections
from django.utils.crypto import salted_hmac

from agencies.services.origin import SIGNIN, Origin
from kernel.clock import now
from kernel.statements import Statement, send

WINDOW: Final = timedelta(minutes=15)
PAIR_LIMIT: Final = 5
ADDRESS_LIMIT: Final = 60
ACCOUNT_LIMIT: Final = 20
ALARM: Final = 10
"""Wrong codes after a right password at which the person is told that somebody is guessing."""
ACCOUNT_PAUSE: Final = timedelta(seconds=10)
KNOWN_FOR: Final = timedelta(days=90)

# Each in one statement, planned once: a sign-in should cost little beside the hash. Rows are locked
# in the order of their keys before they are written, so that two tries never wait for one another
# crosswise (agencies.sql.trying).
_COUNT: Final = """
SELECT wait_until, tries, first_refusal
  FROM agencies.count_try(%s::bytea[], %s::int[], %s::timestamptz[], %s, %s)
"""
_GIVE_BACK: Final = "SELECT agencies.give_back(%s::bytea[], %s)"
_FORGET: Final = "UPDATE agencies_attempt SET failures = greatest(failures - 1, 0) WHERE key = %s"
_REMEMBER: Final = "SELECT agencies.remember_place(%s::bytea[], %s, %s)"


@dataclass(frozen=True, slots=True)
class Turn:
    """One try: either it may go on, or it has to wait until a time."""

    pair: bytes
    address: bytes
    account: bytes
    wait_until: datetime | None
    tries: int = 0
    """Tries at this account in this window, from anywhere, this one included."""
    first_refusal: bool = False
    """Whether this is the first that has to wait since it closed: the one to put on record."""

    @property
    def keys(self) -> list[bytes]:
        """All three, in the one order in which rows are locked."""
        return sorted({self.pair, self.address, self.account})


def take(step: str, account: str, origin: Origin) -> Turn:
    """Count a try at this step (`password`, `code`) and say whether it may go on."""
    turn = turn_of(step, account, origin)
    wait_until, tries, first = _counted(
        {
            turn.pair: (PAIR_LIMIT, WINDOW),
            turn.address: (ADDRESS_LIMIT, WINDOW),
            turn.account: (ACCOUNT_LIMIT, ACCOUNT_PAUSE),
        }
    )
    return replace(turn, wait_until=wait_until, tries=tries, first_refusal=first)


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
    send(SIGNIN, giving_back(turn))


def giving_back(turn: Turn) -> Statement:
    """What gives a try back, to be sent with what else is written because it was right."""
    return Statement(_GIVE_BACK, [turn.keys, turn.pair])


def remember(account: str, origin: Origin) -> None:
    """Note that the account has signed in from this address."""
    send(SIGNIN, remembering(account, origin))


def remembering(account: str, origin: Origin) -> Statement:
    """What notes that the account has signed in from this address."""
    moment = now()
    keys = sorted(_digest(step, account, origin.network) for step in ("password", "code"))
    return Statement(_REMEMBER, [keys, moment + WINDOW, moment + KNOWN_FOR])


def ask(origin: Origin, step: str = "ask") -> datetime | None:
    """Count what nobody in particular does from this address; until when to wait, if it must.

    A question put to a passkey, unless ``step`` says what else.
    """
    key = _digest(step, "", origin.network)
    return _counted({key: (ADDRESS_LIMIT, WINDOW)})[0]


def answered(origin: Origin, step: str = "ask") -> None:
    """It turned out well, so it does not count."""
    send(SIGNIN, Statement(_FORGET, [_digest(step, "", origin.network)]))


def _digest(step: str, account: str, network: str) -> bytes:
    value = "\x1f".join((step, account, network))
    return salted_hmac("agencies.attempt", value, algorithm="sha256").digest()


def _counted(watched: dict[bytes, tuple[int, timedelta]]) -> tuple[datetime | None, int, bool]:
    """Count against each key, with its limit and how long it then closes, unless one is closed.

    The account at this address comes first and the account from anywhere last. Returns until when
    to wait, the tries of the last key, and whether nobody was told to wait before.
    """
    moment = now()
    limits = [limit for limit, _pause in watched.values()]
    closed = [moment + pause for _limit, pause in watched.values()]
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(_COUNT, [list(watched), limits, closed, moment, moment + WINDOW])
        wait_until, tries, first = cursor.fetchone()
    return wait_until, tries, bool(first)
