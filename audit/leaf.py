"""The bytes of an entry that are hashed: every column, in one order, written one way.

A leaf is the version tag followed by the fourteen columns in the order of ``COLUMNS``. Each is
four bytes of big-endian length and then the value; an absent value is the length -1 alone. Numbers
are big-endian, a time is microseconds since 2000-01-01T00:00:00Z, texts are UTF-8.

That is also how PostgreSQL writes a row in ``COPY ... (FORMAT binary)``, so the sealer and the
verifier hash what the database stores without taking it apart first.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, SupportsIndex
from uuid import UUID

from audit.merkle import leaf_hash

TAG = b"rempart/audit/v1"
COLUMNS = (
    "epoch",
    "xid",
    "id",
    "at",
    "cell_id",
    "kind",
    "outcome",
    "actor",
    "seat",
    "agency",
    "case_id",
    "subject_id",
    "request",
    "payload",
)
NOBODY = UUID(int=0)
"""The actor of what no account did: an unknown address at the sign-in page, a nightly job."""

_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_HEAD = struct.Struct(">ihiQiqiqii")
_KEY = struct.Struct(">ihiQiq")
_HEAD_ALONE = slice(_KEY.size)
_LENGTH = struct.Struct(">i")
_CELL = struct.Struct(">i")
_begun_leaf = sha256(b"\x00" + TAG).copy


class Key(NamedTuple):
    """The place of an entry in the log: entries are in this order, in every cell's tree."""

    epoch: int
    xid: int
    id: int


BEGINNING = Key(-32767, 0, -1)
"""Sorts before every entry, also before one that somebody has slipped in at the very front."""
END = Key(32767, 2**63 - 1, 2**63 - 1)
"""Sorts after every entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the record as it is stored."""

    epoch: int
    xid: int
    id: int
    at: datetime
    cell_id: int
    kind: str
    outcome: str
    actor: UUID
    seat: UUID | None
    agency: UUID | None
    case_id: UUID | None
    subject_id: UUID | None
    request: UUID
    payload: bytes

    @property
    def key(self) -> Key:
        return Key(self.epoch, self.xid, self.id)

    def leaf(self) -> bytes:
        """The entry's canonical bytes."""
        at = (self.at - _ORIGIN) // timedelta(microseconds=1)
        head = _HEAD.pack(2, self.epoch, 8, self.xid, 8, self.id, 8, at, 4, self.cell_id)
        ids = (self.actor, self.seat, self.agency, self.case_id, self.subject_id, self.request)
        rest: list[bytes | None] = [self.kind.encode(), self.outcome.encode()]
        rest += [None if value is None else value.bytes for value in ids]
        return TAG + head + b"".join(map(_field, [*rest, self.payload]))

    def hash(self) -> bytes:
        """The entry's place-holder in the tree."""
        return leaf_hash(self.leaf())


def hashes_of(rows: Iterable[memoryview]) -> bytes:
    """The hashes of entries, concatenated, from their leaves without the tag in front."""
    hashes: list[bytes] = []
    for row in rows:
        # To go on behind the tag costs less than to put it in front of each.
        leaf = _begun_leaf()
        leaf.update(row)
        hashes.append(leaf.digest())
    return b"".join(hashes)


class Heads(Sequence[bytes]):
    """The beginnings of some leaves: all that is needed to know their keys later."""

    def __init__(self, rows: Iterable[memoryview]) -> None:
        self._joined = b"".join([row[_HEAD_ALONE] for row in rows])

    def __len__(self) -> int:
        return len(self._joined) // _KEY.size

    def __getitem__(self, index: SupportsIndex) -> bytes:  # type: ignore[override]
        start = range(len(self))[index] * _KEY.size
        return TAG + self._joined[start : start + _KEY.size]

    def numbers(self) -> bytes:
        """Only the numbers of the entries, eight bytes each, as a bundle holds them."""
        numbers = bytearray(8 * len(self))
        for place in range(8):
            # One byte of every number at a time: eight steps for a tile in place of 256.
            numbers[place::8] = self._joined[_KEY.size - 8 + place :: _KEY.size]
        return bytes(numbers)


def key_of(leaf: bytes) -> Key:
    """Only the key, from a leaf or its head, without reading the rest."""
    _, epoch, _, xid, _, number = _KEY.unpack_from(leaf, len(TAG))
    return Key(epoch, xid, number)


def cell_of(leaf: bytes) -> int:
    """Only the cell, without reading the rest."""
    return int(_CELL.unpack_from(leaf, len(TAG) + _HEAD.size - _CELL.size)[0])


def read(leaf: bytes) -> Entry:
    """The entry in these bytes; ValueError when they are not exactly one leaf."""
    if not leaf.startswith(TAG) or len(leaf) < len(TAG) + _HEAD.size:
        raise ValueError("this is not a leaf of ours")
    lengths_and_head = _HEAD.unpack_from(leaf, len(TAG))
    if lengths_and_head[::2] != (2, 8, 8, 8, 4):
        raise ValueError("this leaf's header has another shape")
    epoch, xid, number, at, cell_id = lengths_and_head[1::2]
    values: list[bytes | None] = []
    place = len(TAG) + _HEAD.size
    while place + _LENGTH.size <= len(leaf):
        (length,) = _LENGTH.unpack_from(leaf, place)
        place += _LENGTH.size
        values.append(None if length < 0 else leaf[place : place + length])
        place += max(length, 0)
    if place != len(leaf) or len(values) != 9:
        raise ValueError("this leaf has too many or too few columns")
    kind, outcome, actor, seat, agency, case_id, subject_id, request, payload = values
    if kind is None or outcome is None or actor is None or request is None or payload is None:
        raise ValueError("this leaf lacks a column that every entry has")
    return Entry(
        epoch=epoch,
        xid=xid,
        id=number,
        at=_moment(at),
        cell_id=cell_id,
        kind=kind.decode(),
        outcome=outcome.decode(),
        actor=UUID(bytes=actor),
        seat=_uuid(seat),
        agency=_uuid(agency),
        case_id=_uuid(case_id),
        subject_id=_uuid(subject_id),
        request=UUID(bytes=request),
        payload=payload,
    )


def _moment(microseconds: int) -> datetime:
    """The moment, or the last or first that there is: PostgreSQL has years that Python has not."""
    try:
        return _ORIGIN + timedelta(microseconds=microseconds)
    except OverflowError:
        return LATEST if microseconds > 0 else EARLIEST


def _field(value: bytes | None) -> bytes:
    return _LENGTH.pack(-1) if value is None else _LENGTH.pack(len(value)) + value


def _uuid(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)
