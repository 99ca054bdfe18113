"""Reads what the sealer has written: tiles, bundles and checkpoints.

Everything takes a plain psycopg connection, so that the sealer, the verifier on a console and the
verification in a page read through the same code, each with the rights of its own role.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import psycopg

from audit import merkle
from audit.leaf import BEGINNING, Key

Connection = psycopg.Connection[Any]
Row = tuple[Any, ...]

_TILE = merkle.WIDTH * merkle.SIZE
_IDS = struct.Struct(f">{merkle.WIDTH}q")
_BUNDLE = (
    "n, first_epoch, first_xid::text::int8, first_id,"
    " last_epoch, last_xid::text::int8, last_id, ids"
)


@dataclass(frozen=True)
class Bundle:
    """Which 256 entries lie under one full tile of leaf hashes."""

    n: int
    first: Key
    last: Key
    numbers: bytes
    """The number of each entry, eight bytes each."""

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """The same to count with."""
        return _IDS.unpack(self.numbers)


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint as the table holds it: the note is signed, the other columns are copies."""

    cell_id: int
    size: int
    grown_from: int
    root: bytes
    hi: Key
    at: datetime
    note: str


def connect(alias: str) -> Connection:
    """A connection of our own to the database that the settings name, outside Django's.

    It stays open between transactions, which a session-level advisory lock needs.
    """
    from django.db import connections

    parameters = dict(connections[alias].get_connection_params())
    for django_s_own in ("cursor_factory", "context", "pool", "prepare_threshold"):
        parameters.pop(django_s_own, None)
    return psycopg.connect(**parameters, autocommit=True)


ERA: Final = ("'0001-01-02Z'", "'9999-12-30Z'")
"""The moments between which Python knows every year: the database takes others as well."""


def of_this_era(moment: str) -> str:
    """SQL of a moment that Python can hold: a year that it has not would stop whoever reads."""
    return f"least(greatest({moment}, {ERA[0]}), {ERA[1]})"


def legible(moment: str) -> str:
    """SQL of a moment, and of nothing where it is none: somebody has tampered with it."""
    return f"CASE WHEN {moment} BETWEEN {ERA[0]} AND {ERA[1]} THEN {moment} END"


_CHECKPOINT = (
    "cell_id, size, grown_from, root, hi_epoch, hi_xid::text::int8, hi_id,"
    f" {of_this_era('at')}, note"
)


def execute(connection: Connection, query: str, parameters: Any = ()) -> list[Row]:
    """Rows of one query, bytea and the like as bytes, whatever the connection's own cursors do."""
    with psycopg.Cursor(connection) as cursor:
        return cursor.execute(query, parameters, binary=True).fetchall()


def read_in_large_pieces(connection: Connection) -> None:
    """Have libpq take up to a megabyte at a time off the network, for what is read from now on.

    Its buffer begins at 16 kB, some fifty entries, and only grows with a message that is larger.
    """
    execute(connection, "SELECT repeat(' ', 1048576)")


def known_cells(connection: Connection) -> set[int]:
    """The cells that have a log, be it of entries that nothing has sealed yet."""
    return {*cells(connection, "audit_checkpoint"), *cells(connection, "audit_entry")}


def cells(connection: Connection, table: str) -> list[int]:
    """The cells that have a row in the table, found by hopping from one to the next."""
    rows = execute(
        connection,
        f"""
        WITH RECURSIVE hop(cell_id) AS (
            (SELECT cell_id FROM {table} ORDER BY cell_id LIMIT 1)
            UNION ALL
            SELECT (SELECT t.cell_id FROM {table} t WHERE t.cell_id > hop.cell_id
                     ORDER BY t.cell_id LIMIT 1)
              FROM hop WHERE hop.cell_id IS NOT NULL
        )
        SELECT cell_id FROM hop WHERE cell_id IS NOT NULL
        """,  # noqa: S608  the table's name is a constant of the caller
    )
    return [row[0] for row in rows]


def reach(connection: Connection) -> Key:
    """How far the sealer has read, in all cells together."""
    rows = execute(connection, "SELECT epoch, xid::text::int8, id FROM audit.reach()")
    return Key(*rows[0]) if rows else BEGINNING


