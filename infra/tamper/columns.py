"""Single rows: one column another value, one bit, another time, two rows that change places."""

from audit.merkle import SIZE, WIDTH
from infra.tamper.planted import Hand, Planted, entry, one, over_checkpoint, under_tile

ORDER = {"epoch": "int2", "xid": "xid8", "id": "int8"}
UUIDS = ("actor", "seat", "agency", "case_id", "subject_id", "request")
TYPES = {
    "audit_entry": ORDER
    | {"at": "timestamptz", "cell_id": "int4", "kind": "text", "outcome": "text"}
    | dict.fromkeys(UUIDS, "uuid")
    | {"payload": "bytea"},
    "audit_tile": {"cell_id": "int4", "level": "int2", "n": "int8"}
    | {"hashes": "bytea", "root": "bytea"},
    "audit_bundle": {"cell_id": "int4", "n": "int8", "ids": "bytea"}
    | {f"first_{column}": type_ for column, type_ in ORDER.items()}
    | {f"last_{column}": type_ for column, type_ in ORDER.items()},
    "audit_checkpoint": {"cell_id": "int4", "size": "int8", "grown_from": "int8", "root": "bytea"}
    | {f"hi_{column}": type_ for column, type_ in ORDER.items()}
    | {"at": "timestamptz", "note": "text"},
}
"""Every column of the four tables with its type."""

OTHER = {
    "int2": "{0} + {small}",
    "int4": "{0} + {small}",
    "int8": "{0} + {signed}",
    "xid8": "({0}::text::int8 + {signed})::text::xid8",
    "timestamptz": "{0} + make_interval(secs => {signed})",
    "uuid": "gen_random_uuid()",
    "text": "(ARRAY['case.read', 'refused', 'done', {0} || 'x', upper({0})])[{pick}]",
    "bytea": "sha256({0})",
}
FLIPPED = {
    "int2": "({0}::int4 # (1 << {bit}))::int2",
    "int4": "{0} # (1 << {bit})",
    "int8": "{0} # (1::int8 << {bit})",
    "xid8": "({0}::text::int8 # (1::int8 << {bit}))::text::xid8",
    "timestamptz": "timestamptz '2000-01-01Z' + interval '1 microsecond' * ("
    "(extract(epoch FROM {0} - timestamptz '2000-01-01Z') * 1000000)::int8 # (1::int8 << {bit}))",
    "uuid": "encode(set_bit(uuid_send({0}), {bit}, 1 - get_bit(uuid_send({0}), {bit})), 'hex')"
    "::uuid",
    "text": "convert_from(set_bit(convert_to({0}, 'UTF8'), {bit} % (8 * octet_length({0})),"
    " 1 - get_bit(convert_to({0}, 'UTF8'), {bit} % (8 * octet_length({0})))), 'UTF8')",
    "bytea": "set_bit({0}, {bit} % (8 * octet_length({0})),"
    " 1 - get_bit({0}, {bit} % (8 * octet_length({0}))))",
}
BITS = {"int2": 15, "int4": 31, "int8": 63, "xid8": 63, "timestamptz": 60, "uuid": 128}
WEIGHTS = (5, 1, 1, 2)


def update(hand: Hand) -> Planted | None:
    """Any column of any row gets another value."""
    return _changed(hand, OTHER)


def flip_bit(hand: Hand) -> Planted | None:
    """One bit of whatever is stored."""
    return _changed(hand, FLIPPED)


def shift_time(hand: Hand) -> Planted | None:
    """An entry, several in a row or a checkpoint are given another time."""
    cell, chance = hand.cell(), hand.chance
    seconds = chance.choice((-1, 1)) * chance.choice((1, 60, 3600, 86_400, 40 * 86_400))
    change = f"SET at = at + make_interval(secs => {seconds})"
    if chance.random() < 0.2:
        at = chance.randrange(len(hand.ground.checkpoints[cell]))
        size = hand.ground.checkpoints[cell][at].size
        hand.do(f"UPDATE audit_checkpoint {change} WHERE cell_id = {cell} AND size = {size}")
        return Planted(f"checkpoint {size} {change}", over_checkpoint(hand.ground, cell, at))
    first = hand.index(cell)
    last = min(first + chance.choice((0, 0, 1, 30)), hand.ground.size(cell) - 1)
    ids = [key.id for key in hand.ground.keys[cell][first : last + 1]]
    hand.do(f"UPDATE audit_entry {change} WHERE cell_id = {cell} AND id = ANY(%s)", [ids])
    return Planted(f"entries {first} to {last} {change}", {cell: (first, last + 1)})


