"""The log's key is followed by a new one: the old one signs the new, and both are kept."""

import os
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit import events, keys, log
from audit.key_notes import handing_over
from audit.recorder import system_entry
from audit.sealer import CannotSeal, Sealer


def rotate(connection: log.Connection, path: Path) -> keys.Link:
    """Make a new key, with the seeds of all in the file; the link that signs from now on.

    CannotSeal while a sealer is at work: it would go on with the key before.
    """
    newer = Ed25519PrivateKey.generate()
    links = keys.chain(connection)
    older = keys.signing_key(links)
    if not Sealer(connection, older).takes_over():
        raise CannotSeal("The sealer is at work. Stop it first: what waits is sealed later.")
    number, since = len(links) + 1, datetime.now(UTC)
    note = handing_over(settings.LOG_ORIGIN, number, since, older=older, newer=newer)
    # On the disk before it is the log's: a key that signs is never lost.
    _write(path, [*settings.LOG_KEY.split(), newer.private_bytes_raw().hex()])
    with connection.transaction(), psycopg.Cursor(connection) as cursor:
        cursor.execute("INSERT INTO audit_key VALUES (%s, %s)", [number, note])
        entry = system_entry(events.LOG_KEY_ROTATED, cell_id=0, number=number)
        cursor.execute(entry.text, entry.values)
    return keys.chain(connection)[-1]


def _write(path: Path, seeds: list[str]) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{seed}\n" for seed in seeds))
        file.flush()
        os.fsync(descriptor)
    new.replace(path)
