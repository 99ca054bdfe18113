"""Reads entries in the order of the log, as the bytes that are hashed.

The order begins with the epoch, which is one and the same in nearly every log. PostgreSQL estimates
a comparison of whole keys by their first column alone: it expects next to nothing, and then sorts
everything that is left instead of following the index. So a range is asked epoch by epoch.
"""

import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import psycopg

from audit.leaf import COLUMNS, TAG, Key
from audit.log import Connection, execute, in_sql, of_this_era

_COPY_HEADER = 19
_FIELD_COUNT = struct.pack(">h", len(COLUMNS))
_END = struct.pack(">h", -1)
_PLACE = "(%s::xid8, %s::int8)"
# Of a portion of a log PostgreSQL expects half of what comes, and would have two more processes
# fetch it and sort it: several times the work of following the index, which is in order.
_ALONG_THE_INDEX = (
    "SELECT set_config('enable_sort', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)

Condition = tuple[str, list[Any]]


def stretches(after: Key, until: Key) -> list[Condition]:
    """Conditions that together select what lies after one place and up to another, in order."""
    if after >= until:
        return []
    above = f"epoch = %s::int2 AND (xid, id) > {_PLACE}"
    below = f"(xid, id) <= {_PLACE}"
    from_, to = [after.epoch, str(after.xid), after.id], [str(until.xid), until.id]
    # The plain range of transactions adds nothing but a good estimate.
    if after.epoch == until.epoch:
        narrow = f"{above} AND {below} AND xid BETWEEN %s::xid8 AND %s::xid8"
        return [(narrow, [*from_, *to, str(after.xid), str(until.xid)])]
    between: list[Condition] = []
    if until.epoch - after.epoch > 1:
        between = [("epoch > %s::int2 AND epoch < %s::int2", [after.epoch, until.epoch])]
    last = f"epoch = %s::int2 AND {below} AND xid <= %s::xid8"
    return [(above, from_), *between, (last, [until.epoch, *to, str(until.xid)])]


def leaves(
    connection: Connection, where: str, parameters: list[Any], *, limit: int = 0
) -> Iterator[bytes]:
    """The leaf of each entry that ``where`` selects, in the order of the log."""
    for row in rows(connection, where, parameters, limit=limit):
        yield TAG + row


def rows(
    connection: Connection, where: str, parameters: list[Any], *, limit: int = 0
) -> Iterator[memoryview]:
    """The same without the tag in front, as they have arrived."""
    return _copied(
        connection,
        f"SELECT {', '.join(COLUMNS)} FROM audit_entry WHERE {where}"  # noqa: S608  constants
        f" ORDER BY epoch, xid, id{f' LIMIT {limit}' if limit else ''}",
        parameters,
    )


def _copied(connection: Connection, query: str, parameters: list[Any]) -> Iterator[memoryview]:
    """COPY gives each row as its own message in the very format that is hashed."""
    binary = f"COPY ({query}) TO STDOUT (FORMAT binary)"
    with psycopg.Cursor(connection) as cursor, cursor.copy(binary, parameters) as copy:
        # The header comes with the first row, which tells the columns of all of them.
        row = memoryview(copy.read())[_COPY_HEADER:]
        if row[:2] not in (_FIELD_COUNT, _END):
            raise ValueError("PostgreSQL has sent another number of columns")
        take = connection.pgconn.get_copy_data
        while len(row) > len(_END):
            yield row[2:]
            # What has arrived is taken from libpq itself: to wait for each row costs more.
            size, row = take(1)
            if not size:
                row = memoryview(copy.read())
        copy.read()


def rows_between(
    connection: Connection, cell_id: int, after: Key, until: Key
) -> Iterator[memoryview]:
    """A cell's leaves, without their tag, after one place in the log and up to another."""
    return chain.from_iterable(
        rows(connection, f"cell_id = %s AND {where}", [cell_id, *parameters])
        for where, parameters in stretches(after, until)
    )


def many_between(
    connection: Connection, cell_id: int, after: Key, until: Key
) -> Iterator[memoryview]:
    """The same where they are thousands."""
    # Rolled back, so that what the planner is told here holds for nothing that is asked later.
    with connection.transaction(force_rollback=True):
        execute(connection, _ALONG_THE_INDEX)
        yield from rows_between(connection, cell_id, after, until)


def leaves_between(connection: Connection, cell_id: int, after: Key, until: Key) -> Iterator[bytes]:
    """A cell's leaves after one place in the log and up to another."""
    for row in rows_between(connection, cell_id, after, until):
        yield TAG + row


def first_leaves_of_each(
    connection: Connection, wanted: Mapping[int, tuple[Key, Key]], *, limit: int
) -> Iterator[bytes]:
    """Of each cell the first leaves after one place in its log and up to another."""
    if wanted:
        found = _copied(
            connection,
            f"SELECT e.* FROM {_WANTED} CROSS JOIN LATERAL ("  # noqa: S608  constants
            f"SELECT {', '.join(COLUMNS)} FROM audit_entry WHERE {_IN_IT}"
            " ORDER BY epoch, xid, id LIMIT %s) AS e",
            [*_in_lists(wanted), limit],
        )
        yield from (TAG + row for row in found)


def with_any_between(connection: Connection, wanted: Mapping[int, tuple[Key, Key]]) -> set[int]:
    """The cells that have an entry after one place in the log and up to another."""
    rows = execute(
        connection,
        f"SELECT of FROM {_WANTED} WHERE EXISTS ("  # noqa: S608  constants
        f"SELECT FROM audit_entry WHERE {_IN_IT})",
        _in_lists(wanted),
    )
    return {row[0] for row in rows}


_WANTED = (
    "unnest(%s::int4[], %s::int2[], %s::text[], %s::int8[], %s::int2[], %s::text[], %s::int8[])"
    " AS wanted(of, from_epoch, from_xid, from_id, to_epoch, to_xid, to_id)"
)
_IN_IT = (
    "cell_id = of AND (epoch, xid, id) > (from_epoch, from_xid::xid8, from_id)"
    " AND (epoch, xid, id) <= (to_epoch, to_xid::xid8, to_id)"
)


def _in_lists(wanted: Mapping[int, tuple[Key, Key]]) -> list[list[Any]]:
    keys = [(*in_sql(after), *in_sql(until)) for after, until in wanted.values()]
    return [list(wanted), *([key[at] for key in keys] for at in range(6))]


def settled_leaves(
    connection: Connection, after: Key, epoch: int, *, limit: int
) -> Iterator[bytes]:
    """All cells' leaves after a place, as far as nothing can be committed before them any more.

    In the present epoch that is what lies below the snapshot's horizon. An entry of an older epoch
    was committed in a cluster that is gone: it cannot be late.
    """
    for where, parameters in stretches(after, Key(epoch, 2**63 - 1, 2**63 - 1)):
        horizon = f"{where} AND (epoch < %s::int2 OR xid < pg_snapshot_xmin(pg_current_snapshot()))"
        for leaf in leaves(connection, horizon, [*parameters, epoch], limit=limit):
            limit -= 1
            yield leaf
        if not limit:
            return


def is_empty_between(connection: Connection, cell_id: int, after: Key, until: Key) -> bool:
    """Whether a cell has no entry after one place in the log and up to another."""
    return not any(
        execute(
            connection,
            f"SELECT FROM audit_entry WHERE cell_id = %s AND {where} LIMIT 1",
            [cell_id, *parameters],
        )
        for where, parameters in stretches(after, until)
    )


def span_between(
    connection: Connection, cell_id: int, after: Key, until: Key
) -> tuple[int, int | None, int | None]:
    """How many entries a cell has after one place and up to another, and their end numbers."""
    count, firsts, lasts = 0, [], []
    for where, parameters in stretches(after, until):
        [(some, first, last)] = execute(
            connection,
            "SELECT count(*), min(id), max(id) FROM audit_entry"  # noqa: S608  constants
            f" WHERE cell_id = %s AND {where}",
            [cell_id, *parameters],
        )
        if some:
            count += some
            firsts.append(first)
            lasts.append(last)
    return count, min(firsts, default=None), max(lasts, default=None)


def since_between(
    connection: Connection, cell_id: int, after: Key, until: Key
) -> tuple[int, datetime | None]:
    """How many entries a cell has after one place and up to another, and the time of the oldest."""
    count, times = 0, []
    for where, parameters in stretches(after, until):
        [(some, since)] = execute(
            connection,
            f"SELECT count(*), {of_this_era('min(at)')}"  # noqa: S608  constants
            f" FROM audit_entry WHERE cell_id = %s AND {where}",
            [cell_id, *parameters],
        )
        if some:
            count += some
            times.append(since)
    return count, min(times, default=None)
