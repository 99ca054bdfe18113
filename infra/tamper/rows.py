"""Whole rows and whole tables: taken away, slipped in, brought from another cell."""

import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, keys
from audit.checkpoint import Checkpoint
from infra.tamper.columns import TYPES
from infra.tamper.ground import CELLS
from infra.tamper.planted import Hand, Planted, entry, one, over_checkpoint, under_tile

ENTRY = ", ".join(TYPES["audit_entry"])
MANY = 10**12
"""Above the number of every entry."""


def delete(hand: Hand) -> Planted | None:
    """One row of any table."""
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    table = chance.choices(tuple(TYPES), (5, 1, 1, 2))[0]
    shortens = False
    if table == "audit_entry":
        index = hand.index(cell)
        where, spots = entry(ground, cell, index), one(cell, index)
    elif table == "audit_checkpoint":
        at = chance.randrange(len(ground.checkpoints[cell]))
        where = f"cell_id = {cell} AND size = {ground.checkpoints[cell][at].size}"
        spots = over_checkpoint(ground, cell, at)
        shortens = at == len(ground.checkpoints[cell]) - 1
    else:
        if not ground.tiles(cell):
            return None
        n = chance.randrange(ground.tiles(cell))
        where, spots = f"cell_id = {cell} AND n = {n}", under_tile(cell, n)
    hand.do(f"DELETE FROM {table} WHERE {where}")
    return Planted(f"{table} without {where}", spots, shortens)


def insert(hand: Hand) -> Planted | None:
    """An entry that nobody wrote, one that stands there twice, a tile, a bundle, a checkpoint."""
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    table = chance.choices(tuple(TYPES), (6, 1, 1, 2))[0]
    full, size = ground.tiles(cell), ground.size(cell)
    if table == "audit_entry":
        return _forged(hand, cell, cell, twice=chance.random() < 0.25)
    if table == "audit_checkpoint":
        at = chance.randrange(len(ground.checkpoints[cell]))
        stored = ground.checkpoints[cell][at]
        new = chance.choice((stored.size + chance.randint(1, 40), size + chance.randint(1, 40)))
        said = Checkpoint(keys.origin(cell), new, secrets.token_bytes(32), stored.at)
        hand.do(
            "INSERT INTO audit_checkpoint SELECT cell_id, %s, %s, %s, hi_epoch, hi_xid, hi_id, at,"
            " %s FROM audit_checkpoint WHERE cell_id = %s AND size = %s",
            [
                *(new, new - 1, said.root),
                *(checkpoint.sign(said, Ed25519PrivateKey.generate()), cell, stored.size),
            ],
        )
        return Planted(f"a checkpoint of {new} entries", {cell: (min(new, size) - 1, new + 90)})
    beyond = full + chance.randint(0, 2)
    if table == "audit_tile":
        level = chance.randint(0, 2)
        n = beyond if level == 0 else chance.randint(0, 2)
        hand.do(
            "INSERT INTO audit_tile VALUES (%s, %s, %s, %s, %s)",
            [cell, level, n, secrets.token_bytes(8192), secrets.token_bytes(32)],
        )
        return Planted(f"tile {n} of level {level}", {cell: (full * 256, MANY)})
    if not full:
        return None
    hand.do(
        "INSERT INTO audit_bundle SELECT cell_id, %s, first_epoch, first_xid, first_id + 1,"
        " last_epoch, last_xid, last_id, ids FROM audit_bundle WHERE cell_id = %s AND n = 0",
        [beyond, cell],
    )
    return Planted(f"bundle {beyond}", {cell: (full * 256, MANY)})


def copy_across(hand: Hand) -> Planted | None:
    """What belongs to one cell stands in another as well, or only there."""
    chance, ground = hand.chance, hand.ground
    source, target = chance.sample(CELLS, 2)
    pick = chance.random()
    if pick < 0.5:
        return _forged(hand, source, target, twice=chance.random() < 0.5)
    if pick < 0.7:
        index = hand.index(source)
        hand.do(f"UPDATE audit_entry SET cell_id = {target} WHERE {entry(ground, source, index)}")
        return Planted(f"entry {index} of {source} moved to {target}", one(source, index))
    if pick < 0.85:
        at = chance.randrange(len(ground.checkpoints[target]))
        size = ground.checkpoints[target][at].size
        other = chance.choice(ground.checkpoints[source]).size
        hand.do(
            "UPDATE audit_checkpoint a SET root = b.root, note = b.note FROM audit_checkpoint b"
            " WHERE a.cell_id = %s AND a.size = %s AND b.cell_id = %s AND b.size = %s",
            [target, size, source, other],
        )
        said = f"checkpoint {other} of {source} as {size} of {target}"
        return Planted(said, over_checkpoint(ground, target, at))
    n = chance.randrange(max(1, ground.tiles(source)))
    table, column = chance.choice((("audit_tile", "hashes"), ("audit_bundle", "ids")))
    done = hand.do(
        f"UPDATE {table} a SET {column} = b.{column} FROM {table} b"
        " WHERE a.cell_id = %s AND a.n = 0 AND b.cell_id = %s AND b.n = %s",
        [target, source, n],
    )
    return Planted(f"{table} {n} of {source} in {target}", under_tile(target, 0)) if done else None


def drop_partition(hand: Hand) -> Planted | None:
    """A month is dropped, emptied, or no longer belongs to the record."""
    part = hand.chance.choice(hand.ground.partitions)
    held = {
        cell: [hand.ground.place(cell, key) - 1 for key in found]
        for cell, found in _held(hand, part).items()
    }
    how = hand.chance.choice(
        (
            f"DROP TABLE {part}",
            f"TRUNCATE {part}",
            f"ALTER TABLE audit_entry DETACH PARTITION {part}",
        )
    )
    hand.do(how)
    return Planted(how, {cell: (min(found), max(found) + 1) for cell, found in held.items()})


def _held(hand: Hand, part: str) -> dict[int, list[tuple[int, int, int]]]:
    rows = hand.connection.execute(
        f"SELECT cell_id, epoch, xid::text::int8, id FROM {part} WHERE cell_id = ANY(%s)",
        [list(CELLS)],
    ).fetchall()
    found: dict[int, list[tuple[int, int, int]]] = {}
    for cell, *key in rows:
        found.setdefault(cell, []).append(tuple(key))
    return found


def _forged(hand: Hand, source: int, target: int, *, twice: bool) -> Planted:
    """An entry of one cell with a number of its own, or the very same once more."""
    ground, index = hand.ground, hand.index(source)
    key = ground.keys[source][index]
    # A number below all others of its transaction: beside it, and never behind the sealer's reach.
    number = key.id if twice else -hand.chance.randint(1, 10**9)
    columns = ENTRY.replace(" id,", f" {number},", 1).replace("cell_id", str(target), 1)
    hand.do(
        f"INSERT INTO audit_entry ({ENTRY}) OVERRIDING SYSTEM VALUE"
        f" SELECT {columns} FROM audit_entry WHERE {entry(ground, source, index)}"
    )
    place = ground.place(target, key._replace(id=number))
    spot = (index if source == target and twice else place - 1, place + 1)
    return Planted(f"entry {index} of {source} in {target} as {number}", {target: spot})
