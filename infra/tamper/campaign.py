"""Plants one tampering after the other, has the record verified, and undoes it."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from audit import keys, verification
from audit.damage import Finding
from audit.merkle import WIDTH
from audit.verification import Report
from infra.tamper import columns, rewriting, rows
from infra.tamper.ground import CELLS, Ground, connected
from infra.tamper.planted import Hand, Planted

KINDS: dict[str, Callable[[Hand], Planted | None]] = {
    "update any column": columns.update,
    "delete": rows.delete,
    "insert": rows.insert,
    "swap": columns.swap,
    "truncate the tail": rewriting.truncate,
    "copy across cells": rows.copy_across,
    "shift time": columns.shift_time,
    "cut a tile short": columns.cut,
    "recompute the suffix": rewriting.recompute,
    "drop a partition": rows.drop_partition,
    "restore an older copy": rewriting.restore_older,
    "flip one bit anywhere": columns.flip_bit,
}
Verifier = Callable[..., Report]
NOT_LET_IN = (psycopg.errors.IntegrityError, psycopg.errors.DataError)
"""A constraint or the type itself refuses it: another one is drawn."""
MOST_NAMED = 20


@dataclass(slots=True)
class Result:
    """What came of all of them, by kind."""

    planted: Counter[str] = field(default_factory=Counter)
    detected: Counter[str] = field(default_factory=Counter)
    located: Counter[str] = field(default_factory=Counter)
    young: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    only_by: Counter[str] = field(default_factory=Counter)
    """What was noticed by one check and no other; without it, it would have been missed."""
    named: list[str] = field(default_factory=list)
    """The first that were missed, or found in another place, each with how to plant it again."""
    seconds: float = 0.0

    def passed(self) -> bool:
        """Whether every one was noticed, and each in its place."""
        return not self.missed and self.located == self.detected and sum(self.planted.values()) > 0


def run(
    name: str,
    ground: Ground,
    *,
    count: int,
    seed: int,
    verifier: Verifier = verification.verify,
    kinds: Sequence[str] = tuple(KINDS),
    progress: Callable[[], object] = lambda: None,
) -> Result:
    """So many tamperings on this database, drawn by a seed; each is undone."""
    result, began = Result(), time.perf_counter()
    with connected(name) as connection:
        for number in range(count):
            kind = kinds[number % len(kinds)]
            for attempt in range(1000):
                chance = random.Random(f"{seed}/{kind}/{number}/{attempt}")
                if _once(connection, ground, kind, chance, verifier, result):
                    break
            progress()
        result.seconds = time.perf_counter() - began
        with connection.transaction():
            connection.execute("SET LOCAL ROLE rempart_auditor")
            left = _verified(connection, ground, verification.verify, CELLS)
        if left:
            raise RuntimeError("One of them was not undone.")
    return result


def _once(
    connection: psycopg.Connection[Any],
    ground: Ground,
    kind: str,
    chance: random.Random,
    verifier: Verifier,
    result: Result,
) -> bool:
    """Plant one, verify with the auditor's rights, undo it; False when nothing was planted."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL ROLE rempart_owner")
        try:
            planted = KINDS[kind](Hand(connection, ground, chance))
        except NOT_LET_IN:
            return False
        if planted is None:
            return False
        connection.execute("SET LOCAL ROLE rempart_auditor")
        try:
            others = [cell for cell in CELLS if cell not in planted.spots]
            found = _verified(connection, ground, verifier, planted.spots)
            found = found or _verified(connection, ground, verifier, others)
        except Exception as failure:  # noqa: BLE001  a verifier that falls over has noticed nothing
            found = []
            result.named.append(f"{kind}: {planted.said}: {type(failure).__name__}: {failure}")
    _judge(ground, kind, planted, found, result)
    return True


def _verified(
    connection: psycopg.Connection[Any], ground: Ground, verifier: Verifier, cells: Iterable[int]
) -> list[Finding]:
    """Everything that is found in these cells, with what somebody kept as evidence."""
    known = keys.chain(connection)
    found: list[Finding] = []
    for cell in cells:
        found += verifier(connection, cell, known, against=[ground.delivered[cell]]).findings
    return found


def _judge(
    ground: Ground, kind: str, planted: Planted, found: Iterable[Finding], result: Result
) -> None:
    findings = list(found)
    result.planted[kind] += 1
    if not findings:
        young = planted.is_young(ground)
        (result.young if young else result.missed)[kind] += 1
        if not young and len(result.named) < MOST_NAMED:
            result.named.append(f"missed, {kind}: {planted.said}")
        return
    result.detected[kind] += 1
    checks = {finding.what for finding in findings}
    if len(checks) == 1:
        result.only_by[checks.pop()] += 1
    if any(is_there(ground, planted, cell, findings) for cell in planted.spots):
        result.located[kind] += 1
    elif len(result.named) < MOST_NAMED:
        result.named.append(f"elsewhere, {kind}: {planted.said}: {planted.spots}: {findings[:3]}")


def is_there(ground: Ground, planted: Planted, cell: int, findings: Iterable[Finding]) -> bool:
    """Whether something was found in this cell where it was tampered with."""
    low, high = planted.spots[cell]
    for finding in findings:
        start, end = span(ground, finding)
        if finding.cell_id == cell and start < max(high, low + 1) and low < end:
            return True
    return False


def span(ground: Ground, finding: Finding) -> tuple[int, int]:
    """The entries that a finding speaks of: the first, and the one behind the last."""
    start, end = finding.index, finding.index + max(1, finding.count)
    if finding.what == "truncated":
        return start, max(end, ground.size(finding.cell_id) + 1)
    if finding.what in ("tile", "bundle"):
        return start, start + WIDTH ** (1 + (finding.other or 0))
    if finding.what == "inserted":
        end += 1
    if start >= ground.tiles(finding.cell_id) * WIDTH:
        # No hash of a single entry is kept there: what was sealed together is one place.
        sealed = ground.around(finding.cell_id, start)
        return min(start, sealed[0]), max(end, sealed[1])
    return start, end
