"""Case keys and the values they seal."""

import os
from collections.abc import Callable, Iterable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto.keycache import KeyCache
from kernel.crypto.keyring import NONCE, CannotDecrypt
from kernel.crypto.periods import open_period_key

_cache: KeyCache[AESGCM] = KeyCache(seconds=60, size=5000)
_VERSION = b"\x01"
Bytes = bytes | memoryview
"""What a binary field gives back: it depends on where the row comes from."""


def _context(case_id: UUID) -> bytes:
    return b"case_key\0" + case_id.bytes


def new_case_key(case_id: UUID, period_key_id: UUID) -> bytes:
    """A fresh 256-bit key for one case, wrapped by the period key: version, nonce, ciphertext."""
    nonce = os.urandom(NONCE)
    wrapper = AESGCM(open_period_key(period_key_id))
    return _VERSION + nonce + wrapper.encrypt(nonce, AESGCM.generate_key(256), _context(case_id))


class CaseCipher:
    """Seals and opens the values of one case. Each is bound to its table, column and row."""

    def __init__(self, case_id: UUID, period_key_id: UUID, wrapped: Bytes) -> None:
        blob = bytes(wrapped)
        place = case_id.bytes + period_key_id.bytes
        self._key = _cache.get(place + blob, lambda: self._open(case_id, period_key_id, blob))

    @staticmethod
    def _open(case_id: UUID, period_key_id: UUID, blob: bytes) -> AESGCM:
        period_key = open_period_key(period_key_id)
        try:
            opened = AESGCM(period_key).decrypt(
                blob[1 : 1 + NONCE], blob[1 + NONCE :], _context(case_id)
            )
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt from error
        return AESGCM(opened)

    def seal(self, table: str, column: str, row_id: UUID, text: str) -> bytes:
        """The text as ciphertext that opens only in this table, column and row."""
        nonce = os.urandom(NONCE)
        place = f"{table}\0{column}\0{row_id}".encode()
        return _VERSION + nonce + self._key.encrypt(nonce, text.encode(), place)

    def open(self, table: str, column: str, row_id: UUID, sealed: Bytes) -> str:
        """The text. Raises CannotDecrypt when bytes or place are not those that were sealed."""
        blob = bytes(sealed)
        if blob[:1] != _VERSION:
            raise CannotDecrypt
        place = f"{table}\0{column}\0{row_id}".encode()
        try:
            return self._key.decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], place).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt from error


class ManyCases:
    """Opens values of many cases, one after the other. The keys of cases are not remembered.

    ``keys`` are rows of case, period key and wrapped key, as this session may see them. A key that
    does not open raises CannotDecrypt, like a value that does not.
    """

    def __init__(self, keys: Iterable[tuple[UUID, UUID, Bytes]]) -> None:
        periods: dict[UUID, AESGCM] = {}
        self._keys: dict[UUID, AESGCM] = {}
        for case_id, period_key_id, wrapped in keys:
            period = periods.get(period_key_id)
            if period is None:
                period = periods[period_key_id] = AESGCM(open_period_key(period_key_id))
            blob = bytes(wrapped)
            nonce, sealed = blob[1 : 1 + NONCE], blob[1 + NONCE :]
            try:
                self._keys[case_id] = AESGCM(period.decrypt(nonce, sealed, _context(case_id)))
            except (InvalidTag, ValueError) as error:
                raise CannotDecrypt from error

    def opener(self, table: str, column: str) -> Callable[[UUID, UUID, Bytes], str | None]:
        """What opens a value of this table and column; it answers None for a case without key."""
        place, keys, end = f"{table}\0{column}\0", self._keys, 1 + NONCE

        def open_(case_id: UUID, row_id: UUID, sealed: Bytes) -> str | None:
            key = keys.get(case_id)
            if key is None:
                return None
            if sealed[:1] != _VERSION:
                raise CannotDecrypt
            try:
                return key.decrypt(
                    sealed[1:end], sealed[end:], f"{place}{row_id}".encode()
                ).decode()
            except (InvalidTag, ValueError) as error:
                raise CannotDecrypt from error

        return open_
