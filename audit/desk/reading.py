"""Reads a page of entries, newest first, in the same short time whatever is asked for.

What fits often is found by walking the log back from the newest entry. What fits rarely would take
the walk through the whole log: after a while it goes on by the tally, which says where entries that
may fit begin and end. One person's entries lie far apart, each on a page of its own: they are found
by the tally from the first one on. Behind the tally's reach, which follows the sealer, everything
is walked, so that nothing is ever left out because it has not been counted yet.
"""

from typing import Any, Final

from audit.desk import stretches
from audit.desk.filters import Filters
from audit.desk.stretches import NEWEST_FIRST, PLACE, Row, fetched, place_of
from audit.leaf import END, Key
from audit.log import legible

Place = tuple[str, list[Any]]

COLUMNS: Final = (
    f"epoch, xid::text::int8, id, {legible('at')}, kind, outcome, actor, seat, agency, case_id,"
    " subject_id, request, payload"
)
KEYS: Final = "epoch, xid::text::int8, id"
WALKED: Final = 2_000
ATTEMPTS: Final = 3
"""So often the tally is asked while it moves on; then the log is walked, however far it is."""

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
    walked: int | None = None,
    columns: str = COLUMNS,
) -> list[Row]:
    """Up to so many rows that fit, from a place in the log back: ``COLUMNS``, or only ``KEYS``.

    ``walked`` entries are looked at before the tally is asked: a few, or as many as are wanted.
    """
    if walked is None:
        walked = max(WALKED, limit)
    # A case has an index of its own and few entries beside those of its cell.
    if filters.case or not _is_narrowed(filters):
        return _walked(cell_id, filters, before, limit, columns)
    rows: list[Row] = []
    if filters.until:
        rows, before = _down_to_days(cell_id, filters, before, limit, columns)
        if len(rows) == limit or before is None:
            return rows
    if filters.actor:
        return rows + _by_tally(cell_id, filters, before or END, limit - len(rows), columns)
    for where, place in places_before(before):
        wanted = limit - len(rows)
        rows += _looked_through(cell_id, filters, (where, place), walked, wanted, columns)
        if len(rows) == limit:
            return rows
        if (floor := _end_of_walk(cell_id, (where, place), walked)) is not None:
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
    days = fetched(
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
        floor = f" AND (epoch, xid, id) > {PLACE}"
        values = place_of(above)
    return [
        (
            f"epoch = %s::int2 AND (xid, id) < (%s::xid8, %s::int8){floor}",
            [*place_of(place), *values],
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
    if above is not None and before is not None and before <= above:
        return []
    asked = filters.conditions()
    rows: list[Row] = []
    for where, place in places_before(before, above=above):
        if len(rows) < limit:
            conditions = " AND ".join(["cell_id = %s", *(sql for sql, _ in asked), where])
            rows += fetched(
                f"SELECT {columns} FROM audit_entry WHERE {conditions}"  # noqa: S608  constants
                f" ORDER BY {NEWEST_FIRST} LIMIT %s",
                [cell_id, *(value for _, value in asked), *place, limit - len(rows)],
            )
    return rows


def _looked_through(
    cell_id: int, filters: Filters, where: Place, walked: int, limit: int, columns: str
) -> list[Row]:
    """What fits among the next entries of the cell."""
    asked = filters.conditions()
    narrowed = " AND ".join(sql for sql, _ in asked)
    # Within one epoch the planner forgets that it is one, and would sort.
    order = NEWEST_FIRST.partition(", ")[2] if where[0].startswith("epoch =") else NEWEST_FIRST
    return fetched(
        f"SELECT {columns} FROM ({_next_entries('*', where[0])} LIMIT %s)"  # noqa: S608  constants
        f" AS audit_entry WHERE {narrowed} ORDER BY {order} LIMIT %s",
        [cell_id, *where[1], walked, *(value for _, value in asked), limit],
    )


def _end_of_walk(cell_id: int, where: Place, walked: int) -> Key | None:
    """The last place that was looked at; None when there is nothing behind it."""
    rows = fetched(
        f"{_next_entries(KEYS, where[0])} OFFSET %s LIMIT 1", [cell_id, *where[1], walked - 1]
    )
    return Key(*rows[0]) if rows else None


def _next_entries(columns: str, where: str) -> str:
    return (
        f"SELECT {columns} FROM audit_entry WHERE cell_id = %s AND {where}"  # noqa: S608  constants
        f" ORDER BY {NEWEST_FIRST}"
    )


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
    [reached] = fetched(f"SELECT {KEYS} FROM audit_tally_reach", [])  # noqa: S608  constants
    return Key(*reached)


def _by_tally_up_to(
    cell_id: int, filters: Filters, floor: Key, limit: int, columns: str, reach: Key
) -> list[Row]:
    rows: list[Row] = []
    if reach < floor:
        rows = _walked(cell_id, filters, floor, limit, columns, above=reach)
        floor = Key(reach.epoch, reach.xid, reach.id + 1)
    wanted = limit - len(rows)
    if not wanted:
        return rows
    if not set(filters.in_use()) - {"since", "until", "actor"}:
        # All that happened in a time, or that a person did: only where its days begin and end.
        return rows + _walked_days(cell_id, filters, floor, wanted, columns)
    begin = None
    if filters.since:
        days = _days(cell_id, filters)
        if days is None:
            return rows
        begin = days[0]
    return rows + stretches.entries_before(cell_id, filters, floor, begin, wanted, columns)


def _walked_days(cell_id: int, filters: Filters, floor: Key, limit: int, columns: str) -> list[Row]:
    """What fits before the floor, walked only along the days that are asked for."""
    days = _days(cell_id, filters)
    if days is None:
        return []
    begin, end = days
    above, below = begin._replace(id=begin.id - 1), end._replace(id=end.id + 1)
    return _walked(cell_id, filters, min(floor, below), limit, columns, above=above)


def counted(filters: Filters) -> tuple[str, list[Any]]:
    """The filters for the table of the tally, after the cell; a case and a subject it ignores."""
    asked = {name: sql for name, sql in _OF_TALLY.items() if getattr(filters, name)}
    group = filters.of_group()
    conditions = ["cell_id = %s", *asked.values(), *(sql for sql, _ in group)]
    values = [*(getattr(filters, name) for name in asked), *(value for _, value in group)]
    return " AND ".join(conditions), values
