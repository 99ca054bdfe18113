"""The root key of this installation: wraps period keys and never touches a value.

In a file, in the environment, or in the transit engine of a Vault, which never gives it away. What
an earlier ring has wrapped still opens while that ring is configured beside the present one.
"""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kernel.crypto.rings import KEY, LOCAL, NONCE, TRANSIT, CannotDecrypt, FileKeyring, RootKey
from kernel.crypto.vault import TransitKey, transit_from

__all__ = ["KEY", "NONCE", "CannotDecrypt", "FileKeyring", "Rings", "RootKey", "root_key"]


class Rings:
    """The rings that are configured: one wraps, each unwraps what it has wrapped."""

    def __init__(self, local: FileKeyring | None, transit: TransitKey | None) -> None:
        current = transit or local
        if current is None:
            raise ImproperlyConfigured(
                "There is no root key: set REMPART_ROOT_KEY_FILE, REMPART_ROOT_KEYS or"
                " REMPART_VAULT_ADDRESS."
            )
        self._current: RootKey = current
        self._rings: dict[int, RootKey | None] = {LOCAL: local, TRANSIT: transit}

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, wrapped by the ring in use."""
        return self._current.wrap(key, context)

    def unwrap(self, blob: bytes, context: bytes) -> bytes:
        """The key inside, by the ring that wrapped it."""
        ring = self._rings.get(blob[0]) if blob else None
        if ring is None:
            raise CannotDecrypt
        return ring.unwrap(blob, context)

    def is_current(self, blob: bytes) -> bool:
        """Whether this was wrapped by the key that wraps today."""
        return self._current.is_current(blob)


def open_rings() -> Rings:
    """The rings as the settings say."""
    local = FileKeyring.read(settings.ROOT_KEYS) if settings.ROOT_KEYS.strip() else None
    return Rings(local, transit_from(settings.VAULT))


@cache
def root_key() -> RootKey:
    """The root key of this installation."""
    return open_rings()
