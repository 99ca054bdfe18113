"""Case keys and the values they seal.

A sealed value says in its head by which of its case's keys it was sealed: the first one, or one
that came later (see ``kernel.crypto.keeping``).
"""

import os
import struct
from collections.abc import Callable, Iterable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto.keycache import KeyCache
from kernel.crypto.keyring import NONCE, CannotDecrypt
from kernel.crypto.periods import open_period_key

_cache: KeyCache[AESGCM] = KeyCache(seconds=60, size=5000)
_VERSION, _LATER = b"\x01", b"\x02"
_NUMBER = struct.Struct(">H")
Bytes = bytes | memoryview
"""What a binary field gives back: it depends on where the row comes from."""
CaseKeyRow = tuple[UUID, Bytes, int]
"""Which period's key wraps a case's key, the wrapped key, and its number within the case."""
OpenPeriod = Callable[[UUID], bytes]


def _context(case_id: bytes, number: int) -> bytes:
    later = b"\0" + _NUMBER.pack(number) if number > 1 else b""
    return b"case_key\0" + case_id + later


def _head(number: int) -> bytes:
    return _VERSION if number == 1 else _LATER + _NUMBER.pack(number)


def _number_of(blob: Bytes) -> tuple[int, int]:
    """By which key a value was sealed, and where what was sealed begins."""
    if blob[:1] == _VERSION:
        return 1, 1
    if blob[:1] != _LATER or len(blob) < 3:
        raise CannotDecrypt
    return int(_NUMBER.unpack_from(blob, 1)[0]), 3


def new_case_key(
    case_id: UUID, period_key_id: UUID, number: int = 1, *, period: OpenPeriod = open_period_key
) -> bytes:
    """A fresh 256-bit key for one case, wrapped by the period key: version, nonce, ciphertext."""
    return wrap_case_key(AESGCM.generate_key(256), case_id, period(period_key_id), number)


def wrap_case_key(key: bytes, case_id: UUID, period_key: bytes, number: int) -> bytes:
    """A case's key, wrapped by an opened period key."""
    nonce = os.urandom(NONCE)
    return (
        _VERSION + nonce + AESGCM(period_key).encrypt(nonce, key, _context(case_id.bytes, number))
    )


def unwrap_case_key(wrapped: Bytes, case_id: UUID, period_key: bytes, number: int) -> bytes:
    """The 32 bytes of a case's key. Raises CannotDecrypt for other bytes or another place."""
    blob = bytes(wrapped)
    try:
        return AESGCM(period_key).decrypt(
            blob[1 : 1 + NONCE], blob[1 + NONCE :], _context(case_id.bytes, number)
        )
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt from error


class CaseCipher:
    """Seals and opens the values of one case. Each is bound to its table, column and row."""

    def __init__(
        self,
        case_id: UUID,
        period_key_id: UUID,
        wrapped: Bytes,
        number: int = 1,
        *,
        period: OpenPeriod = open_period_key,
        again: Callable[[], CaseKeyRow] | None = None,
    ) -> None:
        self._case_id, self._period, self._again = case_id, period, again
        self._take(period_key_id, wrapped, number)

    @classmethod
    def read(cls, case_id: UUID, row: Callable[[], CaseKeyRow]) -> "CaseCipher":
        """The cipher by the key that ``row`` reads, which is read again when it was replaced."""
        try:
            return cls(case_id, *row(), again=row)
        except CannotDecrypt:
            return cls(case_id, *row(), again=row)

    def _take(self, period_key_id: UUID, wrapped: Bytes, number: int) -> None:
        blob = bytes(wrapped)
        place = self._case_id.bytes + period_key_id.bytes + _NUMBER.pack(number)
        self._number = number
        self._key = _cache.get(
            place + blob,
            lambda: AESGCM(
                unwrap_case_key(blob, self._case_id, self._period(period_key_id), number)
            ),
        )

    def seal(self, table: str, column: str, row_id: UUID, text: str) -> bytes:
        """The text as ciphertext that opens only in this table, column and row."""
        nonce = os.urandom(NONCE)
        place = f"{table}\0{column}\0{row_id}".encode()
        return _head(self._number) + nonce + self._key.encrypt(nonce, text.encode(), place)

    def open(self, table: str, column: str, row_id: UUID, sealed: Bytes) -> str:
        """The text. Raises CannotDecrypt when bytes or place are not those that were sealed."""
        blob = bytes(sealed)
        number, start = _number_of(blob)
        if number != self._number and self._again is not None:
            self._take(*self._again())
        if number != self._number:
            raise CannotDecrypt
        place, end = f"{table}\0{column}\0{row_id}".encode(), start + NONCE
        try:
            return self._key.decrypt(blob[start:end], blob[end:], place).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt from error


class ManyCases:
    """Opens values of many cases, one after the other. The keys of cases are not remembered.

    ``keys`` are rows of case, period key, wrapped key and number, as this session may see them. A
    key that does not open raises CannotDecrypt, like a value that does not. Identifiers are texts
    here: that is what a value is bound by, and tens of thousands of them are compared.
    """

    def __init__(self, keys: Iterable[tuple[str, str, bytes, int]]) -> None:
        periods: dict[str, AESGCM] = {}
        self._keys: dict[str, tuple[AESGCM, int]] = {}
        for case_id, period_key_id, wrapped, number in keys:
            period = periods.get(period_key_id)
            if period is None:
                period = AESGCM(open_period_key(UUID(period_key_id)))
                periods[period_key_id] = period
            context = _context(bytes.fromhex(case_id.replace("-", "")), number)
            try:
                key = period.decrypt(wrapped[1 : 1 + NONCE], wrapped[1 + NONCE :], context)
            except (InvalidTag, ValueError) as error:
                raise CannotDecrypt from error
            self._keys[case_id] = (AESGCM(key), number)

    def opener(self, table: str, column: str) -> Callable[[str, str, bytes], str | None]:
        """What opens a value of this table and column; it answers None for a case without key."""
        place, keys = f"{table}\0{column}\0", self._keys

        def open_(case_id: str, row_id: str, sealed: bytes) -> str | None:
            found = keys.get(case_id)
            if found is None:
                return None
            key, known = found
            number, start = (1, 1) if sealed[:1] == _VERSION else _number_of(sealed)
            if number != known:
                raise CannotDecrypt
            end = start + NONCE
            try:
                opened = key.decrypt(sealed[start:end], sealed[end:], (place + row_id).encode())
                return opened.decode()
            except (InvalidTag, ValueError) as error:
                raise CannotDecrypt from error

        return open_
