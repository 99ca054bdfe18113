"""The end of a log taken away, written anew, or as it was some time ago."""

import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, entries, keys, log
from audit.checkpoint import Checkpoint
from audit.growing import CellLog
from audit.leaf import BEGINNING, END
from audit.merkle import WIDTH
from infra.tamper.ground import CELLS
from infra.tamper.planted import Hand, Planted, entry


def truncate(hand: Hand) -> Planted | None:
    """The last entries go: alone, with what was signed over them, or with the tiles as well."""
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    left = max(0, ground.size(cell) - chance.choice((1, 2, 5, 12, 40, 200)))
    ids = [key.id for key in ground.keys[cell][left:]]
    hand.do("DELETE FROM audit_entry WHERE cell_id = %s AND id = ANY(%s)", [cell, ids])
    how = chance.randrange(3)
    if how:
        hand.do("DELETE FROM audit_checkpoint WHERE cell_id = %s AND size > %s", [cell, left])
    if how == 2:
        _tiles_up_to(hand, cell, left)
    what = ("entries", "entries and checkpoints", "entries, checkpoints and tiles")[how]
    spots = {cell: (_sealed(hand, cell, left) if how else left, ground.size(cell))}
    return Planted(f"{what} of {cell} after {left}", spots, shortens=how > 0)


def restore_older(hand: Hand) -> Planted | None:
    """One cell, or all of them, as the database was at some checkpoint."""
    ground, chance = hand.ground, hand.chance
    moment = chance.choice(ground.checkpoints[hand.cell()][:-1]).at
    cells = CELLS if chance.random() < 0.5 else (hand.cell(),)
    spots = {}
    for cell in cells:
        kept = [each for each in ground.checkpoints[cell] if each.at <= moment]
        left = kept[-1].size if kept else 0
        if left == ground.size(cell):
            continue
        ids = [key.id for key in ground.keys[cell][left:]]
        hand.do("DELETE FROM audit_entry WHERE cell_id = %s AND id = ANY(%s)", [cell, ids])
        hand.do("DELETE FROM audit_checkpoint WHERE cell_id = %s AND size > %s", [cell, left])
        _tiles_up_to(hand, cell, left)
        spots[cell] = (left, ground.size(cell))
    return Planted(f"cells {sorted(spots)} as of {moment}", spots, shortens=True) if spots else None


def recompute(hand: Hand) -> Planted | None:
    """One entry differs, and everything over it is computed anew: by a stranger, by somebody who
    leaves the old signatures, or by whoever holds the log's own key."""
    cell, chance, ground = hand.cell(), hand.chance, hand.ground
    index = hand.index(cell)
    where = entry(ground, cell, index)
    change = chance.choice(("another", "without", "one more"))
    if change == "another":
        hand.do(f"UPDATE audit_entry SET case_id = gen_random_uuid() WHERE {where}")
        more = 0
    elif change == "without":
        hand.do(f"DELETE FROM audit_entry WHERE {where}")
        more = -1
    else:
        key = ground.keys[cell][index]
        hand.do(
            "INSERT INTO audit_entry (id, epoch, xid, at, cell_id, kind, outcome, actor, request,"
            " payload) OVERRIDING SYSTEM VALUE SELECT %s, epoch, xid, at, cell_id, kind, outcome,"
            f" actor, gen_random_uuid(), sha256(%s) FROM audit_entry WHERE {where}",
            [-chance.randint(1, 10**9), secrets.token_bytes(8)],
        )
        more = 1
        index = ground.place(cell, key._replace(id=-(10**10)))
    who = chance.choice(("nobody", "a stranger", "the log's key"))
    signer = {"a stranger": Ed25519PrivateKey.generate(), "the log's key": keys.signing_key()}
    _grown_anew(hand, cell, index, more, signer.get(who))
    said = f"{change} {index} of {cell}, signed by {who}"
    spot = (index, ground.size(cell) + 1)
    if who == "the log's key":
        # Only a copy knows, and it knows no more than that it was before its end.
        return Planted(said, {cell: spot}, shortens=True)
    return Planted(said, {cell: spot})


def _grown_anew(
    hand: Hand, cell: int, index: int, more: int, signer: Ed25519PrivateKey | None
) -> None:
    """Tiles, bundles and checkpoints over the entries that are there now."""
    connection, old = hand.connection, hand.ground.checkpoints[cell]
    for table in ("audit_tile", "audit_bundle", "audit_checkpoint"):
        hand.do(f"DELETE FROM {table} WHERE cell_id = %s", [cell])
    leaves = list(entries.leaves_between(connection, cell, BEGINNING, END))
    grown = CellLog(cell)
    for stored in old:
        size = stored.size if stored.size <= index else stored.size + more
        before = grown.size
        if size <= before:
            continue
        growth = grown.grow(leaves[before:size])
        for tile in growth.tiles:
            hand.do("INSERT INTO audit_tile VALUES (%s, %s, %s, %s, %s)", [cell, *tile])
        for n, full in growth.bundles:
            ends = (*log.in_sql(full[0]), *log.in_sql(full[-1]))
            hand.do(
                "INSERT INTO audit_bundle VALUES (%s, %s, %s, %s::xid8, %s, %s, %s::xid8, %s, %s)",
                [cell, n, *ends, log.packed([key.id for key in full])],
            )
        said = Checkpoint(keys.origin(cell), grown.size, grown.edge.root(), stored.at)
        same = size <= index or signer is None
        note = stored.note if same else checkpoint.sign(said, signer)
        hand.do(
            "INSERT INTO audit_checkpoint VALUES (%s, %s, %s, %s, %s, %s::xid8, %s, %s, %s)",
            [cell, grown.size, before, said.root, *log.in_sql(grown.hi), said.at, note],
        )


def _tiles_up_to(hand: Hand, cell: int, left: int) -> None:
    for table in ("audit_tile", "audit_bundle"):
        hand.do(f"DELETE FROM {table} WHERE cell_id = %s AND n >= %s", [cell, left // WIDTH])


def _sealed(hand: Hand, cell: int, left: int) -> int:
    """The size of the newest checkpoint of so many entries or fewer."""
    return max((s.size for s in hand.ground.checkpoints[cell] if s.size <= left), default=0)
