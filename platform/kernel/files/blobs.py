"""Sealed files: segments of one mebibyte under AES-256-GCM, in an order that cannot be changed.

Each segment carries its number and whether it is the last one in its nonce, and the blob's name in
its associated data: a segment that is cut off, moved, repeated or taken from another file is found.
"""

import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto.keyring import CannotDecrypt

SEGMENT = 1024 * 1024
_VERSION = b"\x01"
_PREFIX = 7
_TAG = 16


def new_file_key() -> bytes:
    """A key for one file."""
    return AESGCM.generate_key(256)


def seal(key: bytes, name: str, content: bytes | memoryview) -> Iterator[bytes]:
    """The content as it is kept under that name, piece by piece."""
    cipher, prefix, view = AESGCM(key), os.urandom(_PREFIX), memoryview(content)
    yield _VERSION + prefix
    count = max(1, -(-len(view) // SEGMENT))
    for number in range(count):
        nonce = _nonce(prefix, number, last=number == count - 1)
        piece = view[number * SEGMENT : (number + 1) * SEGMENT]
        yield cipher.encrypt(nonce, piece, name.encode())


def unseal(key: bytes, name: str, pieces: Iterable[bytes]) -> bytes:
    """The content. Raises CannotDecrypt when it is not, to the byte, what was sealed there."""
    return b"".join(unsealed(key, name, pieces))


def unsealed(key: bytes, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content segment by segment; each is what was sealed in its place.

    Raises CannotDecrypt at the first one that is not, or where the last one is missing: only after
    the end is it known to be whole.
    """
    cipher, number = AESGCM(key), 0
    waiting = bytearray()
    head: bytes | None = None
    size = SEGMENT + _TAG
    for piece in pieces:
        waiting += piece
        if head is None and len(waiting) >= 1 + _PREFIX:
            head = bytes(waiting[: 1 + _PREFIX])
            del waiting[: 1 + _PREFIX]
        # The last segment is known only at the end: one is always held back.
        while head is not None and len(waiting) > size:
            yield _open(cipher, head, number, bytes(waiting[:size]), name, last=False)
            del waiting[:size]
            number += 1
    if head is None:
        raise CannotDecrypt
    yield _open(cipher, head, number, bytes(waiting), name, last=True)


def _open(
    cipher: AESGCM, head: bytes, number: int, sealed: bytes, name: str, *, last: bool
) -> bytes:
    if head[:1] != _VERSION:
        raise CannotDecrypt
    try:
        return cipher.decrypt(_nonce(head[1:], number, last=last), sealed, name.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt from error


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4) + (b"\x01" if last else b"\x00")
