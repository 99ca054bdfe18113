"""Reads a page of entries, newest first, in the same short time whatever is asked for.

What fits often is found by walking the log back from the newest entry. What fits rarely would take
the walk through the whole log: after a while it goes on by the tally, which says where entries that
may fit begin and end. Behind the tally's reach, which follows the sealer, everything is walked, so
that nothing is ever left out because it has not been counted yet.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

from audit.desk import groups
from audit.desk.filters import CHANNEL, Filters
from audit.leaf import END, NOBODY, Key
from audit.log import legible

Row = tuple[Any, ...]
Place = tuple[str, list[Any]]

COLUMNS: Final = (
    f"epoch, xid::text::int8, id, {legible('at')}, kind, outcome, actor, seat, agency, case_id,"
    " subject_id, request, payload"
)
KEYS: Final = "epoch, xid::text::int8, id"
WALKED: Final = 20_000
ATTEMPTS: Final = 3
"""So often the tally is asked while it moves on; then the log is walked, however far it is."""

# Named with their table: bare, ``xid`` would be the converted output column, which no index has.
_NEWEST_FIRST = "audit_entry.epoch DESC, audit_entry.xid DESC, audit_entry.id DESC"
_PLACE = "(%s::int2, %s::xid8, %s::int8)"
_FIRST, _LAST = "(first_epoch, first_xid, first_id)", "(last_epoch, last_xid, last_id)"
# The first and last day that are counted hold every moment beyond them too: see audit.sql.tally.
_BEGINNING = (
    "CASE WHEN of_day > '0001-01-02' THEN of_day::timestamp AT TIME ZONE 'Europe/Paris'"
    " ELSE '-infinity' END"
)
_END = (
    "CASE WHEN of_day < '9999-12-30' THEN ((of_day + 1)::timestamp - interval '1 microsecond')"
    " AT TIME ZONE 'Europe/Paris' ELSE 'infinity' END"
)
_OF_TALLY: Final = {
    "actor": "actor = %s",
    "agency": "agency = %s",
    "kind": "kind = %s",
    "channel": "channel = %s",
    "outcome": "outcome = %s",
    "since": "day >= (%s AT TIME ZONE 'Europe/Paris')::date",
    "until": "day <= ((%s - interval '1 microsecond') AT TIME ZONE 'Europe/Paris')::date",
}


def newest(
    cell_id: int,
    filters: Filters,
    before: Key | None,
    limit: int,
    *,
    walked: int = WALKED,
    columns: str = COLUMNS,
) -> list[Row]:
    """Up to so many rows that fit, from a place in the log back: ``COLUMNS``, or only ``KEYS``.

    ``walked`` entries are looked at before the tally is asked.
    """
    # A case has an index of its own and few entries beside those of its cell.
    if filters.case or not _is_narrowed(filters):
        return _walked(cell_id, filters, before, limit, columns)
    rows: list[Row] = []
    if filters.until:
        rows, before = _down_to_days(cell_id, filters, before, limit, columns)
        if len(rows) == limit or before is None:
            return rows
    for where, place in places_before(before):
        wanted = limit - len(rows)
        rows += _looked_through(cell_id, filters, (where, place), walked, wanted, columns)
        if len(rows) == limit:
            return rows
        if (floor := _end_of_walk(cell_id, filters, (where, place), walked)) is not None:
            return rows + _by_tally(cell_id, filters, floor, limit - len(rows), columns)
    return rows


def _down_to_days(
    cell_id: int, filters: Filters, before: Key | None, limit: int, columns: str
) -> tuple[list[Row], Key | None]:
    """What fits and is not counted yet, and where the counted days that are asked for end.

    Nothing that is counted and fits lies behind that place. None when no such day is counted.
    """
    reach = _reach()
    rows = _walked(cell_id, filters, before or END, limit, columns, above=reach)
    days = _days(cell_id, filters)
    if days is None:
        return rows, None
    end = min(days[1], reach)
    return rows, min(before or END, end._replace(id=end.id + 1))


def _days(cell_id: int, filters: Filters) -> tuple[Key, Key] | None:
    """Where the days that are asked for begin and end, as far as they are counted."""
    where, values = counted(Filters(since=filters.since, until=filters.until))
    days = _fetched(
        "SELECT first_epoch, first_xid::text::int8, first_id,"  # noqa: S608  constants
        f" last_epoch, last_xid::text::int8, last_id FROM audit_tally_day WHERE {where}",
        [cell_id, *values],
    )
    if not days:
        return None
    return min(Key(*row[:3]) for row in days), max(Key(*row[3:]) for row in days)


def places_before(place: Key | None, *, above: Key | None = None) -> list[Place]:
    """Conditions for what lies before a place and above another, the nearest first.

    One for each epoch: see audit.entries.
    """
    if place is None:
        return [("true", [])]
    floor, values = "", []
    if above is not None:
        floor = f" AND (epoch, xid, id) > {_PLACE}"
        values = [above.epoch, str(above.xid), above.id]
    return [
        (
            f"epoch = %s::int2 AND (xid, id) < (%s::xid8, %s::int8){floor}",
            [place.epoch, str(place.xid), place.id, *values],
        ),
        (f"epoch < %s::int2{floor}", [place.epoch, *values]),
    ]


def _is_narrowed(filters: Filters) -> bool:
    return bool(set(filters.in_use()) - {"actor"})


def _walked(
    cell_id: int,
    filters: Filters,
    before: Key | None,
    limit: int,
    columns: str,
    *,
    above: Key | None = None,
) -> list[Row]:
    """Straight along the index, however far it is."""
    asked = filters.conditions()
    rows: list[Row] = []
    for where, place in places_before(before, above=above):
        if len(rows) < limit:
            conditions = " AND ".join(["cell_id = %s", *(sql for sql, _ in asked), where])
            rows += _fetched(
                f"SELECT {columns} FROM audit_entry WHERE {conditions}"  # noqa: S608  constants
                f" ORDER BY {_NEWEST_FIRST} LIMIT %s",
                [cell_id, *(value for _, value in asked), *place, limit - len(rows)],
            )
    return rows


def _looked_through(
    cell_id: int, filters: Filters, where: Place, walked: int, limit: int, columns: str
) -> list[Row]:
    """What fits among the next entries of the cell, or of the person."""
    asked = filters.conditions()
    narrowed = " AND ".join(sql for sql, _ in asked)
    # Within one epoch the planner forgets that it is one, and would sort.
    order = _NEWEST_FIRST.partition(", ")[2] if where[0].startswith("epoch =") else _NEWEST_FIRST
    return _fetched(
        f"SELECT {columns} FROM ({_next_entries(filters, '*', where[0])} LIMIT %s)"  # noqa: S608  constants
        f" AS audit_entry WHERE {narrowed} ORDER BY {order} LIMIT %s",
        [*_of_next(cell_id, filters, where[1]), walked, *(value for _, value in asked), limit],
    )


def _end_of_walk(cell_id: int, filters: Filters, where: Place, walked: int) -> Key | None:
    """The last place that was looked at; None when there is nothing behind it."""
    rows = _fetched(
        f"{_next_entries(filters, KEYS, where[0])} OFFSET %s LIMIT 1",
        [*_of_next(cell_id, filters, where[1]), walked - 1],
    )
    return Key(*rows[0]) if rows else None


def _next_entries(filters: Filters, columns: str, where: str) -> str:
    person = " AND actor = %s" if filters.actor else ""
    return (
        f"SELECT {columns} FROM audit_entry WHERE cell_id = %s{person} AND {where}"  # noqa: S608  constants
        f" ORDER BY {_NEWEST_FIRST}"
    )


def _of_next(cell_id: int, filters: Filters, place: list[Any]) -> list[Any]:
    return [cell_id, *([filters.actor] if filters.actor else []), *place]


def _by_tally(cell_id: int, filters: Filters, floor: Key, limit: int, columns: str) -> list[Row]:
    """What fits before the floor: walked as far as nothing is counted, then by the tally."""
    for _attempt in range(ATTEMPTS):
        reach = _reach()
        rows = _by_tally_up_to(cell_id, filters, floor, limit, columns, reach)
        # While it is counted on, a stretch may pass from one question to one already asked.
        if _reach() == reach:
            return rows
    return _walked(cell_id, filters, floor, limit, columns)


def _reach() -> Key:
    """How far everything is counted."""
    [reached] = _fetched(f"SELECT {KEYS} FROM audit_tally_reach", [])  # noqa: S608  constants
    return Key(*reached)


def _by_tally_up_to(
    cell_id: int, filters: Filters, floor: Key, limit: int, columns: str, reach: Key
) -> list[Row]:
    rows: list[Row] = []
    if reach < floor:
        rows = _walked(cell_id, filters, floor, limit, columns, above=reach)
        floor = Key(reach.epoch, reach.xid, reach.id + 1)
    wanted = limit - len(rows)
    if wanted and not set(filters.in_use()) - {"since", "until"}:
        # All that happened in a time: nobody's stretches, only where its days begin and end.
        return rows + _walked_days(cell_id, filters, floor, wanted, columns)
    days = _days(cell_id, filters) if wanted and filters.since else None
    # A day that the floor lies in is asked as a whole, the others from the newest back.
    stretches = _stretches_over(cell_id, filters, floor)
    found: list[Row] = []
    below = floor
    while wanted:
        more = _stretches_before(cell_id, filters, below, days and days[0], wanted)
        found += _entries_in(cell_id, filters, stretches + more, floor, wanted, columns)
        found = sorted(found, key=_key, reverse=True)[:wanted]
        if len(more) < wanted:
            break
        stretches, below = [], Key(*more[-1][-3:])
        # What has not been asked yet lies before this, all of it.
        if len(found) == wanted and _key(found[-1]) >= below:
            break
    return rows + found


def _walked_days(cell_id: int, filters: Filters, floor: Key, limit: int, columns: str) -> list[Row]:
    """What fits before the floor, walked only along the days that are asked for."""
    days = _days(cell_id, filters)
    if days is None:
        return []
    begin, end = days
    above, below = begin._replace(id=begin.id - 1), end._replace(id=end.id + 1)
    return _walked(cell_id, filters, min(floor, below), limit, columns, above=above)


def _place_of(key: Key) -> list[Any]:
    return [key.epoch, str(key.xid), key.id]


def _key(row: Row) -> Key:
    return Key(*row[:3])


_STRETCH = (
    "kind, outcome, channel, agency, actor, day, first_epoch, first_xid::text::int8, first_id,"
    " last_epoch, last_xid::text::int8, last_id"
)


def counted(filters: Filters) -> tuple[str, list[Any]]:
    """The filters for the table of the tally, after the cell; a case and a subject it ignores."""
    asked = {name: sql for name, sql in _OF_TALLY.items() if getattr(filters, name)}
    group = filters.of_group()
    conditions = ["cell_id = %s", *asked.values(), *(sql for sql, _ in group)]
    values = [*(getattr(filters, name) for name in asked), *(value for _, value in group)]
    return " AND ".join(conditions), values


def _stretches_over(cell_id: int, filters: Filters, floor: Key) -> list[Row]:
    where, values = counted(filters)
    place = [floor.epoch, str(floor.xid), floor.id] * 2
    return _fetched(
        f"SELECT {_STRETCH} FROM audit_tally WHERE {where} AND day = ANY (ARRAY("  # noqa: S608  constants
        "SELECT d.day FROM audit_tally_day d WHERE d.cell_id = %s"
        f" AND (d.first_epoch, d.first_xid, d.first_id) < {_PLACE}"
        f" AND (d.last_epoch, d.last_xid, d.last_id) >= {_PLACE}))"
        f" AND {_FIRST} < {_PLACE} AND {_LAST} >= {_PLACE}",
        [cell_id, *values, cell_id, *place, *place],
    )


def _stretches_before(
    cell_id: int, filters: Filters, below: Key, begin: Key | None, limit: int
) -> list[Row]:
    # Each kind of a group by itself, along its index: all at once are sought in the whole tally,
    # unless a person or an agency leads to few.
    alone = not (filters.actor or filters.agency)
    kinds = list(groups.kinds_of(filters.group)) if alone else []
    where, values = counted(replace(filters, group="") if kinds else filters)
    order = "ORDER BY last_epoch DESC, audit_tally.last_xid DESC, audit_tally.last_id DESC LIMIT %s"
    of_kind = " AND kind = of_group" if kinds else ""
    since = f" AND {_LAST} >= {_PLACE}" if begin else ""
    newest = f"FROM audit_tally WHERE {where}{of_kind} AND {_LAST} < {_PLACE}{since} {order}"
    asked = [cell_id, *values, *_place_of(below), *(_place_of(begin) if begin else []), limit]
    if not kinds:
        return _fetched(f"SELECT {_STRETCH} {newest}", asked)
    return _fetched(
        f"SELECT {_STRETCH} FROM unnest(%s::text[]) AS kinds (of_group) CROSS JOIN LATERAL"  # noqa: S608  constants
        f" (SELECT * {newest}) AS audit_tally {order}",
        [kinds, *asked, limit],
    )


def _entries_in(
    cell_id: int,
    filters: Filters,
    stretches: Sequence[Row],
    floor: Key,
    limit: int,
    columns: str,
) -> list[Row]:
    """The newest entries of these stretches, each found by its person's index."""
    if not stretches:
        return []
    asked = filters.conditions()
    narrowed = "".join(f" AND {sql}" for sql, _ in asked)
    bounds = [list(column) for column in zip(*stretches, strict=True)]
    for place in (7, 10):
        bounds[place] = [str(xid) for xid in bounds[place]]
    return _fetched(
        f"SELECT {columns} FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[],"  # noqa: S608  constants
        " %s::uuid[], %s::date[], %s::int2[], %s::xid8[], %s::int8[], %s::int2[], %s::xid8[],"
        " %s::int8[]) AS s (of_kind, of_outcome, of_channel, of_agency, of_actor, of_day,"
        " fe, fx, fi, le, lx, li)"
        " CROSS JOIN LATERAL (SELECT * FROM audit_entry WHERE cell_id = %s AND actor = of_actor"
        " AND (epoch, xid, id) >= (fe, fx, fi) AND (epoch, xid, id) <= (le, lx, li)"
        f" AND (epoch, xid, id) < {_PLACE} AND kind = of_kind AND outcome = of_outcome"
        f" AND coalesce(agency, %s) = of_agency AND {CHANNEL} = of_channel"
        f" AND at >= {_BEGINNING} AND at <= {_END}"
        f"{narrowed} ORDER BY {_NEWEST_FIRST} LIMIT %s) AS audit_entry"
        f" ORDER BY {_NEWEST_FIRST} LIMIT %s",
        [
            *bounds,
            cell_id,
            *(floor.epoch, str(floor.xid), floor.id),
            NOBODY,
            *(value for _, value in asked),
            limit,
            limit,
        ],
    )


def _fetched(query: str, values: list[Any]) -> list[Row]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, values)
        rows: list[Row] = cursor.fetchall()
    return rows
