"""Proofs made from what is stored are those of RFC 6962, for every size, and prove nothing else."""

import base64
import random

import pytest

from audit import checkpoint, entries, keys, log, merkle
from audit.leaf import BEGINNING, END, Key, key_of
from audit.witnessing import proofs
from tests.audit.witnessing.naive import Naive
from tests.audit.working import guards_off

FAKE = -7


@pytest.fixture(scope="module")
def auditor_s(database):
    with log.connect("auditor") as connection:
        yield connection


@pytest.fixture(scope="module")
def leaves(log_of_700, auditor_s):
    return list(entries.leaves_between(auditor_s, log_of_700, BEGINNING, END))


@pytest.fixture(scope="module")
def naive(leaves):
    return Naive([merkle.leaf_hash(leaf) for leaf in leaves])


@pytest.fixture(scope="module")
def every(log_of_700, auditor_s):
    """Each checkpoint of the log."""
    found = log.checkpoints(auditor_s, log_of_700, limit=100)
    assert [stored.size for stored in found] == [1, 513, 600, 700]
    return found


def test_consistency_is_the_recursion_of_the_rfc(every, naive, auditor_s):
    chance = random.Random(5)
    for stored in every:
        tree = proofs.tree_of(auditor_s, stored)
        assert tree.root() == naive.root(0, stored.size) == stored.root
        olds = {1, stored.size, *(chance.randrange(1, stored.size + 1) for _ in range(60))}
        for older in olds:
            assert tree.consistency(older) == naive.subproof(older, 0, stored.size)
    assert proofs.consistency(auditor_s, every[-1], 513) == naive.subproof(513, 0, 700)


def test_inclusion_is_the_recursion_of_the_rfc(every, naive, leaves, auditor_s, log_of_700):
    chance = random.Random(6)
    stored = every[-1]
    for index in {0, 255, 256, 511, 512, 699, *(chance.randrange(700) for _ in range(30))}:
        key = key_of(leaves[index])
        assert proofs.index_of(auditor_s, log_of_700, key) == index
        assert proofs.leaf_of(auditor_s, log_of_700, key) == leaves[index]
        proof = proofs.tree_of(auditor_s, stored).inclusion(index)
        assert proof == naive.path(index, 0, 700)
        assert merkle.verify_inclusion(naive.hashes[index], index, 700, proof, stored.root)


def test_a_place_is_found_along_an_index_however_long_the_log(
    leaves, auditor_s, log_of_700, monkeypatch
):
    asked, execute = [], log.execute

    def noted(connection, query, parameters=()):
        asked.append((query, parameters))
        return execute(connection, query, parameters)

    monkeypatch.setattr(log, "execute", noted)
    proofs.index_of(auditor_s, log_of_700, key_of(leaves[300]))
    [(query, parameters)] = asked
    with auditor_s.transaction():
        auditor_s.execute("SET LOCAL enable_seqscan = off")
        plan = auditor_s.execute(f"EXPLAIN {query}", parameters).fetchall()
    assert not any("Sort" in line for (line,) in plan), plan


def test_an_entry_that_was_never_sealed_has_no_place(leaves, auditor_s, log_of_700):
    inside, behind = key_of(leaves[300]), key_of(leaves[650])
    for place in (inside, behind, key_of(leaves[-1])):
        with pytest.raises(proofs.NoProof):
            proofs.index_of(auditor_s, log_of_700, Key(place.epoch, place.xid, 10**15))
    with pytest.raises(proofs.NoProof):
        proofs.index_of(auditor_s, log_of_700 - 1, inside)


def test_a_tree_with_upper_levels_is_proved_from_full_and_partial_tiles(owner_of_everything):
    """Sizes that reach into the second and third level of tiles, a tile of hashes at a time."""
    chance = random.Random(7)
    hashes = [chance.randbytes(32) for _ in range(257 * 256)]
    naive, connection = Naive(hashes), owner_of_everything
    tiles = merkle.Appender().extend(b"".join(hashes))
    with connection.transaction(force_rollback=True):
        connection.cursor().executemany(
            "INSERT INTO audit_tile VALUES (%s, %s, %s, %s, %s)",
            [(FAKE, *tile) for tile in tiles],
        )
        for size in (256 * 3, 256 * 255, 256 * 256, 256 * 257):
            root = naive.root(0, size)
            stored = log.Stored(FAKE, size, 0, root, END, None, "")
            tree = proofs.tree_of(connection, stored)
            assert tree.root() == root
            for _ in range(40):
                index, older = chance.randrange(size), chance.randrange(1, size)
                assert tree.inclusion(index) == naive.path(index, 0, size)
                assert tree.consistency(older) == naive.subproof(older, 0, size)


def test_the_hashes_of_the_tail_come_without_its_entries(every, naive, auditor_s, log_of_700):
    for stored in every:
        [(found,)] = log.execute(
            auditor_s, "SELECT audit.tail_hashes(%s, %s)", [log_of_700, stored.size]
        )
        first = stored.size // 256 * 256
        assert found == b"".join(naive.hashes[first : stored.size])
    nothing = "SELECT audit.tail_hashes(%s, %s)"
    assert log.execute(auditor_s, nothing, [log_of_700, 699]) == [(None,)]


@pytest.mark.parametrize("gone", ["tile", "entry of the tail"])
def test_what_is_missing_is_not_proved(gone, every, log_of_700, leaves, owner_of_everything):
    connection = owner_of_everything
    with connection.transaction(force_rollback=True):
        if gone == "tile":
            with guards_off(connection, "audit_tile"):
                connection.execute(
                    "DELETE FROM audit_tile WHERE cell_id = %s AND n = 1", [log_of_700]
                )
        else:
            with guards_off(connection):
                connection.execute(
                    "DELETE FROM audit_entry WHERE id = %s", [key_of(leaves[650]).id]
                )
        with pytest.raises(proofs.NoProof):
            proofs.tree_of(connection, every[-1]).root()


def test_a_proof_as_text_is_what_other_verifiers_read(every, naive, leaves, auditor_s):
    stored = every[-1]
    text = proofs.proof_text(leaves[9], 9, naive.path(9, 0, 700), stored.note)
    head, note = text.split("\n\n", 1)
    first, extra, index, *hashes = head.split("\n")
    assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 9")
    assert base64.b64decode(extra.removeprefix("extra ")) == leaves[9]
    assert [base64.b64decode(line) for line in hashes] == naive.path(9, 0, 700)
    assert checkpoint.read(note, keys.public_keys()).root == stored.root
    text = proofs.consistency_text(600, naive.subproof(600, 0, 700), stored.note)
    assert text.startswith("rempart/consistency/v1\nold 600\n")
    assert text.endswith(f"\n\n{stored.note}")
    assert proofs.consistency_text(700, [], stored.note).split("\n")[1:4] == [
        "old 700",
        "",
        stored.note.split("\n")[0],
    ]