def swap(hand: Hand) -> Planted | None:
    """Two rows of one table give each other one column, or everything that they hold."""
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    table = chance.choices(tuple(TYPES), WEIGHTS)[0]
    if table == "audit_entry":
        two = sorted(chance.sample(range(ground.size(cell)), 2))
        rows = [entry(ground, cell, index) for index in two]
        columns = [*TYPES[table]]
        spots = {cell: (two[0], two[1] + 1)}
    elif table == "audit_checkpoint":
        two = sorted(chance.sample(range(len(ground.checkpoints[cell])), 2))
        sizes = [ground.checkpoints[cell][at].size for at in two]
        rows = [f"cell_id = {cell} AND size = {size}" for size in sizes]
        columns = ["root", "hi_epoch", "hi_xid", "hi_id", "at", "note"]
        around = [over_checkpoint(ground, cell, at)[cell] for at in two]
        spots = {cell: (around[0][0], around[1][1])}
    else:
        if ground.tiles(cell) < 2:
            return None
        rows = [f"cell_id = {cell} AND n = {n}" for n in (0, 1)]
        tile = table == "audit_tile"
        columns = ["hashes", "root"] if tile else ["ids", "last_id", "last_xid"]
        spots = {cell: (0, 512)}
    chosen = chance.choice([[column] for column in columns] + [columns])
    given = ", ".join(f"{column} = b.{column}" for column in chosen)
    differs = " OR ".join(f"a.{column} IS DISTINCT FROM b.{column}" for column in chosen)
    pairs = " OR ".join(
        f"(a.tableoid, a.ctid) = (SELECT tableoid, ctid FROM {table} WHERE {rows[mine]})"
        f" AND {_of('b', theirs)}"
        for mine, theirs in ((0, rows[1]), (1, rows[0]))
    )
    done = hand.do(f"UPDATE {table} a SET {given} FROM {table} b WHERE ({pairs}) AND ({differs})")
    if table == "audit_entry" and {"id", "xid", "epoch"} <= set(chosen):
        return None  # each is now the other: nothing has changed
    return Planted(f"{table}: {given} for {two_said(rows)}", spots) if done else None


def two_said(rows: list[str]) -> str:
    """Which rows they are."""
    return " and ".join(rows)


def cut(hand: Hand) -> Planted | None:
    """A tile, its bundle or both end too early, and name what they still hold."""
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    if not ground.tiles(cell):
        return None
    n, left = chance.randrange(ground.tiles(cell)), chance.choice((1, 64, 100, 128, 255))
    which = chance.choice(("tile", "bundle", "both"))
    place = f"WHERE cell_id = {cell} AND n = {n}"
    if which != "bundle":
        hashes = f"substr(hashes, 1, {left * SIZE})"
        hand.do(f"UPDATE audit_tile SET hashes = {hashes} {place} AND level = 0")
    if which != "tile":
        last = ground.keys[cell][n * WIDTH + left - 1]
        change = f"ids = substr(ids, 1, {left * 8}), last_epoch = {last.epoch}, last_id = {last.id}"
        hand.do(f"UPDATE audit_bundle SET {change}, last_xid = '{last.xid}'::xid8 {place}")
    return Planted(f"{which} {n} cut to {left}", under_tile(cell, n))


def _of(alias: str, condition: str) -> str:
    """The condition on the columns of one of the two."""
    return " AND ".join(f"{alias}.{part}" for part in condition.split(" AND "))


def _changed(hand: Hand, expressions: dict[str, str]) -> Planted | None:
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    table = chance.choices(tuple(TYPES), WEIGHTS)[0]
    column = chance.choice(tuple(TYPES[table]))
    type_ = TYPES[table][column]
    new = expressions[type_].format(
        column,
        small=chance.choice((-1, 1, 2, 20)),
        signed=chance.choice((-1, 1)) * chance.randint(1, 300),
        bit=chance.randrange(BITS.get(type_, 10**6)),
        pick=chance.randint(1, 5),
    )
    if table == "audit_entry":
        index = hand.index(cell)
        where, spots = entry(ground, cell, index), one(cell, index)
    elif table == "audit_checkpoint":
        at = chance.randrange(len(ground.checkpoints[cell]))
        where = f"cell_id = {cell} AND size = {ground.checkpoints[cell][at].size}"
        spots = over_checkpoint(ground, cell, at)
    else:
        if not ground.tiles(cell):
            return None
        n = chance.randrange(ground.tiles(cell))
        where, spots = f"cell_id = {cell} AND n = {n}", under_tile(cell, n)
    differs = f"({new}) IS DISTINCT FROM {column}"
    done = hand.do(f"UPDATE {table} SET {column} = {new} WHERE {where} AND {differs}")
    takes_last_away = column == "cell_id" and table == "audit_checkpoint"
    said = f"{table}.{column} = {new} where {where}"
    return Planted(said, spots, shortens=takes_last_away) if done else None
