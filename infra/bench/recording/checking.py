"""What it costs to check a log: hashing, a whole verification, the proof of one entry."""

import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from hashlib import sha256

from audit import entries, keys, log, merkle
from audit.leaf import COLUMNS, Key
from audit.verification import verify
from audit.witnessing import proofs
from infra.bench.measuring.percentile import percentile
from infra.bench.recording.filling import CELL
from infra.bench.report import Row, figure_at_most, ratio_at_least
from infra.launcher.progress import step

IN_MEMORY = 500_000
"""As many entries as are held at once; more of them say nothing new."""
MEMORY, FROM_POSTGRESQL = ratio_at_least(0.45), ratio_at_least(0.65)
A_MILLION = figure_at_most(5, "s", strictly=True)
WARM, COLD = figure_at_most(1, "ms", strictly=True), figure_at_most(20, "ms", strictly=True)


def rows(size: int, *, quick: bool, seed: int) -> Iterator[Row]:
    """Every figure about a log of this size, on the database that Django stands on."""
    rounds = 3 if quick else 5
    with log.connect("auditor") as connection:
        filled, size = size, _sealed(connection)
        with step("Verifying, in turn with a COPY of the same rows"):
            raw, whole = _in_turn(rounds, lambda: _copied(connection), lambda: _verified(size))
        yield Row(
            "verified from PostgreSQL", size / whole, "/s", size / raw, goals=(FROM_POSTGRESQL,)
        )
        yield Row("a million entries", whole / size * 1_000_000, "s", goals=(A_MILLION,))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Row("peak memory of a verification, with Django", peak, "MB")
        with step("Proving one entry"):
            yield from _proofs(connection, filled, 100 if quick else 400, random.Random(seed))
        with step("Hashing in memory"):
            leaves = _some(connection)
            raw, tree = _in_turn(rounds, lambda: _raw(leaves), lambda: _tree(leaves))
        many = len(leaves)
        yield Row("verified in memory", many / tree, "/s", many / raw, goals=(MEMORY,))


def _in_turn(rounds: int, *kinds: Callable[[], object]) -> list[float]:
    """The median seconds of each, one after the other in every round."""
    took: list[list[float]] = [[] for _ in kinds]
    for _round in range(rounds):
        for kind, times in zip(kinds, took, strict=True):
            began = time.perf_counter()
            kind()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in took]


def _copied(connection: log.Connection) -> None:
    """Everything that is hashed, fetched in the same format and order and thrown away."""
    query = (
        f"COPY (SELECT {', '.join(COLUMNS)} FROM audit_entry WHERE cell_id = {CELL}"
        " ORDER BY epoch, xid, id) TO STDOUT (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for _message in copy:
            pass


def _verified(size: int) -> None:
    with log.connect("auditor") as connection:
        report = verify(connection, CELL, keys.public_keys())
    if not report.clean or report.entries != size:
        raise RuntimeError("The log does not verify: this would measure something else.")


def _sealed(connection: log.Connection) -> int:
    """How many entries are under the newest checkpoint: other parts have written some more."""
    stored = log.last_checkpoint(connection, CELL)
    return stored.size if stored else 0


def _some(connection: log.Connection) -> list[bytes]:
    where, until = "cell_id = %s AND id <= %s", IN_MEMORY
    return list(entries.leaves(connection, where, [CELL, until]))


def _raw(leaves: list[bytes]) -> None:
    for leaf in leaves:
        sha256(leaf).digest()


def _tree(leaves: list[bytes]) -> None:
    """As a verification does it, a portion at a time."""
    tree, portion = merkle.Appender(), 32 * merkle.WIDTH
    for first in range(0, len(leaves), portion):
        tree.extend(merkle.leaf_hashes(leaves[first : first + portion]))
    tree.root()


def _proofs(
    connection: log.Connection, filled: int, count: int, chance: random.Random
) -> Iterator[Row]:
    """An entry out of anywhere in the log: where it is, and the hashes that lead to the root."""
    stored = log.last_checkpoint(connection, CELL)
    if stored is None:
        raise RuntimeError("Nothing is sealed.")
    numbers = [chance.randrange(1, filled + 1) for _ in range(count)]
    tree = proofs.tree_of(connection, stored)
    tree.root()
    warm, cold = [], []
    for number in numbers:
        key = Key(1, number, number)
        for times, kept in ((warm, tree), (cold, None)):
            began = time.perf_counter()
            index = proofs.index_of(connection, CELL, key)
            (kept or proofs.tree_of(connection, stored)).inclusion(index)
            times.append((time.perf_counter() - began) * 1000)
    yield Row("proof of one entry, warm", statistics.median(warm), "ms", goals=(WARM,))
    yield Row("proof of one entry, warm, p95", percentile(warm, 95), "ms")
    yield Row("proof of one entry, cold", statistics.median(cold), "ms", goals=(COLD,))
    yield Row("proof of one entry, cold, p95", percentile(cold, 95), "ms")
