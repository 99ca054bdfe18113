"""The log's keys: the seeds that sign are the sealer's, everybody else needs the public half.

One key signs at a time. The first is pinned in the settings; each that follows is in a note of the
table, signed by the one before.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit import log
from audit.key_notes import chain_from
from audit.links import Link

__all__ = ["Link", "chain", "notes", "origin", "public_keys", "signing_key"]


def signing_key(known: Sequence[Link] = ()) -> Ed25519PrivateKey:
    """The key that signs checkpoints, from the file that REMPART_LOG_KEY_FILE names.

    Of several seeds the one that signs now by the chain; without one, the last.
    ImproperlyConfigured when the file does not hold it.
    """
    held = [
        Ed25519PrivateKey.from_private_bytes(_bytes(seed, "REMPART_LOG_KEY_FILE"))
        for seed in settings.LOG_KEY.split() or [""]
    ]
    now = {link.public_bytes_raw() for link in known if link.until is None}
    for key in reversed(held):
        if not known or key.public_key().public_bytes_raw() in now:
            return key
    raise ImproperlyConfigured(f"REMPART_LOG_KEY_FILE does not hold key {len(known)} of the log.")


def public_keys() -> tuple[Ed25519PublicKey, ...]:
    """The pinned keys: LOG_PUBLIC_KEYS, or else the public half of the first seed."""
    known = getattr(settings, "LOG_PUBLIC_KEYS", ())
    if known:
        return tuple(
            Ed25519PublicKey.from_public_bytes(_bytes(key, "REMPART_LOG_PUBLIC_KEYS"))
            for key in known
        )
    first = (settings.LOG_KEY.split() or [""])[0]
    seed = _bytes(first, "REMPART_LOG_KEY_FILE")
    return (Ed25519PrivateKey.from_private_bytes(seed).public_key(),)


def chain(connection: log.Connection) -> tuple[Link, ...]:
    """Every key of the log with its time, from the pinned one on; the last one signs.

    BadNote when the chain is broken. Without any note each pinned key is good for all times.
    """
    handed_over = notes(connection)
    anchors = public_keys()
    if not handed_over:
        return tuple(Link(number, key) for number, key in enumerate(anchors, 1))
    return chain_from(anchors[0], handed_over, settings.LOG_ORIGIN)


def notes(connection: log.Connection) -> list[str]:
    """The notes with which each key has handed over to the next, as they were signed."""
    return [note for (note,) in log.execute(connection, "SELECT note FROM audit_key ORDER BY n")]


def origin(cell_id: int) -> str:
    """The name of one cell's log, which its checkpoints carry."""
    return f"{settings.LOG_ORIGIN}/{cell_id}"


def _bytes(text: str, source: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise ImproperlyConfigured(f"{source} must hold 32 bytes as hexadecimal text.")
    return value
