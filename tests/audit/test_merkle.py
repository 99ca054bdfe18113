"""The tree is RFC 6962's: same roots, same proofs, and no proof of what is not so."""

import random
from hashlib import sha256

import pytest

from audit import merkle

# The eight leaves of the test data of Certificate Transparency, and the root after each of them.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves):
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    left, right = naive_root(leaves[:cut]), naive_root(leaves[cut:])
    return sha256(b"\x01" + left + right).digest()


def leaves_of(count):
    return [b"leaf %d" % number for number in range(count)]


def kept(leaves):
    """A tree that was appended to, with its tiles kept as the database keeps them."""
    appender = merkle.Appender()
    hashes = b"".join(map(merkle.leaf_hash, leaves))
    tiles = {(tile.level, tile.n): tile.hashes for tile in appender.extend(hashes)}

    def read(level, n, wanted):
        found = tiles.get((level, n), appender.edge[level])
        assert len(found) >= wanted * merkle.SIZE
        return found

    return appender, merkle.Tree(len(leaves), read)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_vectors(size):
    appender, tree = kept(LEAVES[:size])
    assert appender.root().hex() == tree.root().hex() == ROOTS[size - 1]


def test_the_empty_tree():
    assert merkle.Appender().root() == merkle.EMPTY == sha256(b"").digest()


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 513, 1000, 65_535, 65_537])
def test_the_root_is_the_recursion_of_the_rfc(size):
    leaves = leaves_of(size)
    appender, tree = kept(leaves)
    assert appender.root() == tree.root() == naive_root(leaves)


def test_appending_little_by_little_or_at_once_is_the_same_tree():
    random.seed(7)
    leaves = leaves_of(70_000)
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    whole = merkle.Appender()
    tiles = whole.extend(b"".join(hashes))
    slow, slow_tiles, at = merkle.Appender(), [], 0
    while at < len(hashes):
        step = random.choice([1, 1, 2, 7, 250, 600, 5000])
        slow_tiles += slow.extend(b"".join(hashes[at : at + step]))
        at += step
        slow.root()
    assert slow.root() == whole.root()
    assert sorted(slow_tiles) == sorted(tiles)
    assert (slow.size, slow.edge) == (whole.size, whole.edge)


def test_the_edge_can_be_put_down_and_taken_up_again():
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves_of(700)]
    first = merkle.Appender()
    first.extend(b"".join(hashes[:300]))
    again = merkle.Appender(first.size, first.edge)
    again.extend(b"".join(hashes[300:]))
    assert again.root() == kept(leaves_of(700))[1].root()


@pytest.mark.parametrize("size", [1, 2, 7, 8, 255, 256, 257, 700])
def test_inclusion_is_proved_for_every_leaf_and_for_no_other(size):
    leaves = leaves_of(size)
    _, tree = kept(leaves)
    root = tree.root()
    for index in range(size):
        leaf, proof = merkle.leaf_hash(leaves[index]), tree.inclusion(index)
        assert merkle.verify_inclusion(leaf, index, size, proof, root)
        assert not merkle.verify_inclusion(root, index, size, proof, root) or size == 1
        assert not merkle.verify_inclusion(leaf, index, size, [*proof, root], root)
        assert not merkle.verify_inclusion(leaf, index + size, size, proof, root)
        for step in range(len(proof)):
            flipped = bytes([proof[step][0] ^ 1]) + proof[step][1:]
            wrong = [*proof[:step], flipped, *proof[step + 1 :]]
            assert not merkle.verify_inclusion(leaf, index, size, wrong, root)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 255, 256, 257, 300])
def test_consistency_is_proved_from_every_older_size_and_from_no_other_root(size):
    leaves = leaves_of(size)
    _, tree = kept(leaves)
    root = tree.root()
    for older in range(1, size + 1):
        old, proof = tree.root(older), tree.consistency(older)
        assert old == naive_root(leaves[:older])
        assert merkle.verify_consistency(older, size, proof, old, root)
        assert not merkle.verify_consistency(older, size, proof, merkle.leaf_hash(b"x"), root)
        assert not merkle.verify_consistency(older, size, [*proof, root], old, root)
        assert not merkle.verify_consistency(older, size, proof, old, merkle.leaf_hash(b"x"))


def test_a_large_tree_is_proved_at_random():
    random.seed(11)
    leaves = leaves_of(131_372)
    _, tree = kept(leaves)
    for _ in range(150):
        size = random.randrange(1, len(leaves) + 1)
        index, older = random.randrange(size), random.randrange(1, size + 1)
        root = tree.root(size)
        leaf = merkle.leaf_hash(leaves[index])
        assert merkle.verify_inclusion(leaf, index, size, tree.inclusion(index, size), root)
        proof = tree.consistency(older, size)
        assert merkle.verify_consistency(older, size, proof, tree.root(older), root)


def test_a_proof_does_not_serve_for_a_tree_of_another_height():
    leaves = leaves_of(256)
    _, tree = kept(leaves)
    leaf, root = merkle.leaf_hash(leaves[0]), tree.root()
    assert merkle.verify_inclusion(leaf, 0, 256, tree.inclusion(0), root)
    assert not merkle.verify_inclusion(leaf, 0, 257, tree.inclusion(0), root)
    assert not merkle.verify_inclusion(leaf, 0, 128, tree.inclusion(0), root)
    assert not merkle.verify_consistency(128, 300, tree.consistency(128), tree.root(128), root)


def test_what_is_outside_the_tree_has_no_proof():
    _, tree = kept(leaves_of(5))
    with pytest.raises(ValueError, match="no such leaf"):
        tree.inclusion(5)
    with pytest.raises(ValueError, match="not that large"):
        tree.root(6)
    with pytest.raises(ValueError, match="larger"):
        tree.consistency(4, 3)
