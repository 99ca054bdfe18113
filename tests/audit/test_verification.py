"""Whatever a hostile administrator does to a sealed log is found, and located.

Each test tampers as a superuser with the guards switched off, in a log of 701 entries: two full
tiles and a tail of 189 that only checkpoints know. It looks from inside its own transaction,
which is undone, so that one log serves them all.
"""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, entries, keys, log
from audit.checkpoint import Checkpoint
from audit.merkle import leaf_hash
from audit.verification import verify
from tests.audit import seats
from tests.audit.working import guards_off, ids_of, seal, verified

TILE, TAIL = 300, 600


@pytest.fixture(scope="module")
def sealed(owner_of_everything):
    """A cell with 701 sealed entries: 512, 178, 10 and 1 of them sealed together."""
    cell_id = seats.a_cell()
    viewer = seats.a_seat(owner_of_everything, cell_id, "cell_coordinator")
    for count in (512, 178, 10, 1):
        seats.openings(viewer, count, each=64)
        seal(cell_id)
    neighbour = seats.a_seat(owner_of_everything, cell_id - 1, "cell_coordinator")
    seats.openings(neighbour, 6, each=3)
    seal(cell_id - 1)
    assert verified(cell_id).clean
    return cell_id


@pytest.fixture
def cell(sealed):
    return sealed


@pytest.fixture
def ids(sealed, owner_of_everything):
    """The numbers of the entries in the order of the log."""
    return ids_of(owner_of_everything, sealed)


@pytest.fixture
def attack(owner_of_everything):
    """A transaction that is undone after the test: the log is looked at from inside it."""
    with owner_of_everything.transaction(force_rollback=True):
        yield owner_of_everything


@pytest.fixture
def tamper(attack):
    """Runs one statement as the hostile administrator."""

    def run(query, parameters=(), table="audit_entry"):
        with guards_off(attack, table):
            done = attack.execute(query, parameters)
            assert done.rowcount > 0, "the attack did nothing"

    return run


@pytest.fixture
def found(attack):
    """The report on a cell's log."""

    def look(cell_id):
        return verify(attack, cell_id, keys.public_keys())

    return look


@pytest.fixture
def told(found):
    """What was found, as (what, index, id, other)."""

    def look(cell_id):
        return [(f.what, f.index, f.id, f.other) for f in found(cell_id).findings]

    return look


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
def test_a_changed_column_is_located(column, ids, tamper, told, cell):
    number = ids[TILE]
    tamper(f"UPDATE audit_entry SET {column} = {CHANGES[column]} WHERE id = %s", [number])
    assert told(cell) == [("changed", TILE, number, None)]


def test_one_flipped_bit_is_located(ids, tamper, told, cell, owner_of_everything):
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
def test_a_removed_entry_is_located(index, ids, tamper, told, cell):
    tamper("DELETE FROM audit_entry WHERE id = %s", [ids[index]])
    assert told(cell) == [("removed", index, ids[index], None)]


def test_many_removed_entries_are_all_named(ids, tamper, told, cell):
    gone = ids[200:320:3]
    tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [gone])
    assert [finding[2] for finding in told(cell)] == gone


def slip_in(tamper, old, new, xid="xid", cell="cell_id"):
    """A copy of an entry under another number."""
    tamper(COPY.format(xid=xid, cell=cell), {"old": old, "new": new})


def test_an_inserted_entry_is_located(ids, tamper, told, cell):
    slip_in(tamper, ids[TILE], 10**15 + ids[TILE])
    [(what, index, number, _other)] = told(cell)
    assert (what, number) == ("inserted", 10**15 + ids[TILE])
    assert 256 < index <= 512


def test_an_entry_put_in_front_of_everything_is_located(ids, tamper, told, cell):
    slip_in(tamper, ids[TILE], 10**15 + ids[0], xid="'3'::xid8")
    assert told(cell) == [("inserted", 0, 10**15 + ids[0], None)]


@pytest.mark.parametrize("column", ["xid", "at", "payload"])
def test_two_entries_that_change_places_are_named_as_a_pair(column, ids, tamper, told, cell):
    one, other = ids[TILE], ids[TILE + 100]
    swap = f"""
        UPDATE audit_entry a SET {column} = b.{column} FROM audit_entry b
         WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))
    """
    tamper(swap, [one, other, other, one])
    what = "reordered" if column == "xid" else "exchanged"
    assert told(cell) == [(what, TILE, one, other), (what, TILE + 100, other, one)]


def test_an_entry_moved_to_another_cell_is_missed_here_and_found_there(ids, tamper, told, cell):
    tamper("UPDATE audit_entry SET cell_id = %s WHERE id = %s", [cell - 1, ids[TILE]])
    assert told(cell) == [("moved", TILE, ids[TILE], cell - 1)]
    assert told(cell - 1) == [("inserted", 0, ids[TILE], None)]


