"""Whatever a hostile administrator does to a sealed log is found, and located.

Each test tampers as a superuser with the guards switched off, in a log of 700 entries: two full
tiles and a tail of 188 that only checkpoints know.
"""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, keys, log
from audit.checkpoint import Checkpoint
from tests.audit.working import guards_off, ids_of, seal, verified

TILE, TAIL = 300, 600


@pytest.fixture
def ids(opened, cell, owner_of_everything):
    """The numbers of 700 sealed entries; the last checkpoint covers the last ten of them."""
    opened(512, each=64)
    seal(cell)
    opened(178, each=64)
    seal(cell)
    opened(10)
    seal(cell)
    assert verified(cell).clean
    return ids_of(owner_of_everything, cell)


@pytest.fixture
def tamper(owner_of_everything):
    """Runs one statement as the hostile administrator."""

    def run(query, parameters=(), table="audit_entry"):
        with guards_off(owner_of_everything, table):
            done = owner_of_everything.execute(query, parameters)
            assert done.rowcount > 0, "the attack did nothing"

    return run


def told(cell):
    """What was found, as (what, index, id, other)."""
    return [(f.what, f.index, f.id, f.other) for f in verified(cell).findings]


COPY = """
INSERT INTO audit_entry (id, epoch, xid, at, cell_id, kind, outcome, actor, seat, agency, case_id,
                         subject_id, request, payload) OVERRIDING SYSTEM VALUE
SELECT %(new)s, epoch, {xid}, at, {cell}, kind, outcome, actor, seat, agency, case_id, subject_id,
       request, payload FROM audit_entry WHERE id = %(old)s
"""


CHANGES = {
    "at": "at + interval '1 microsecond'",
    "kind": "'trial.opened_x'",
    "outcome": "'refused'",
    "actor": "gen_random_uuid()",
    "seat": "NULL",
    "agency": "gen_random_uuid()",
    "case_id": "NULL",
    "subject_id": "gen_random_uuid()",
    "request": "gen_random_uuid()",
    "payload": "set_byte(payload, 20, get_byte(payload, 20) # 1)",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_located(column, ids, tamper, cell):
    number = ids[TILE]
    tamper(f"UPDATE audit_entry SET {column} = {CHANGES[column]} WHERE id = %s", [number])
    assert told(cell) == [("changed", TILE, number, None)]


def test_one_flipped_bit_is_located(ids, tamper, cell, owner_of_everything):
    number = ids[0]
    [length] = owner_of_everything.execute(
        "SELECT octet_length(payload) FROM audit_entry WHERE id = %s", [number]
    ).fetchone()
    for place in (0, length - 1):
        flip = f"set_byte(payload, {place}, get_byte(payload, {place}) # 128)"
        tamper(f"UPDATE audit_entry SET payload = {flip} WHERE id = %s", [number])
        assert told(cell) == [("changed", 0, number, None)]
        tamper(f"UPDATE audit_entry SET payload = {flip} WHERE id = %s", [number])
    assert told(cell) == []


@pytest.mark.parametrize("index", [0, 255, 256, TILE, 511])
def test_a_removed_entry_is_located(index, ids, tamper, cell):
    tamper("DELETE FROM audit_entry WHERE id = %s", [ids[index]])
    assert told(cell) == [("removed", index, ids[index], None)]


def test_many_removed_entries_are_all_named(ids, tamper, cell):
    gone = ids[200:320:3]
    tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [gone])
    assert [finding[2] for finding in told(cell)] == gone


def slip_in(tamper, old, new, xid="xid", cell="cell_id"):
    """A copy of an entry under another number."""
    tamper(COPY.format(xid=xid, cell=cell), {"old": old, "new": new})


def test_an_inserted_entry_is_located(ids, tamper, cell):
    slip_in(tamper, ids[TILE], 10**15 + ids[TILE])
    found = told(cell)
    assert [(what, number) for what, _, number, _ in found] == [("inserted", 10**15 + ids[TILE])]
    assert 256 < found[0][1] <= 512


def test_an_entry_put_in_front_of_everything_is_located(ids, tamper, cell):
    slip_in(tamper, ids[TILE], 10**15 + ids[0], xid="'3'::xid8")
    assert told(cell) == [("inserted", 0, 10**15 + ids[0], None)]


