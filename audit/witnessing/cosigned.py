"""Reads the witnesses of a log and what they have cosigned, with the rights of whoever asks.

The database cannot check Ed25519: what lies there as a cosignature counts when the witness's own
key has signed it. Several lines of one witness lie beside each other, and none takes the place of
another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Literal
from uuid import UUID

from audit import log
from audit.witnessing import cosigning
from audit.witnessing.cosigning import NotSigned

_PAGE = 1000
MOST_TRIED = 10_000
"""Lines of one witness that are tried; a verification finds each size at which none is signed."""

_AT = log.of_this_era("c.at")

Wrong = Literal["cosignature", "illegible"]


@dataclass(frozen=True, slots=True)
class Witness:
    """A key of an agency, and the newest checkpoint that it has cosigned."""

    id: UUID
    agency_id: UUID
    name: str
    public: bytes
    added_at: datetime
    withdrawn_at: datetime | None
    size: int | None
    cosigned_at: datetime | None

    @property
    def line(self) -> str:
        """The key as verifiers take it."""
        return cosigning.key_line(self.name, self.public)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One cosignature as it is handed out."""

    name: str
    agency_id: UUID
    at: datetime
    line: str


def witnesses(connection: log.Connection, cell_id: int) -> list[Witness]:
    """The witnesses of a cell's log, those in use first."""
    rows = log.execute(
        connection,
        "SELECT w.id, w.agency_id, w.name, w.public, w.added_at, w.withdrawn_at,"  # noqa: S608  constants
        "       s.size, s.at, s.line, k.note"
        f"  FROM audit_witness w LEFT JOIN LATERAL (SELECT c.size, {_AT} AS at, c.line"
        "       FROM audit_cosignature c WHERE c.witness = w.id AND c.cell_id = w.cell_id"
        "      ORDER BY c.size DESC, c.line LIMIT 1) s ON true"
        "  LEFT JOIN audit_checkpoint k ON k.cell_id = w.cell_id AND k.size = s.size"
        " WHERE w.cell_id = %s ORDER BY w.withdrawn_at IS NOT NULL, w.added_at, w.id",
        [cell_id],
    )
    found = []
    for number, agency, name, public, added, withdrawn, size, at, line, note in rows:
        if line is not None and _wrong(line, at, name, bytes(public), note):
            size, at = _newest(connection, cell_id, number, name, bytes(public))
        found.append(Witness(number, agency, name, bytes(public), added, withdrawn, size, at))
    return found


def newest_at(connection: log.Connection, cell_id: int) -> datetime | None:
    """When the newest checkpoint was cosigned that any witness of the cell has cosigned."""
    signed = [each for each in witnesses(connection, cell_id) if each.size]
    return max(signed, key=lambda each: each.size or 0).cosigned_at if signed else None


def cosignatures(connection: log.Connection, cell_id: int, size: int) -> list[Cosignature]:
    """Who has cosigned the checkpoint of this size, each once."""
    rows = log.execute(
        connection,
        f"SELECT w.id, w.name, w.agency_id, w.public, {_AT}, c.line, k.note"  # noqa: S608  constants
        "  FROM audit_witness w"
        "  JOIN audit_cosignature c ON c.cell_id = w.cell_id AND c.witness = w.id"
        "  JOIN audit_checkpoint k ON k.cell_id = c.cell_id AND k.size = c.size"
        " WHERE w.cell_id = %s AND c.size = %s ORDER BY c.at, w.id, c.line",
        [cell_id, size],
    )
    found: dict[UUID, Cosignature] = {}
    for number, name, agency, public, at, line, note in rows:
        if number not in found and _wrong(line, at, name, bytes(public), note) is None:
            found[number] = Cosignature(name, agency, at, line)
    return list(found.values())


def with_cosignatures(connection: log.Connection, stored: log.Stored) -> str:
    """The note with a line of everybody who has cosigned it."""
    lines = cosignatures(connection, stored.cell_id, stored.size)
    return stored.note + "".join(f"{each.line}\n" for each in lines)


def contradicted(
    connection: log.Connection, cell_id: int, above: int = 0
) -> Iterator[tuple[int, Wrong]]:
    """The sizes at which what is kept as a cosignature is none for what the log says it has signed.

    ``illegible``: it is none of this witness for any text; ``cosignature``: for another one, or
    none. Nobody can tell these two apart who does not know the other text. Where the witness has
    signed what the log says as well, nothing beside it contradicts the log.
    """
    for (size, _witness), lines in groupby(
        _lines(connection, cell_id, above), key=itemgetter(0, 1)
    ):
        wrong = [
            _wrong(line, at, name, bytes(public), note) if name else "cosignature"
            for _size, _witness, line, at, name, public, note in lines
        ]
        yield from ((size, each) for each in wrong if each and None not in wrong)


def _lines(connection: log.Connection, cell_id: int, above: int) -> Iterator[log.Row]:
    place: tuple[int, UUID, str] = (above, UUID(int=2**128 - 1), "")
    while rows := log.execute(
        connection,
        f"SELECT c.size, c.witness, c.line, {_AT}, w.name, w.public, k.note"  # noqa: S608  constants
        "  FROM audit_cosignature c"
        "  LEFT JOIN audit_witness w ON w.id = c.witness AND w.cell_id = c.cell_id"
        "  LEFT JOIN audit_checkpoint k ON k.cell_id = c.cell_id AND k.size = c.size"
        " WHERE c.cell_id = %s AND (c.size, c.witness, c.line) > (%s, %s, %s)"
        " ORDER BY c.size, c.witness, c.line LIMIT %s",
        [cell_id, *place, _PAGE],
    ):
        yield from rows
        place = (rows[-1][0], rows[-1][1], rows[-1][2])


def _newest(
    connection: log.Connection, cell_id: int, witness: UUID, name: str, public: bytes
) -> tuple[int | None, datetime | None]:
    """The newest checkpoint that a witness has cosigned, behind what its key has not signed."""
    rows = log.execute(
        connection,
        f"SELECT c.size, {_AT}, c.line, k.note FROM audit_cosignature c"  # noqa: S608  constants
        "  JOIN audit_checkpoint k ON k.cell_id = c.cell_id AND k.size = c.size"
        " WHERE c.cell_id = %s AND c.witness = %s ORDER BY c.size DESC, c.line LIMIT %s",
        [cell_id, witness, MOST_TRIED],
    )
    for size, at, line, note in rows:
        if _wrong(line, at, name, public, note) is None:
            return size, at
    return None, None


def _wrong(line: str, at: datetime, name: str, public: bytes, note: str | None) -> Wrong | None:
    said = cosigning.lines_of(f"\n\n{line}\n")
    if len(said) != 1 or not cosigning.is_by(said[0], name, public, at):
        return "illegible"
    try:
        cosigning.signed_at(said[0], name, public, note or "")
    except NotSigned:
        return "cosignature"
    return None