class TestTheTail:
    """Behind the last full tile damage is told to the entries that were sealed together."""

    def test_a_change_is_told_to_its_segment(self, ids, tamper, found, cell):
        tamper("UPDATE audit_entry SET seat = NULL WHERE id = %s", [ids[695]])
        [finding] = found(cell).findings
        assert (finding.what, finding.index, finding.count) == ("segment", 690, 10)
        assert finding.id <= ids[695] <= finding.last_id

    def test_a_change_of_an_entry_sealed_alone_is_located(self, ids, tamper, told, cell):
        tamper("UPDATE audit_entry SET seat = NULL WHERE id = %s", [ids[700]])
        assert told(cell) == [("changed", 700, ids[700], None)]

    def test_a_removed_entry_is_told_to_its_segment(self, ids, tamper, found, cell):
        tamper("DELETE FROM audit_entry WHERE id = %s", [ids[TAIL]])
        [finding] = found(cell).findings
        assert (finding.what, finding.index, finding.count) == ("removed", 512, 1)

    def test_an_inserted_entry_is_located(self, ids, tamper, told, cell):
        slip_in(tamper, ids[TAIL], 10**15 + ids[TAIL])
        assert told(cell) == [("inserted", 512, 10**15 + ids[TAIL], None)]

    def test_a_truncated_end_is_told(self, ids, tamper, found, cell):
        tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [ids[690:]])
        [finding] = found(cell).findings
        assert (finding.what, finding.index, finding.count) == ("truncated", 690, 11)

    def test_an_end_truncated_into_the_tiles_is_told(self, ids, tamper, found, cell):
        tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [ids[500:]])
        *removed, last = found(cell).findings
        assert [(f.what, f.index) for f in removed] == [("removed", n) for n in range(500, 512)]
        assert (last.what, last.index, last.count) == ("truncated", 512, 189)


class TestWhatLiesOverTheEntries:
    def test_a_changed_tile_is_told_apart_from_a_changed_entry(self, tamper, told, cell):
        flip = "set_byte(hashes, 40, get_byte(hashes, 40) # 1)"
        tamper(
            f"UPDATE audit_tile SET hashes = {flip} WHERE cell_id = %s AND n = 1",
            [cell],
            "audit_tile",
        )
        assert told(cell) == [("tile", 256, None, 0)]

    @pytest.mark.parametrize("n", [0, 1])
    def test_another_root_beside_a_tile_is_told(self, n, tamper, told, cell):
        flip = "set_byte(root, 31, get_byte(root, 31) # 1)"
        tamper(
            f"UPDATE audit_tile SET root = {flip} WHERE cell_id = %s AND n = %s",
            [cell, n],
            "audit_tile",
        )
        assert told(cell) == [("tile", n * 256, None, 0)]

    @pytest.mark.parametrize("n", [0, 1])
    def test_a_missing_tile_is_told(self, n, tamper, told, cell):
        tamper("DELETE FROM audit_tile WHERE cell_id = %s AND n = %s", [cell, n], "audit_tile")
        assert told(cell) == [("tile", n * 256, None, 0)]

    @pytest.mark.parametrize("n", [0, 1])
    def test_a_missing_bundle_is_told(self, n, tamper, told, cell):
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
    def test_a_changed_bundle_is_told(self, change, tamper, told, cell):
        tamper(
            f"UPDATE audit_bundle SET {change} WHERE cell_id = %s AND n = 1", [cell], "audit_bundle"
        )
        assert told(cell) == [("bundle", 256, None, None)]

    def test_an_entry_changed_together_with_its_tile_is_told_by_the_signatures(
        self, ids, attack, tamper, found, cell
    ):
        tamper("UPDATE audit_entry SET seat = NULL WHERE id = %s", [ids[TILE]])
        [leaf] = entries.leaves(attack, "id = %s", [ids[TILE]])
        tile = log.tiles(attack, cell, 0, 1, 1)[1]
        place = (TILE - 256) * 32
        forged = tile[:place] + leaf_hash(leaf) + tile[place + 32 :]
        tamper(
            "UPDATE audit_tile SET hashes = %s WHERE cell_id = %s AND n = 1",
            [forged, cell],
            "audit_tile",
        )
        findings = found(cell).findings
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

    def test_one_signed_by_a_stranger_is_forged(self, ids, tamper, told, cell):
        self.forge(tamper, cell, Ed25519PrivateKey.generate())
        assert told(cell) == [("signature", 700, None, None)]

    def test_one_with_our_key_over_another_root_is_found(self, ids, tamper, found, cell):
        self.forge(tamper, cell, keys.signing_key(), root=os.urandom(32))
        [finding] = found(cell).findings
        assert (finding.what, finding.index) == ("changed", 700)

    @pytest.mark.parametrize(
        "claim", [{"size": 702}, {"origin": "rempart/1"}, {"size": 690}], ids=str
    )
    def test_one_that_says_something_else_is_found(self, claim, ids, tamper, told, cell):
        self.forge(tamper, cell, keys.signing_key(), **claim)
        assert ("checkpoint", 700, None, None) in told(cell)

    @pytest.mark.parametrize(
        "change",
        [
            "at = at - interval '1 day'",
            "root = set_byte(root, 0, get_byte(root, 0) # 1)",
            "grown_from = grown_from - 1",
        ],
    )
    def test_a_column_beside_the_note_is_found(self, change, ids, tamper, told, cell):
        tamper(
            f"UPDATE audit_checkpoint SET {change} WHERE cell_id = %s AND size = 700",
            [cell],
            "audit_checkpoint",
        )
        assert told(cell) == [("checkpoint", 699, None, None)]

    def test_another_last_entry_than_the_one_under_it_is_found(self, tamper, told, cell):
        tamper(
            "UPDATE audit_checkpoint SET hi_id = hi_id - 1 WHERE cell_id = %s AND size = 512",
            [cell],
            "audit_checkpoint",
        )
        assert told(cell) == [("checkpoint", 511, None, None)]

    def test_one_missing_in_the_middle_is_found(self, ids, tamper, told, cell):
        tamper(
            "DELETE FROM audit_checkpoint WHERE cell_id = %s AND size = 690",
            [cell],
            "audit_checkpoint",
        )
        assert told(cell) == [("checkpoint", 699, None, None)]

    def test_newest_ones_taken_away_under_tiles_are_found(self, ids, tamper, told, cell):
        tamper(
            "DELETE FROM audit_checkpoint WHERE cell_id = %s AND size >= 512",
            [cell],
            "audit_checkpoint",
        )
        # A checkpoint of fewer is left where the sealer took several turns.
        what, index, *_rest = told(cell)[0]
        assert (what, index < 512) == ("truncated", True)

    def test_an_entry_slipped_in_behind_the_sealer_is_found(
        self, attack, tamper, found, told, cell
    ):
        old, *_ = ids_of(attack, cell - 1)
        slip_in(tamper, old, 10**15 + old, cell=str(cell))
        assert told(cell) == [("unsealed", 701, 10**15 + old, None)]
        assert found(cell - 1).clean