def checkpoints(
    connection: Connection, cell_id: int, *, above: int = 0, until: int | None = None, limit: int
) -> list[Stored]:
    """A cell's checkpoints from small to large."""
    rows = execute(
        connection,
        f"SELECT {_CHECKPOINT} FROM audit_checkpoint"  # noqa: S608  constants
        " WHERE cell_id = %s AND size > %s AND size <= %s"
        " ORDER BY size LIMIT %s",
        [cell_id, above, 2**62 if until is None else until, limit],
    )
    return [_stored(row) for row in rows]


def last_checkpoint(connection: Connection, cell_id: int) -> Stored | None:
    """A cell's newest checkpoint."""
    rows = execute(
        connection,
        f"SELECT {_CHECKPOINT} FROM audit_checkpoint"  # noqa: S608  constants
        " WHERE cell_id = %s ORDER BY size DESC LIMIT 1",
        [cell_id],
    )
    return _stored(rows[0]) if rows else None


def last_checkpoints(connection: Connection) -> list[Stored]:
    """The newest checkpoint of each cell that has any, in one query."""
    rows = execute(
        connection,
        "SELECT c.* FROM unnest(%s::int4[]) AS of(cell_id) CROSS JOIN LATERAL ("  # noqa: S608
        f"SELECT {_CHECKPOINT} FROM audit_checkpoint WHERE cell_id = of.cell_id"
        " ORDER BY size DESC LIMIT 1) AS c",
        [cells(connection, "audit_checkpoint")],
    )
    return [_stored(row) for row in rows]


def bundle_over(connection: Connection, cell_id: int, key: Key) -> Bundle | None:
    """The last bundle that begins at this place in the log or before it."""
    rows = execute(
        connection,
        f"SELECT {_BUNDLE} FROM audit_bundle WHERE cell_id = %s"  # noqa: S608  constants
        " AND (first_epoch, first_xid, first_id) <= (%s::int2, %s::xid8, %s::int8)"
        # Named with its table: bare, it would be the converted output column, which no index has.
        " ORDER BY first_epoch DESC, audit_bundle.first_xid DESC, first_id DESC LIMIT 1",
        [cell_id, *in_sql(key)],
    )
    return _bundle(rows[0]) if rows else None


def bundles(connection: Connection, cell_id: int, first: int, count: int) -> dict[int, Bundle]:
    """The bundles from number ``first`` on, those that are there and whole."""
    rows = execute(
        connection,
        f"SELECT {_BUNDLE} FROM audit_bundle"  # noqa: S608  constants
        " WHERE cell_id = %s AND n >= %s AND n < %s ORDER BY n",
        [cell_id, first, first + count],
    )
    return {row[0]: _bundle(row) for row in rows if len(row[7]) == _IDS.size}


def bundles_of_each(
    connection: Connection, wanted: Mapping[int, tuple[int, int]]
) -> dict[int, list[Bundle]]:
    """Of each cell the bundles from one number up to another, those that are there."""
    found: dict[int, list[Bundle]] = {cell_id: [] for cell_id in wanted}
    rows = execute(
        connection,
        f"SELECT cell_id, {_BUNDLE} FROM audit_bundle"  # noqa: S608  constants
        " JOIN unnest(%s::int4[], %s::int8[], %s::int8[]) AS wanted(of, first, until)"
        " ON cell_id = of AND n >= first AND n < until ORDER BY cell_id, n",
        [list(wanted), *_columns(wanted.values(), 2)],
    )
    for row in rows:
        found[row[0]].append(_bundle(row[1:]))
    return found


def tiles_of_each(
    connection: Connection, wanted: Mapping[tuple[int, int], tuple[int, int]]
) -> dict[tuple[int, int], dict[int, bytes]]:
    """Of each cell and level the full tiles from one number up to another, those that are there."""
    found: dict[tuple[int, int], dict[int, bytes]] = {place: {} for place in wanted}
    rows = execute(
        connection,
        "SELECT cell_id, level, n, hashes FROM audit_tile"
        " JOIN unnest(%s::int4[], %s::int2[], %s::int8[], %s::int8[])"
        " AS wanted(of, on_level, first, until)"
        " ON cell_id = of AND level = on_level AND n >= first AND n < until",
        [*_columns(wanted.keys(), 2), *_columns(wanted.values(), 2)],
    )
    for cell_id, level, n, hashes in rows:
        found[cell_id, level][n] = bytes(hashes)
    return found


