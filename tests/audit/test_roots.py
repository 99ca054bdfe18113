"""Roots that a second process computes are those of the tiles, in their order, or none at all."""

import os

import pytest

from audit import merkle
from audit.roots import TILE, Roots


@pytest.mark.parametrize("beside", [True, False])
def test_each_tile_gets_its_own_root(beside):
    tiles = [os.urandom(TILE) for _ in range(300)]
    with Roots(beside=beside) as roots:
        found = []
        for tile in tiles:
            roots.ask(tile)
        found += roots.take(128)
        for tile in tiles[:5]:
            roots.ask(tile)
        found += roots.take(177)
    assert found == [merkle.perfect_root(tile) for tile in tiles + tiles[:5]]


def test_no_root_is_made_up_when_the_second_process_has_ended():
    with Roots(beside=True) as roots:
        roots.ask(os.urandom(TILE))
        roots.take(1)
        roots._process.kill()
        roots._process.wait()
        with pytest.raises(RuntimeError, match="has ended"):
            roots.take(1)


def test_the_second_process_does_not_outlive_the_first_error():
    with pytest.raises(ZeroDivisionError), Roots(beside=True) as roots:
        raise ZeroDivisionError
    assert roots._process.poll() is not None


def test_without_a_second_process_the_first_one_computes(monkeypatch):
    monkeypatch.setattr("audit.roots.sys.executable", "/nowhere")
    tile = os.urandom(TILE)
    with Roots(beside=True) as roots:
        roots.ask(tile)
        assert roots.take(1) == [merkle.perfect_root(tile)]


def test_a_tree_that_is_told_the_roots_of_its_tiles_is_the_same_tree():
    told, alone = merkle.Appender(), merkle.Appender()
    for _ in range(merkle.WIDTH + 1):
        tile = os.urandom(TILE)
        begun, rest = tile[: 7 * merkle.SIZE], tile[7 * merkle.SIZE :]
        root = merkle.perfect_root(tile)
        assert told.extend(begun, root) + told.extend(rest, root) == alone.extend(tile)
        assert told.root() == alone.root()
