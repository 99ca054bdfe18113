"""Give a period of a cell a new key: each case's key is wrapped anew, one after the other."""

import time
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from audit.recorder import record_system
from kernel.clock import now
from kernel.crypto.cases import unwrap_case_key, wrap_case_key
from kernel.crypto.keeping import ALIAS, Watch, asked, told
from kernel.crypto.keyring import root_key
from kernel.crypto.periods import period_context
from kernel.ids import uuid7
from referrals import events
from referrals.keeping.found import opened_period

AT_ONCE = 200
PATIENCE = 30.0
"""Seconds to wait for those who began before there was a new key."""


def periods_of(cell_id: int) -> list[str]:
    """The periods of which the cell has a key."""
    rows = asked(
        "SELECT DISTINCT period FROM kernel_period_key WHERE cell_id = %s ORDER BY 1", [cell_id]
    )
    return [row[0] for row in rows]


def cases_of(cell_id: int, period: str) -> int:
    """How many cases have a key of this period."""
    rows = asked(
        "SELECT count(*) FROM referrals_case_key k JOIN kernel_period_key p"
        " ON p.id = k.period_key_id WHERE p.cell_id = %s AND p.period = %s",
        [cell_id, period],
    )
    return int(rows[0][0])


def rotate_period(cell_id: int, period: str, watch: Watch, *, patience: float = PATIENCE) -> bool:
    """Wrap the keys of a period's cases by a new generation; whether the old ones are destroyed.

    False when somebody who began before is still at work: another run wraps what they leave behind
    and destroys the old key. Broken off and begun again, it goes on where it was.
    """
    began = _new_generation(cell_id, period)
    new_id, new_key = _latest(cell_id, period)
    for old_id in _older(cell_id, period):
        _wrap_all(old_id, new_id, new_key, watch)
    until = time.monotonic() + patience
    while not _all_began_after(began):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    with transaction.atomic(using=ALIAS):
        for old_id in _older(cell_id, period):
            _wrap_all(old_id, new_id, new_key, watch)
            told("DELETE FROM kernel_period_key WHERE id = %s", [old_id])
        record_system(
            events.PERIOD_KEY_ROTATED, using=ALIAS, cell_id=cell_id, period=f"year.{period}"
        )
    return True


def _new_generation(cell_id: int, period: str) -> int:
    """Store a fresh key, used from now on; the number of the transaction that did."""
    with transaction.atomic(using=ALIAS):
        rows = asked(
            "SELECT max(generation) FROM kernel_period_key WHERE cell_id = %s AND period = %s",
            [cell_id, period],
        )
        generation = int(rows[0][0]) + 1
        context = period_context(cell_id, period, generation)
        told(
            "INSERT INTO kernel_period_key (id, cell_id, period, generation, wrapped, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                uuid7(),
                cell_id,
                period,
                generation,
                root_key().wrap(AESGCM.generate_key(256), context),
                now(),
            ],
        )
        return int(asked("SELECT pg_current_xact_id()::text::bigint")[0][0])


def _latest(cell_id: int, period: str) -> tuple[object, bytes]:
    rows = asked(
        "SELECT id FROM kernel_period_key WHERE cell_id = %s AND period = %s"
        " ORDER BY generation DESC LIMIT 1",
        [cell_id, period],
    )
    return rows[0][0], opened_period(rows[0][0])


def _older(cell_id: int, period: str) -> Iterator[object]:
    rows = asked(
        "SELECT id FROM kernel_period_key WHERE cell_id = %s AND period = %s"
        " ORDER BY generation DESC OFFSET 1",
        [cell_id, period],
    )
    return iter([row[0] for row in rows])


def _wrap_all(old_id: object, new_id: object, new_key: bytes, watch: Watch) -> None:
    """Some cases at a time, until none is left under the old key."""
    old_key = opened_period(old_id)  # type: ignore[arg-type]  # a row's identifier
    while True:
        with transaction.atomic(using=ALIAS):
            rows = asked(
                "SELECT case_id, wrapped, number FROM referrals_case_key"
                " WHERE period_key_id = %s ORDER BY case_id LIMIT %s FOR UPDATE",
                [old_id, AT_ONCE],
            )
            for case_id, wrapped, number in rows:
                key = unwrap_case_key(wrapped, case_id, old_key, number)
                told(
                    "UPDATE referrals_case_key SET period_key_id = %s, wrapped = %s"
                    " WHERE case_id = %s",
                    [new_id, wrap_case_key(key, case_id, new_key, number), case_id],
                )
        watch(len(rows))
        if len(rows) < AT_ONCE:
            return


def _all_began_after(began: int) -> bool:
    """Whether everybody at work began when there was a new key already."""
    rows = asked("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return int(rows[0][0]) > began