def _columns(rows: Iterable[Sequence[int]], count: int) -> list[list[int]]:
    """Rows turned into as many lists as they have values, which ``unnest`` takes."""
    every = list(rows)
    return [[row[at] for row in every] for at in range(count)]


def tiles(
    connection: Connection, cell_id: int, level: int, first: int, count: int
) -> dict[int, bytes]:
    """The full tiles of one level from number ``first`` on, those that are there and whole."""
    rows = execute(
        connection,
        "SELECT n, hashes FROM audit_tile"
        " WHERE cell_id = %s AND level = %s AND n >= %s AND n < %s ORDER BY n",
        [cell_id, level, first, first + count],
    )
    return {row[0]: bytes(row[1]) for row in rows if len(row[1]) == _TILE}


def roots(
    connection: Connection, cell_id: int, level: int, first: int, count: int
) -> dict[int, bytes]:
    """What stands as the root beside the full tiles of one level, from number ``first`` on."""
    rows = execute(
        connection,
        "SELECT n, root FROM audit_tile"
        " WHERE cell_id = %s AND level = %s AND n >= %s AND n < %s ORDER BY n",
        [cell_id, level, first, first + count],
    )
    return {row[0]: bytes(row[1]) for row in rows}


def astray(connection: Connection, cell_id: int) -> tuple[bool, bool]:
    """Whether tiles or bundles lie beyond the newest checkpoint, or where none can ever be.

    One statement sees one moment: what a sealer adds meanwhile is seen whole or not at all.
    """
    rows = execute(
        connection,
        """
        WITH newest AS MATERIALIZED (
            SELECT coalesce(max(size), 0) AS size FROM audit_checkpoint WHERE cell_id = %(cell)s
        )
        SELECT EXISTS (SELECT FROM generate_series(0, 7) l WHERE EXISTS (
                   SELECT FROM audit_tile WHERE cell_id = %(cell)s AND level = l::int2
                      AND n >= (SELECT size FROM newest) >> (8 * (l + 1))))
               OR EXISTS (SELECT FROM audit_bundle
                           WHERE cell_id = %(cell)s AND n >= (SELECT size FROM newest) >> 8),
               EXISTS (SELECT FROM audit_tile
                        WHERE cell_id = %(cell)s AND level NOT BETWEEN 0 AND 7)
               OR EXISTS (SELECT FROM generate_series(0, 7) l, LATERAL (
                   SELECT FROM audit_tile
                    WHERE cell_id = %(cell)s AND level = l::int2 AND n < 0 LIMIT 1) t)
               OR EXISTS (SELECT FROM audit_bundle WHERE cell_id = %(cell)s AND n < 0)
        """,
        {"cell": cell_id},
    )
    return rows[0][0], rows[0][1]


def in_sql(key: Key) -> tuple[int, str, int]:
    """A key as parameters: a transaction number has no type of its own in psycopg."""
    return key.epoch, str(key.xid), key.id


def packed(ids: list[int]) -> bytes:
    """The 256 entry numbers of a bundle as its column holds them."""
    return _IDS.pack(*ids)


def reader(connection: Connection, cell_id: int, size: int, tail: bytes) -> merkle.TileReader:
    """Tiles of a tree of ``size`` leaves: full ones stored, partial ones from the roots below.

    ``tail`` holds the leaf hashes after the last full tile. What is missing is read as nothing.
    """
    derived: dict[tuple[int, int], bytes] = {}

    def read(level: int, n: int, wanted: int) -> bytes:
        if (level, n) in derived:
            return derived[level, n]
        if n < size >> (merkle.LEVEL_BITS * (level + 1)):
            found = tiles(connection, cell_id, level, n, 1).get(n, b"")
        elif level == 0:
            found = tail
        else:
            first = n * merkle.WIDTH
            count = (size >> (merkle.LEVEL_BITS * level)) - first
            below = roots(connection, cell_id, level - 1, first, count)
            found = b"".join(below.values()) if len(below) == count else b""
        derived[level, n] = found
        return found

    return read


def _bundle(row: Row) -> Bundle:
    return Bundle(row[0], Key(*row[1:4]), Key(*row[4:7]), bytes(row[7]))


def _stored(row: Row) -> Stored:
    cell_id, size, grown_from, root, epoch, xid, number, at, note = row
    return Stored(cell_id, size, grown_from, bytes(root), Key(epoch, xid, number), at, note)
