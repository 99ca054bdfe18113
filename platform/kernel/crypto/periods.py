"""Period keys: one per cell and retention year, between the root key and the case keys."""

from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from kernel.clock import now
from kernel.crypto.keycache import KeyCache
from kernel.crypto.keyring import CannotDecrypt, root_key
from kernel.ids import uuid7

_cache: KeyCache[bytes] = KeyCache(seconds=60, size=1000)


def period_context(cell_id: int, period: str, generation: int) -> bytes:
    """What binds a wrapped period key to its row."""
    later = f"\0{generation}" if generation > 1 else ""
    return f"kernel_period_key\0{cell_id}\0{period}{later}".encode()


def period_key_for(cell_id: int, at: datetime) -> UUID:
    """The identifier of the cell's key for the year of ``at``; made on first use."""
    period = f"{at.year:04d}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM kernel_period_key WHERE cell_id = %s AND period = %s"
            " ORDER BY generation DESC LIMIT 1",
            [cell_id, period],
        )
        row = cursor.fetchone()
        if row is not None:
            return UUID(str(row[0]))
        wrapped = root_key().wrap(AESGCM.generate_key(256), period_context(cell_id, period, 1))
        cursor.execute(
            "INSERT INTO kernel_period_key (id, cell_id, period, wrapped, created_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [uuid7(), cell_id, period, wrapped, now()],
        )
    return period_key_for(cell_id, at)


def open_period_key(period_key_id: UUID) -> bytes:
    """The 32 bytes of a period key that this session may see. Raises CannotDecrypt without it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cell_id, period, generation, wrapped FROM kernel_period_key WHERE id = %s",
            [period_key_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise CannotDecrypt
    blob, context = bytes(row[3]), period_context(*row[:3])
    return _cache.get(context + blob, lambda: root_key().unwrap(blob, context))
