"""Roots that a second process computes are those of the tiles, whatever becomes of it."""

import os
import signal

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
        assert (roots._process is not None) == beside, "nothing was waited for in vain"
    assert found == [merkle.perfect_root(tile) for tile in tiles + tiles[:5]]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("before", [0, 40, 99])
def test_whatever_becomes_of_the_second_process_every_root_is_there(end, before):
    tiles = [os.urandom(TILE) for _ in range(100)]
    with Roots(beside=True) as roots:
        process = roots._process
        for tile in tiles[:before]:
            roots.ask(tile)
        found = roots.take(before // 2)
        os.kill(process.pid, end)
        roots._patience = 0.2
        if end == signal.SIGKILL:
            process.wait()
        for tile in tiles[before:]:
            roots.ask(tile)
        found += roots.take(100 - before // 2)
        assert process.poll() is not None, "nobody waits for it any more"
    assert found == [merkle.perfect_root(tile) for tile in tiles]


def test_the_second_process_does_not_outlive_the_first_error():
    roots = Roots(beside=True)
    process = roots._process
    with pytest.raises(ZeroDivisionError), roots:
        raise ZeroDivisionError
    assert process.poll() is not None


@pytest.mark.parametrize("nowhere", ["/nowhere", "", None])
def test_without_a_second_process_the_first_one_computes(monkeypatch, nowhere):
    monkeypatch.setattr("audit.roots.sys.executable", nowhere)
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