class TestWhatIsThereTooOften:
    def test_an_entry_that_stands_there_twice_is_told(self, ids, tamper, told, cell):
        columns = "epoch, xid, at, cell_id, kind, outcome, actor, seat, agency, case_id,"
        columns = f"id, {columns} subject_id, request, payload"
        tamper(
            f"INSERT INTO audit_entry ({columns}) OVERRIDING SYSTEM VALUE"
            f" SELECT {columns} FROM audit_entry WHERE id = %s",
            [ids[TILE]],
        )
        assert told(cell) == [("inserted", TILE, ids[TILE], None)]

    def test_a_bundle_beyond_the_newest_checkpoint_is_told(self, tamper, told, cell):
        tamper(
            "INSERT INTO audit_bundle SELECT cell_id, 5, first_epoch, first_xid, first_id + 1,"
            " last_epoch, last_xid, last_id, ids FROM audit_bundle WHERE cell_id = %s AND n = 0",
            [cell],
            "audit_bundle",
        )
        assert told(cell) == [("truncated", 701, None, None)]

    def test_a_size_that_somebody_made_up_is_not_counted_up_to(self, tamper, told, cell):
        tamper(
            "UPDATE audit_checkpoint SET size = %s WHERE cell_id = %s AND size = 701",
            [2**50, cell],
            "audit_checkpoint",
        )
        assert told(cell)[0][:2] == ("removed", 700)


def test_a_clean_log_of_nothing():
    report = verified(seats.a_cell())
    assert (report.clean, report.size, report.entries, report.pending) == (True, 0, 0, 0)


def test_what_is_not_sealed_yet_is_counted_and_is_no_damage(sealed, owner_of_everything):
    cell_id = seats.a_cell()
    viewer = seats.a_seat(owner_of_everything, cell_id, "cell_coordinator")
    seats.openings(viewer, 4)
    report = verified(cell_id)
    assert (report.clean, report.size, report.pending) == (True, 0, 4)
    assert report.pending_since is not None


def test_the_first_finding_is_the_one_furthest_back(ids, tamper, found, cell):
    tamper("UPDATE audit_entry SET seat = NULL WHERE id = ANY(%s)", [[ids[400], ids[20]]])
    assert found(cell).first.index == 20
