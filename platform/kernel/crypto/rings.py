"""What a root key is, and the one that is kept here: in a file or in the environment.

A wrapped key says in its first byte which kind of ring wrapped it and in the next four which of
its keys: so the installation can move from one ring to another, row by row.
"""

import os
import struct
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

NONCE = 12
KEY = 32
HEAD = struct.Struct(">BI")
LOCAL, TRANSIT = 1, 2
DESTROYED = "destroyed"


class CannotDecrypt(Exception):
    """The bytes were changed, moved to another row, or their key is gone."""


class RootKey(Protocol):
    """What wraps other keys. ``context`` binds a wrapped key to its place."""

    def wrap(self, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, blob: bytes, context: bytes) -> bytes: ...

    def is_current(self, blob: bytes) -> bool: ...


class FileKeyring:
    """Root keys numbered from 1; the last one wraps, all of them unwrap.

    A key that is not to unwrap anything more is replaced by the word ``destroyed``: the others
    keep their numbers.
    """

    def __init__(self, keys: Sequence[bytes | None]) -> None:
        if not keys or any(key is not None and len(key) != KEY for key in keys) or not keys[-1]:
            raise ImproperlyConfigured(
                "The root key must be one or more keys of 64 hexadecimal digits, the last one in"
                " use: REMPART_ROOT_KEY_FILE names the file, or REMPART_ROOT_KEYS holds them."
            )
        self._keys = {number: AESGCM(key) for number, key in enumerate(keys, start=1) if key}
        self._current = len(keys)

    @classmethod
    def read(cls, text: str) -> "FileKeyring":
        """The keys that a text holds, separated by white space."""
        try:
            return cls([None if w == DESTROYED else bytes.fromhex(w) for w in text.split()])
        except ValueError as error:
            raise ImproperlyConfigured("A root key is not hexadecimal.") from error

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, sealed under the current root key: version, number, nonce, ciphertext."""
        nonce = os.urandom(NONCE)
        sealed = self._keys[self._current].encrypt(nonce, key, context)
        return HEAD.pack(LOCAL, self._current) + nonce + sealed

    def unwrap(self, blob: bytes, context: bytes) -> bytes:
        """The key inside. Raises CannotDecrypt for any other bytes, place or root key."""
        try:
            version, number = HEAD.unpack_from(blob)
            if version != LOCAL:
                raise CannotDecrypt
            nonce, sealed = blob[HEAD.size : HEAD.size + NONCE], blob[HEAD.size + NONCE :]
            return self._keys[number].decrypt(nonce, sealed, context)
        except (InvalidTag, KeyError, ValueError, struct.error) as error:
            raise CannotDecrypt from error

    def is_current(self, blob: bytes) -> bool:
        """Whether the key that wraps today wrapped this."""
        return blob[: HEAD.size] == HEAD.pack(LOCAL, self._current)