@pytest.mark.parametrize("column", ["id", "xid", "at", "payload"])
def test_two_entries_that_change_places_are_named_as_a_pair(column, ids, tamper, cell):
    one, other = ids[TILE], ids[TILE + 100]
    swap = f"""
        UPDATE audit_entry a SET {column} = b.{column} FROM audit_entry b
         WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))
    """
    tamper(swap, [one, other, other, one])
    assert told(cell) == [
        ("exchanged", TILE, one, other),
        ("exchanged", TILE + 100, other, one),
    ]


def test_an_entry_moved_to_another_cell_is_missed_here_and_found_there(ids, tamper, cell):
    tamper("UPDATE audit_entry SET cell_id = %s WHERE id = %s", [cell - 1, ids[TILE]])
    assert told(cell) == [("moved", TILE, ids[TILE], cell - 1)]
    assert told(cell - 1) == [("unsealed", 0, ids[TILE], None)]


class TestTheTail:
    """Behind the last full tile damage is told to the entries that were sealed together."""

    def test_a_change_is_told_to_its_segment(self, ids, tamper, cell):
        tamper("UPDATE audit_entry SET seat = NULL WHERE id = %s", [ids[695]])
        [finding] = verified(cell).findings
        assert (finding.what, finding.index, finding.count) == ("segment", 690, 10)
        assert finding.id <= ids[695] <= finding.last_id

    def test_a_change_of_an_entry_sealed_alone_is_located(
        self, ids, opened, tamper, cell, owner_of_everything
    ):
        opened(1)
        seal(cell)
        number = ids_of(owner_of_everything, cell)[-1]
        tamper("UPDATE audit_entry SET seat = NULL WHERE id = %s", [number])
        assert told(cell) == [("changed", 700, number, None)]

    def test_a_removed_entry_is_told_to_its_segment(self, ids, tamper, cell):
        tamper("DELETE FROM audit_entry WHERE id = %s", [ids[TAIL]])
        [finding] = verified(cell).findings
        assert (finding.what, finding.index, finding.count) == ("removed", 512, 1)

    def test_an_inserted_entry_is_located(self, ids, tamper, cell):
        slip_in(tamper, ids[TAIL], 10**15 + ids[TAIL])
        assert told(cell) == [("inserted", 512, 10**15 + ids[TAIL], None)]

    def test_a_truncated_end_is_told(self, ids, tamper, cell):
        tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [ids[690:]])
        [finding] = verified(cell).findings
        assert (finding.what, finding.index, finding.count) == ("truncated", 690, 10)

    def test_an_end_truncated_into_the_tiles_is_told(self, ids, tamper, cell):
        tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [ids[500:]])
        found = verified(cell).findings
        assert [(f.what, f.index) for f in found[:12]] == [("removed", n) for n in range(500, 512)]
        assert (found[12].what, found[12].index, found[12].count) == ("truncated", 512, 188)


class TestWhatLiesOverTheEntries:
    def test_a_changed_tile_is_told_apart_from_a_changed_entry(self, ids, tamper, cell):
        flip = "set_byte(hashes, 40, get_byte(hashes, 40) # 1)"
        tamper(
            f"UPDATE audit_tile SET hashes = {flip} WHERE cell_id = %s AND n = 1",
            [cell],
            "audit_tile",
        )
        assert told(cell) == [("tile", 256, None, 0)]

    @pytest.mark.parametrize("n", [0, 1])
    def test_a_missing_tile_is_told(self, n, ids, tamper, cell):
        tamper("DELETE FROM audit_tile WHERE cell_id = %s AND n = %s", [cell, n], "audit_tile")
        assert told(cell) == [("tile", n * 256, None, 0)]

    @pytest.mark.parametrize("n", [0, 1])
    def test_a_missing_bundle_is_told(self, n, ids, tamper, cell):
        tamper("DELETE FROM audit_bundle WHERE cell_id = %s AND n = %s", [cell, n], "audit_bundle")
        assert told(cell) == [("bundle", n * 256, None, None)]

    @pytest.mark.parametrize(
        "change",
        [
            "ids = set_byte(ids, 100, get_byte(ids, 100) # 1)",
            "last_id = last_id - 5",
            "first_id = first_id + 1",
            "last_xid = (last_xid::text::int8 + 100000)::text::xid8",
        ],
    )
    def test_a_changed_bundle_is_told(self, change, ids, tamper, cell):
        tamper(
            f"UPDATE audit_bundle SET {change} WHERE cell_id = %s AND n = 1", [cell], "audit_bundle"
        )
        assert told(cell) == [("bundle", 256, None, None)]

    def test_an_entry_changed_together_with_its_tile_is_told_by_the_signatures(
        self, ids, tamper, cell, owner_of_everything
    ):
        tamper("UPDATE audit_entry SET seat = NULL WHERE id = %s", [ids[TILE]])
        with log.connect("auditor") as connection:
            [leaf] = log.leaves(connection, "id = %s", [ids[TILE]])
            tile = log.tiles(connection, cell, 0, 1, 1)[1]
        place = (TILE - 256) * 32
        forged = tile[:place] + log.merkle.leaf_hash(leaf) + tile[place + 32 :]
        tamper(
            "UPDATE audit_tile SET hashes = %s WHERE cell_id = %s AND n = 1",
            [forged, cell],
            "audit_tile",
        )
        findings = verified(cell).findings
        assert findings[0].what == "segment"
        assert findings[0].index <= TILE < findings[0].index + findings[0].count


