"""Finds entries by the tally, in as many steps whatever the length of the log.

A line of the tally is a stretch of the log: from the first to the last entry of one kind, outcome
and way that one person made for one agency on one day. First it is asked which kinds, outcomes and
ways there are at all, then for each of them which stretches end last: each is an index's next rows.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

from audit.desk import groups
from audit.desk.filters import CHANNEL, Filters
from audit.leaf import END, NOBODY, Key

Row = tuple[Any, ...]
Way = tuple[str, str, str]
"""A kind, an outcome, and the way by which something was done."""

ALL: Final = 2**31 - 1

# Named with their table: bare, ``xid`` would be the converted output column, which no index has.
NEWEST_FIRST: Final = "audit_entry.epoch DESC, audit_entry.xid DESC, audit_entry.id DESC"
PLACE: Final = "(%s::int2, %s::xid8, %s::int8)"
_FIRST, _LAST = "(t.first_epoch, t.first_xid, t.first_id)", "(t.last_epoch, t.last_xid, t.last_id)"
_LAST_FIRST = "t.last_epoch DESC, t.last_xid DESC, t.last_id DESC"
_STRETCH = (
    "t.kind, t.outcome, t.channel, t.agency, t.actor, t.day, t.n,"
    " t.first_epoch, t.first_xid::text::int8, t.first_id,"
    " t.last_epoch, t.last_xid::text::int8, t.last_id"
)
_WAYS = "unnest(%s::text[], %s::text[], %s::text[]) AS w (of_kind, of_outcome, of_channel)"
_OF_WAY = "t.kind = of_kind AND t.outcome = of_outcome AND t.channel = of_channel"
# The first and last day that are counted hold every moment beyond them too: see audit.sql.tally.
_SINCE = (
    "at >= CASE WHEN {day} > '0001-01-02' THEN {day}::timestamp AT TIME ZONE 'Europe/Paris'"
    " ELSE '-infinity' END"
)
_UNTIL = (
    "at <= CASE WHEN {day} < '9999-12-30' THEN ({day} + 1)::timestamp AT TIME ZONE 'Europe/Paris'"
    " - interval '1 microsecond' ELSE 'infinity' END"
)


def entries_before(
    cell_id: int, filters: Filters, floor: Key, begin: Key | None, limit: int, columns: str
) -> list[Row]:
    """Up to so many counted entries that fit, before the floor and not before the beginning."""
    found: list[Row] = []
    ways = _ways(cell_id, filters)
    while ways and len(found) < limit:
        ending = _ending_before(cell_id, filters, ways, floor, begin, limit)
        low = _far_enough(ending, limit, limit - len(found))
        # Whatever fits and lies behind this lies in one of these stretches, or in one over the
        # floor.
        near = [row for row in ending if low is None or _last(row) >= low]
        stretches = [*near, *_over(cell_id, filters, ways, floor)]
        found += _entries_in(cell_id, filters, stretches, (low, floor), limit - len(found), columns)
        if low is None:
            break
        floor = low
    return found


def _far_enough(ending: list[Row], limit: int, wanted: int) -> Key | None:
    """The place behind which the stretches that end last hold so many entries, unless some were
    purged. None when all the stretches there are have to be looked through.
    """
    low, many = END, 0
    for row in ending:
        low, many = min(low, _first(row)), many + row[6]
        if many >= wanted:
            # Those that are not among these end behind the last of them.
            return max(low, _last(ending[-1])) if len(ending) == limit else low
    return None


def _whose(filters: Filters) -> tuple[str, list[Any]]:
    """The person, or else the agency, that leads to stretches: what an index begins with."""
    if filters.actor:
        return " AND t.actor = %s", [filters.actor]
    return (" AND t.agency = %s", [filters.agency]) if filters.agency else ("", [])


def _ways(cell_id: int, filters: Filters) -> list[Way]:
    """Which kinds, outcomes and ways there are that fit, each found by a step along an index."""
    whose, values = _whose(filters)
    named = _kinds(filters)
    if named is None:
        first, given = _next_way(whose, "", "kind, t.outcome, t.channel"), []
        after = "(t.kind, t.outcome, t.channel) > (w.kind, w.outcome, w.channel)"
        following = _next_way(whose, f" AND {after}", "kind, t.outcome, t.channel")
    else:
        of_kind = _next_way(whose, " AND t.kind = k.kind", "outcome, t.channel")
        first = (
            "SELECT f.* FROM unnest(%s::text[]) AS k (kind)"  # noqa: S608  constants
            f" CROSS JOIN LATERAL ({of_kind}) f"
        )
        given = [named]
        after = "t.kind = w.kind AND (t.outcome, t.channel) > (w.outcome, w.channel)"
        following = _next_way(whose, f" AND {after}", "outcome, t.channel")
    rows = fetched(
        f"WITH RECURSIVE way AS (({first}) UNION ALL SELECT n.* FROM way w"  # noqa: S608  constants
        f" CROSS JOIN LATERAL ({following}) n) SELECT kind, outcome, channel FROM way",
        [*given, cell_id, *values, cell_id, *values],
    )
    refused = filters.group == groups.REFUSALS
    return [
        (kind, outcome, channel)
        for kind, outcome, channel in rows
        if filters.outcome in ("", outcome)
        and filters.channel in ("", channel)
        and not (refused and outcome != "refused")
    ]


def _kinds(filters: Filters) -> list[str] | None:
    """The kinds that are asked for; None for any."""
    if filters.group in ("", groups.REFUSALS):
        return [filters.kind] if filters.kind else None
    of_group = groups.kinds_of(filters.group)
    return [kind for kind in of_group if filters.kind in ("", kind)]


def _next_way(whose: str, after: str, order: str) -> str:
    return (
        "SELECT t.kind, t.outcome, t.channel FROM audit_tally t"  # noqa: S608  constants
        f" WHERE t.cell_id = %s{whose}{after} ORDER BY t.{order} LIMIT 1"
    )


def _ending_before(
    cell_id: int, filters: Filters, ways: list[Way], below: Key, begin: Key | None, limit: int
) -> list[Row]:
    """The stretches that end last, the newest first.

    One epoch after the other: across them the planner cannot tell how many lie in between.
    """
    since, values = (f" AND {_LAST} >= {PLACE}", place_of(begin)) if begin else ("", [])
    epoch, *place = place_of(below)
    rows: list[Row] = []
    for ended, asked in (
        ("t.last_epoch = %s::int2 AND (t.last_xid, t.last_id) < (%s::xid8, %s::int8)", place),
        ("t.last_epoch < %s::int2", []),
    ):
        if len(rows) < limit:
            narrowed, given = f"{ended}{since}", [epoch, *asked, *values]
            rows += _ending_last(cell_id, filters, ways, narrowed, given, limit - len(rows))
    return rows


def _over(cell_id: int, filters: Filters, ways: list[Way], floor: Key) -> list[Row]:
    """The stretches that begin before the floor and do not end before it: of the days it is in."""
    places = place_of(floor)
    days = fetched(
        "SELECT t.last_epoch, t.last_xid::text::int8, t.last_id FROM audit_tally_day t"  # noqa: S608  constants
        f" WHERE t.cell_id = %s AND {_FIRST} < {PLACE} AND {_LAST} >= {PLACE}",
        [cell_id, *places, *places],
    )
    if not days:
        return []
    top = max(Key(*row) for row in days)
    over = f"{_LAST} >= {PLACE} AND {_LAST} <= {PLACE} AND {_FIRST} < {PLACE}"
    values = [*places, *place_of(top), *places]
    if top.epoch == floor.epoch:
        over, values = f"t.last_epoch = %s::int2 AND {over}", [top.epoch, *values]
    return _stretches(cell_id, filters, ways, over, values, ALL)


def _ending_last(
    cell_id: int,
    filters: Filters,
    ways: list[Way],
    narrowed: str,
    values: list[Any],
    limit: int,
) -> list[Row]:
    """Where the last of them end stands in the index; of these alone the rest is fetched."""
    if filters.actor and filters.agency:
        return _stretches(cell_id, filters, ways, narrowed, values, limit)
    whose, whom = _whose(filters)
    ends = "last_epoch, last_xid, last_id"
    return fetched(
        f"WITH ending AS (SELECT w.*, e.* FROM {_WAYS}"  # noqa: S608  constants
        f" CROSS JOIN LATERAL (SELECT {ends} FROM audit_tally t"
        f" WHERE t.cell_id = %s{whose} AND {_OF_WAY} AND {narrowed}"
        f" ORDER BY {_LAST_FIRST} LIMIT %s) e ORDER BY {ends.replace(',', ' DESC,')} DESC LIMIT %s)"
        f" SELECT {_STRETCH} FROM ending e CROSS JOIN LATERAL (SELECT * FROM audit_tally t"
        f" WHERE t.cell_id = %s{whose} AND {_OF_WAY} AND t.last_epoch = e.last_epoch"
        " AND t.last_xid = e.last_xid AND t.last_id = e.last_id OFFSET 0) t"
        f" ORDER BY {_LAST_FIRST}",
        [*_columns(ways), cell_id, *whom, *values, limit, limit, cell_id, *whom],
    )


def _stretches(
    cell_id: int,
    filters: Filters,
    ways: list[Way],
    narrowed: str,
    values: Sequence[Any],
    limit: int,
) -> list[Row]:
    whose, whom = _whose(filters)
    if filters.actor and filters.agency:
        narrowed, values = f"{narrowed} AND t.agency = %s", [*values, filters.agency]
    # The limit keeps each way by itself, along its index, also where all are wanted.
    last = f"ORDER BY {_LAST_FIRST} LIMIT %s"
    return fetched(
        f"SELECT {_STRETCH} FROM {_WAYS} CROSS JOIN LATERAL ("  # noqa: S608  constants
        f"SELECT * FROM audit_tally t WHERE t.cell_id = %s{whose} AND {_OF_WAY}"
        f" AND {narrowed} {last}) t {last}",
        [*_columns(ways), cell_id, *whom, *values, limit, limit],
    )


def _entries_in(
    cell_id: int,
    filters: Filters,
    stretches: Iterable[Row],
    between: tuple[Key | None, Key],
    limit: int,
    columns: str,
) -> list[Row]:
    """The newest entries of the stretches between two places, found by their person's index."""
    low, floor = between
    behind = floor._replace(id=floor.id - 1)
    bounded = []
    for stretch in stretches:
        *line, n = stretch[:7]
        first, last = _first(stretch), _last(stretch)
        # Of two entries nothing lies between that would be theirs.
        for begin, end in [(first, first), (last, last)] if n == 2 else [(first, last)]:
            begin, end = max(begin, low) if low else begin, min(end, behind)
            if begin <= end:
                bounded.append((*line, *place_of(begin), *place_of(end)))
    if not bounded:
        return []
    asked = filters.conditions()
    narrowed = "".join(f" AND {sql}" for sql, _ in asked)
    return fetched(
        f"SELECT {columns} FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[],"  # noqa: S608  constants
        " %s::uuid[], %s::date[], %s::int2[], %s::xid8[], %s::int8[], %s::int2[], %s::xid8[],"
        " %s::int8[]) AS s (of_kind, of_outcome, of_channel, of_agency, of_actor, of_day,"
        " fe, fx, fi, le, lx, li)"
        " CROSS JOIN LATERAL (SELECT * FROM audit_entry WHERE cell_id = %s AND actor = of_actor"
        " AND (epoch, xid, id) >= (fe, fx, fi) AND (epoch, xid, id) <= (le, lx, li)"
        " AND kind = of_kind AND outcome = of_outcome"
        f" AND coalesce(agency, %s) = of_agency AND {CHANNEL} = of_channel"
        f" AND {_SINCE.format(day='of_day')} AND {_UNTIL.format(day='of_day')}"
        # Said of all of them as well, it leaves few partitions to be planned for.
        f" AND {_SINCE.format(day='%s::date')} AND {_UNTIL.format(day='%s::date')}"
        f"{narrowed} ORDER BY {NEWEST_FIRST} LIMIT %s) AS audit_entry"
        f" ORDER BY {NEWEST_FIRST} LIMIT %s",
        [
            *_columns(bounded),
            cell_id,
            NOBODY,
            *[min(row[5] for row in bounded)] * 2,
            *[max(row[5] for row in bounded)] * 2,
            *(value for _, value in asked),
            limit,
            limit,
        ],
    )


def _first(stretch: Row) -> Key:
    return Key(*stretch[7:10])


def _last(stretch: Row) -> Key:
    return Key(*stretch[10:13])


def place_of(key: Key) -> list[Any]:
    """A place as ``PLACE`` takes it."""
    return [key.epoch, str(key.xid), key.id]


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def fetched(query: str, values: list[Any]) -> list[Row]:
    """The rows of a query, on the connection that pages ask on."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, values)
        rows: list[Row] = cursor.fetchall()
    return rows
