"""The log's keys: the seed that signs is the sealer's, everybody else needs the public half."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def signing_key() -> Ed25519PrivateKey:
    """The key that signs checkpoints, from the file that REMPART_LOG_KEY_FILE names."""
    seed = _bytes(settings.LOG_KEY, "REMPART_LOG_KEY_FILE")
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_keys() -> tuple[Ed25519PublicKey, ...]:
    """Every key whose checkpoints are ours: LOG_PUBLIC_KEYS, or else the signing key's own half."""
    known = getattr(settings, "LOG_PUBLIC_KEYS", ())
    if known:
        return tuple(
            Ed25519PublicKey.from_public_bytes(_bytes(key, "REMPART_LOG_PUBLIC_KEYS"))
            for key in known
        )
    return (signing_key().public_key(),)


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
