"""Compares a checkpoint that somebody kept with the log as it is now.

A truncated end and a rewrite by whoever holds both database and key leave nothing inside the log
that contradicts itself. Only a copy that lay somewhere else contradicts them.
"""

from collections.abc import Sequence
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import checkpoint, keys, log, merkle
from audit.checkpoint import BadNote, Checkpoint
from audit.sql.telling import MOST_ENTRIES
from audit.witnessing.proofs import NoProof, tree_of


class Comparison(StrEnum):
    """What came of comparing a copy with the log. All but the first are an alert."""

    EXTENDS = "extends"
    FORKED = "forked"
    TRUNCATED = "truncated"
    UNSIGNED = "unsigned"
    DAMAGED = "damaged"


class NotACopy(ValueError):
    """The text is no checkpoint of this log at all."""


def spoken_of(note: str) -> int:
    """The cell of whose log a kept note speaks. NotACopy when it is no log of this house."""
    name, _slash, cell = note.split("\n", 1)[0].rpartition("/")
    if (
        cell.isascii()
        and cell.isdigit()
        and len(cell) < 11
        and f"{name}/{cell}" == keys.origin(int(cell))
    ):
        return int(cell)
    raise NotACopy


def said_by(note: str, cell_id: int) -> int:
    """How many entries a kept note speaks of, whoever signed it. NotACopy when it is not one."""
    lines = note.split("\n")
    if lines[0] != keys.origin(cell_id) or len(lines) < 3:
        raise NotACopy
    size = lines[1]
    if not (size.isascii() and size.isdigit() and len(size) < 19 and str(int(size)) == size):
        raise NotACopy
    if int(size) > MOST_ENTRIES:
        raise NotACopy
    return int(size)


def compare(
    connection: log.Connection,
    cell_id: int,
    note: str,
    public: Sequence[Ed25519PublicKey],
) -> Comparison:
    """What the log says to a kept note that speaks of this cell."""
    try:
        kept = checkpoint.read(note, public)
    except BadNote:
        return Comparison.UNSIGNED
    stored = log.last_checkpoint(connection, cell_id)
    if stored is None or stored.size < kept.size:
        return Comparison.TRUNCATED
    return against(connection, stored, kept, public)


def against(
    connection: log.Connection,
    stored: log.Stored,
    kept: Checkpoint,
    public: Sequence[Ed25519PublicKey],
) -> Comparison:
    """Whether the log under a checkpoint begins with what a smaller one said."""
    try:
        newest = checkpoint.read(stored.note, public)
        tree = tree_of(connection, stored)
        proof = tree.consistency(kept.size)
    except (BadNote, NoProof):
        return Comparison.DAMAGED
    if newest.size != stored.size or newest.origin != kept.origin:
        return Comparison.DAMAGED
    if merkle.verify_consistency(kept.size, newest.size, proof, kept.root, newest.root):
        return Comparison.EXTENDS
    return Comparison.FORKED if tree.root() == newest.root else Comparison.DAMAGED
