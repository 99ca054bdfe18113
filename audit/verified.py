"""What the last verification of each log has found, kept so that everybody concerned sees it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import checkpoint, keys, log
from audit.checkpoint import BadNote, Checkpoint
from audit.sql.telling import KEEPING
from audit.verification import Report
from audit.witnessing.cosigned import checked


@dataclass(frozen=True, slots=True)
class Copy:
    """A checkpoint that somebody kept: what it says, and the note that was signed."""

    said: Checkpoint
    note: str


def standing(
    connection: log.Connection, cell_id: int, known: Sequence[Ed25519PublicKey]
) -> list[Copy]:
    """The copies that contradict the log of a cell, as far as one of these keys has signed them.

    Without those that two people have set aside.
    """
    return [Copy(said, note) for note, said in _last(connection, cell_id, known) if said]


def against(
    connection: log.Connection, report: Report, known: Sequence[Ed25519PublicKey]
) -> list[str]:
    """The copies for which the alarm stands on, whatever agrees inside: also what no key reads."""
    last = _last(connection, report.cell_id, known)
    return [note for note, said in last if said not in report.agreed]


def keep(
    connection: log.Connection,
    report: Report,
    copies: Sequence[Copy] = (),
    handed: Sequence[Copy] = (),
) -> list[int]:
    """Note what was found, with the auditor role's rights; of how many entries what stands speaks.

    The log was held to ``copies``, which stood, and to what somebody has ``handed`` over in files.

    A copy that contradicts the log stands until the log agrees again with that very one: no other
    copy, however large, says anything of it. What none of the log's keys has signed anybody can
    have written, and is let go, but only by keys that have signed this log itself. One of which
    the size alone is known ends by the log agreeing with a copy of that size that was handed over:
    what stands in the database anybody can have put there who can put anything there.
    """
    held = (*copies, *handed)
    contradicting = {copy.note for copy in held if copy.said not in report.agreed}
    sizes = {str(copy.said.size) for copy in handed if copy.said in report.agreed}
    cosigned = checked(connection, report.cell_id)
    with connection.transaction(), psycopg.Cursor(connection) as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({KEEPING})")
        # Behind the lock: what came meanwhile may be signed by a key that came meanwhile.
        known, its_own = _keys(connection, report)
        stand = contradicting - set_aside(connection, report.cell_id)
        stand |= {
            note
            for note, said in _last(connection, report.cell_id, known)
            if (said not in report.agreed if said else _stays(note, sizes, its_own))
        }
        cursor.execute(
            "INSERT INTO audit_verified (cell_id, size, findings, copies, cosigned_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                report.cell_id,
                report.size,
                len(report.findings) or int(bool(stand)),
                sorted(stand),
                max(cosigned, key=attrgetter("size")).at if cosigned else None,
            ],
        )
        cursor.executemany(
            "INSERT INTO audit_cosigned (cell_id, size, witness, line) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(report.cell_id, each.size, each.witness, each.line) for each in cosigned],
        )
    return sorted({int(note.split("\n")[1]) for note in stand})


def set_aside(connection: log.Connection, cell_id: int) -> set[str]:
    """The copies of which two people have said that they no longer speak against the log."""
    rows = log.execute(
        connection,
        "SELECT unnest(copies) FROM audit_aside WHERE cell_id = %s AND state = 'signed'",
        [cell_id],
    )
    return {note for (note,) in rows}


def _stays(note: str, agreed: Collection[str], its_own: bool) -> bool:
    """Whether a copy stands on that is not known to be signed."""
    name, _, size = note.removesuffix("\n").partition("\n")
    return not its_own if name else size not in agreed


def _keys(connection: log.Connection, report: Report) -> tuple[Sequence[Ed25519PublicKey], bool]:
    """The log's keys as far as this process knows them, and whether they are this log's own.

    Who is pinned to other keys, calls the log by another name, or has not read and judged all that
    the log has signed, can tell nothing of a copy.
    """
    newest = log.last_checkpoint(connection, report.cell_id)
    try:
        known = keys.chain(connection)
        said = checkpoint.read(newest.note, known) if newest else None
    except BadNote:
        return (), False
    signed = report.complete and all(each.what != "signature" for each in report.findings)
    return known, signed and said is not None and said.origin == keys.origin(report.cell_id)


def _last(
    connection: log.Connection, cell_id: int, known: Sequence[Ed25519PublicKey]
) -> Iterator[tuple[str, Checkpoint | None]]:
    """Each copy that stands, with what it says of this log by the word of one of the keys."""
    aside = set_aside(connection, cell_id)
    rows = log.execute(
        connection,
        "SELECT unnest(copies) FROM (SELECT copies FROM audit_verified WHERE cell_id = %s"
        " ORDER BY at DESC LIMIT 1) last",
        [cell_id],
    )
    for note in [note for (note,) in rows if note not in aside]:
        try:
            said = checkpoint.read(note, known)
        except BadNote:
            said = None
        yield note, said if said and said.origin == keys.origin(cell_id) else None
