"""The root key: wraps period keys and never touches a value.

A file in the demo; the interface is what a Vault transit engine or an HSM offers as well.
"""

import os
import struct
from functools import cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE = 12
KEY = 32
_HEAD = struct.Struct(">BI")


class CannotDecrypt(Exception):
    """The bytes were changed, moved to another row, or their key is gone."""


class RootKey(Protocol):
    """What wraps other keys. ``context`` binds a wrapped key to its place."""

    def wrap(self, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, blob: bytes, context: bytes) -> bytes: ...


class FileKeyring:
    """Root keys read from a file, numbered from 1; the last one wraps, all of them unwrap."""

    def __init__(self, keys: list[bytes]) -> None:
        if not keys or any(len(key) != KEY for key in keys):
            raise ImproperlyConfigured(
                "REMPART_ROOT_KEY_FILE must hold one or more keys of 64 hexadecimal digits."
            )
        self._keys = {number: AESGCM(key) for number, key in enumerate(keys, start=1)}
        self._current = len(keys)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, sealed under the current root key: version, number, nonce, ciphertext."""
        nonce = os.urandom(NONCE)
        sealed = self._keys[self._current].encrypt(nonce, key, context)
        return _HEAD.pack(1, self._current) + nonce + sealed

    def unwrap(self, blob: bytes, context: bytes) -> bytes:
        """The key inside. Raises CannotDecrypt for any other bytes, place or root key."""
        try:
            version, number = _HEAD.unpack_from(blob)
            if version != 1:
                raise CannotDecrypt
            nonce, sealed = blob[_HEAD.size : _HEAD.size + NONCE], blob[_HEAD.size + NONCE :]
            return self._keys[number].decrypt(nonce, sealed, context)
        except (InvalidTag, KeyError, ValueError, struct.error) as error:
            raise CannotDecrypt from error


@cache
def root_key() -> RootKey:
    """The root key of this installation."""
    return FileKeyring([bytes.fromhex(part) for part in settings.ROOT_KEYS.split()])
