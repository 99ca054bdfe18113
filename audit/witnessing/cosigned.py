"""Reads the witnesses of a log and what they have cosigned, with the rights of whoever asks.

The database cannot check Ed25519: what lies there as a cosignature counts when the witness's own
key has signed it. Several lines of one witness lie beside each other, and none takes the place of
another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Literal
from uuid import UUID

from audit import log
from audit.witnessing import cosigning
from audit.witnessing.cosigning import NotSigned

_PAGE = 1000
MOST_TRIED = 10_000
"""As many lines of one witness a page tries; behind them it begins where a verification has."""

_AT = log.of_this_era("c.at")
_NO_SIZE = 2**63 - 1
_CHECKED = (
    "EXISTS (SELECT FROM audit_cosigned g"
    " WHERE (g.cell_id, g.size, g.witness, g.line) = (c.cell_id, c.size, c.witness, c.line))"
)

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
class Newest:
    """The line at the newest checkpoint that a witness's own key has cosigned."""

    witness: UUID
    size: int
    at: datetime
    line: str


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
            last = _newest(connection, cell_id, number, name, bytes(public), MOST_TRIED)
            size, at = (last.size, last.at) if last else (None, None)
        found.append(Witness(number, agency, name, bytes(public), added, withdrawn, size, at))
    return found


def newest_at(connection: log.Connection, cell_id: int) -> datetime | None:
    """When the newest checkpoint was cosigned that any witness of the cell has cosigned."""
    signed = [each for each in witnesses(connection, cell_id) if each.size]
    return max(signed, key=lambda each: each.size or 0).cosigned_at if signed else None


def checked(connection: log.Connection, cell_id: int) -> list[Newest]:
    """The newest that each witness of the cell has cosigned, however many lines lie before it."""
    rows = log.execute(
        connection, "SELECT id, name, public FROM audit_witness WHERE cell_id = %s", [cell_id]
    )
    found = (_newest(connection, cell_id, each, name, bytes(key)) for each, name, key in rows)
    return [each for each in found if each]


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
    """Each line that is kept as a cosignature and is none for what the log says it has signed.

    With the size at which it lies.
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
    connection: log.Connection,
    cell_id: int,
    witness: UUID,
    name: str,
    public: bytes,
    most: int | None = None,
) -> Newest | None:
    """The newest line that the key of a witness has signed, behind what it has not.

    Behind as many as ``most`` come the lines that a verification has found to be signed.
    """
    tried = _newest_lines(connection, cell_id, witness)
    if most is not None:
        tried = chain(islice(tried, most), _newest_lines(connection, cell_id, witness, _CHECKED))
    for size, line, at, note in tried:
        if _wrong(line, at, name, public, note) is None:
            return Newest(witness, size, at, line)
    return None


def _newest_lines(
    connection: log.Connection, cell_id: int, witness: UUID, only: str = "true"
) -> Iterator[log.Row]:
    size, line = _NO_SIZE, ""
    while rows := log.execute(
        connection,
        f"SELECT c.size, c.line, {_AT}, k.note FROM audit_cosignature c"  # noqa: S608  constants
        "  JOIN audit_checkpoint k ON k.cell_id = c.cell_id AND k.size = c.size"
        " WHERE c.cell_id = %s AND c.witness = %s"
        # By the first the index is begun where the page before has ended.
        f"   AND c.size <= %s AND (c.size < %s OR c.line > %s) AND {only}"
        " ORDER BY c.size DESC, c.line LIMIT %s",
        [cell_id, witness, size, size, line, _PAGE],
    ):
        yield from rows
        size, line = rows[-1][:2]


def _wrong(line: str, at: datetime, name: str, public: bytes, note: str | None) -> Wrong | None:
    said = cosigning.lines_of(f"\n\n{line}\n")
    if len(said) != 1 or not cosigning.is_by(said[0], name, public, at):
        return "illegible"
    try:
        cosigning.signed_at(said[0], name, public, note or "")
    except NotSigned:
        return "cosignature"
    return None