class TestCheckpoints:
    def forge(self, tamper, cell, key, **claims):
        with log.connect("auditor") as connection:
            last = log.last_checkpoint(connection, cell)
        said = {"origin": keys.origin(cell), "size": last.size, "root": last.root, "at": last.at}
        note = checkpoint.sign(Checkpoint(**said | claims), key)
        tamper(
            "UPDATE audit_checkpoint SET note = %s, root = %s WHERE cell_id = %s AND size = %s",
            [note, claims.get("root", last.root), cell, last.size],
            "audit_checkpoint",
        )

    def test_one_signed_by_a_stranger_is_forged(self, ids, tamper, cell):
        self.forge(tamper, cell, Ed25519PrivateKey.generate())
        assert told(cell) == [("signature", 699, None, None)]

    def test_one_with_our_key_over_another_root_is_found(self, ids, tamper, cell):
        self.forge(tamper, cell, keys.signing_key(), root=os.urandom(32))
        [finding] = verified(cell).findings
        assert (finding.what, finding.index, finding.count) == ("segment", 690, 10)

    @pytest.mark.parametrize(
        "claim", [{"size": 701}, {"origin": "rempart/1"}, {"size": 690}], ids=str
    )
    def test_one_that_says_something_else_is_found(self, claim, ids, tamper, cell):
        self.forge(tamper, cell, keys.signing_key(), **claim)
        assert ("checkpoint", 699, None, None) in told(cell)

    @pytest.mark.parametrize(
        "change",
        [
            "at = at - interval '1 day'",
            "root = set_byte(root, 0, get_byte(root, 0) # 1)",
            "grown_from = grown_from - 1",
        ],
    )
    def test_a_column_beside_the_note_is_found(self, change, ids, tamper, cell):
        tamper(
            f"UPDATE audit_checkpoint SET {change} WHERE cell_id = %s AND size = 700",
            [cell],
            "audit_checkpoint",
        )
        assert told(cell) == [("checkpoint", 699, None, None)]

    def test_one_missing_in_the_middle_is_found(self, ids, tamper, cell):
        tamper(
            "DELETE FROM audit_checkpoint WHERE cell_id = %s AND size = 690",
            [cell],
            "audit_checkpoint",
        )
        assert told(cell) == [("checkpoint", 699, None, None)]

    def test_newest_ones_taken_away_under_tiles_are_found(self, ids, tamper, cell):
        tamper(
            "DELETE FROM audit_checkpoint WHERE cell_id = %s AND size >= 512",
            [cell],
            "audit_checkpoint",
        )
        assert told(cell)[0] == ("truncated", 0, None, None)

    def test_an_entry_slipped_in_behind_the_sealer_is_found(
        self, ids, opened, seat, tamper, cell, owner_of_everything
    ):
        other = seat("school_pilot", cell_id=cell - 1)
        opened(3, by=other)
        opened(3, by=other)
        seal(cell - 1)
        old, *_ = ids_of(owner_of_everything, cell - 1)
        slip_in(tamper, old, 10**15 + old, cell=str(cell))
        assert told(cell) == [("unsealed", 700, 10**15 + old, None)]
        assert verified(cell - 1).clean


def test_a_clean_log_of_nothing(cell):
    report = verified(cell)
    assert (report.clean, report.size, report.entries, report.pending) == (True, 0, 0, 0)


def test_what_is_not_sealed_yet_is_counted_and_is_no_damage(ids, opened, cell):
    opened(4)
    report = verified(cell)
    assert (report.clean, report.size, report.pending) == (True, 700, 4)
    assert report.pending_since is not None


def test_the_first_finding_is_the_one_furthest_back(ids, tamper, cell):
    tamper("UPDATE audit_entry SET seat = NULL WHERE id = ANY(%s)", [[ids[400], ids[20]]])
    assert verified(cell).first.index == 20
