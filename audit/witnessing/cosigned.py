"""Reads the witnesses of a log and what they have cosigned, with the rights of whoever asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from audit import log
from audit.witnessing import cosigning
from audit.witnessing.cosigning import NotSigned

_PAGE = 1000

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
        "SELECT w.id, w.agency_id, w.name, w.public, w.added_at, w.withdrawn_at, s.size, s.at"
        "  FROM audit_witness w LEFT JOIN LATERAL (SELECT c.size, c.at FROM audit_cosignature c"
        "       WHERE c.witness = w.id AND c.cell_id = w.cell_id ORDER BY c.size DESC LIMIT 1) s"
        "    ON true"
        " WHERE w.cell_id = %s ORDER BY w.withdrawn_at IS NOT NULL, w.added_at, w.id",
        [cell_id],
    )
    return [Witness(row[0], row[1], row[2], bytes(row[3]), *row[4:]) for row in rows]


def cosignatures(connection: log.Connection, cell_id: int, size: int) -> list[Cosignature]:
    """Who has cosigned the checkpoint of this size."""
    rows = log.execute(
        connection,
        "SELECT w.name, w.agency_id, c.at, c.line FROM audit_cosignature c"
        "  JOIN audit_witness w ON w.id = c.witness AND w.cell_id = c.cell_id"
        " WHERE c.cell_id = %s AND c.size = %s ORDER BY c.at, w.id",
        [cell_id, size],
    )
    return [Cosignature(*row) for row in rows]


def with_cosignatures(connection: log.Connection, stored: log.Stored) -> str:
    """The note with a line of everybody who has cosigned it."""
    lines = cosignatures(connection, stored.cell_id, stored.size)
    return stored.note + "".join(f"{each.line}\n" for each in lines)


def contradicted(
    connection: log.Connection, cell_id: int, above: int = 0
) -> Iterator[tuple[int, Wrong]]:
    """The sizes at which what is kept as a cosignature is none for what the log says it has signed.

    ``illegible``: it is none of this witness for any text; ``cosignature``: for another one, or
    none. Nobody can tell these two apart who does not know the other text.
    """
    place: tuple[int, UUID] = (above, UUID(int=2**128 - 1))
    while rows := log.execute(
        connection,
        "SELECT c.size, c.witness, c.line, c.at, w.name, w.public, k.note FROM audit_cosignature c"
        "  LEFT JOIN audit_witness w ON w.id = c.witness AND w.cell_id = c.cell_id"
        "  LEFT JOIN audit_checkpoint k ON k.cell_id = c.cell_id AND k.size = c.size"
        " WHERE c.cell_id = %s AND (c.size, c.witness) > (%s, %s)"
        " ORDER BY c.size, c.witness LIMIT %s",
        [cell_id, *place, _PAGE],
    ):
        for size, _witness, line, at, name, public, note in rows:
            wrong = _wrong(line, at, name, bytes(public), note) if name else "cosignature"
            if wrong is not None:
                yield size, wrong
        place = (rows[-1][0], rows[-1][1])


def _wrong(line: str, at: datetime, name: str, public: bytes, note: str | None) -> Wrong | None:
    said = cosigning.lines_of(f"\n\n{line}\n")
    if len(said) != 1 or not cosigning.is_by(said[0], name, public, at):
        return "illegible"
    try:
        cosigning.signed_at(said[0], name, public, note or "")
    except NotSigned:
        return "cosignature"
    return None
