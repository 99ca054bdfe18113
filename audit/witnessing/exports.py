"""An export of the record that proves itself: entries, what leads to the checkpoint, and a seal.

The format is in infra/docs/record-format.md. The seal is an entry of the log itself that names the
digest of the manifest, so that the log's own key signs the export and no second key exists.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit import keys, log, payload
from audit.checkpoint import verifier_line
from audit.entries import stretches
from audit.leaf import Key
from audit.witnessing import events, explaining, proofs
from audit.witnessing.paper import on_paper
from audit.witnessing.purges import purges_under
from audit.witnessing.readable import GoingOn, nobody_waits, written

FORMAT = "rempart/export/v1"
MOST_ON_PAPER = 20_000
"""Entries that somebody may still leaf through; of more there is no list on paper."""
_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What goes into an export, as it was read from the log."""

    stored: log.Stored
    entries: Sequence[tuple[int, bytes]]
    tree: bytes
    keys: str
    purges: bytes


@dataclass(frozen=True, slots=True)
class Export:
    """An export but for its seal. The manifest comes first and names the other files."""

    stored: log.Stored
    parts: Mapping[str, bytes]
    entries: int

    @property
    def digest(self) -> str:
        """What the seal says of it."""
        return sha256(self.parts["manifest.json"]).hexdigest()


def export(
    connection: log.Connection,
    stored: log.Stored,
    chosen: Sequence[Key],
    *,
    filters: Mapping[str, str],
    made_at: datetime,
) -> Export:
    """These entries as they lie under the checkpoint. NoProof when one of them does not."""
    entries = proofs.entries_at(connection, stored, chosen)
    return made(found(connection, stored, entries), filters=filters, made_at=made_at)


def found(
    connection: log.Connection, stored: log.Stored, entries: Sequence[tuple[int, bytes]]
) -> Found:
    """These entries with what leads from them to the checkpoint. NoProof as for an export."""
    tree = proofs.tree_around(connection, stored, [index for index, _leaf in entries])
    origin = keys.origin(stored.cell_id)
    public = [f"{verifier_line(origin, key)}\n" for key in keys.chain(connection)]
    handed_over = keys.notes(connection)
    known = "\n".join(["".join(public), *handed_over])
    return Found(stored, entries, tree, known, purges_under(connection, stored))


def made(
    what: Found,
    *,
    filters: Mapping[str, str],
    made_at: datetime,
    called: Mapping[str, str] | None = None,
    going_on: GoingOn = nobody_waits,
) -> Export:
    """The files. Nothing is read any more; ``called`` are names for what is printed on paper.

    ``going_on`` is told of each entry that is written, twice: in the tables and on paper.
    """
    stored, origin = what.stored, keys.origin(what.stored.cell_id)
    at = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines, rows = written(what.entries, going_on)
    parts = {
        "entries.jsonl": lines,
        "entries.csv": rows,
        explaining.NAME: explaining.explained(origin),
        **_paper(what, lines, filters=filters, made_at=at, called=called or {}, going_on=going_on),
        "tree.bin": what.tree,
        "checkpoint.txt": stored.note.encode(),
        "keys.txt": what.keys.encode(),
        **({"purges.json": what.purges} if what.purges else {}),
    }
    manifest = {
        "format": FORMAT,
        "origin": origin,
        "cell": stored.cell_id,
        "made_at": at,
        "filters": dict(filters),
        "entries": len(what.entries),
        "size": stored.size,
        "files": {name: sha256(content).hexdigest() for name, content in parts.items()},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    return Export(stored, {"manifest.json": text.encode(), **parts}, len(what.entries))


def _paper(what: Found, lines: bytes, **words: Any) -> dict[str, bytes]:
    if len(what.entries) > MOST_ON_PAPER:
        return {}
    origin = keys.origin(what.stored.cell_id)
    return {"record.pdf": on_paper(origin, what.stored, what.entries, lines=lines, **words)}


def seal_of(connection: log.Connection, made: Export) -> dict[str, bytes] | None:
    """The two files of the seal; None while the entry of this export is not sealed yet."""
    stored = made.stored
    return seal_about(
        connection, stored.cell_id, size=stored.size, digest=made.digest, after=stored.hi
    )


def seal_about(
    connection: log.Connection, cell_id: int, *, size: int, digest: str, after: Key
) -> dict[str, bytes] | None:
    """The same for an export that is not at hand.

    ``size`` is that of the export's checkpoint, ``digest`` that of its manifest; the entry is
    looked for behind ``after``.
    """
    later = log.last_checkpoint(connection, cell_id)
    sealed = _entry_about(connection, cell_id, digest, after, later.hi) if later else None
    if later is None or sealed is None:
        return None
    index = proofs.index_of(connection, later.cell_id, sealed)
    leaf = proofs.leaf_of(connection, later.cell_id, sealed)
    tree = proofs.tree_of(connection, later)
    shown = proofs.proof_text(leaf, index, tree.inclusion(index), later.note)
    leading = proofs.consistency_text(size, tree.consistency(size), later.note)
    return {"seal.tlog-proof": shown.encode(), "seal.rempart-consistency": leading.encode()}


def write(path: Path, made: Export, seal: Mapping[str, bytes]) -> None:
    """One file, in the order of the format, as a whole or not at all, for its owner's eyes."""
    new = path.with_name(f"{path.name}.part")
    new.unlink(missing_ok=True)
    try:
        with (
            os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            zipfile.ZipFile(file, "w") as archive,
        ):
            add(archive, {**made.parts, **seal})
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def archived(parts: Mapping[str, bytes]) -> memoryview:
    """The archive of these files, in their order."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        add(archive, parts)
    return whole.getbuffer()


def add(archive: zipfile.ZipFile, parts: Mapping[str, bytes]) -> None:
    """Put these files behind those that are there, as they are and without a time."""
    for name, content in parts.items():
        archive.writestr(zipfile.ZipInfo(name), content)


def _entry_about(
    connection: log.Connection, cell_id: int, digest: str, after: Key, until: Key
) -> Key | None:
    """The entry that says the export with this digest was made, between two places."""
    for where, place in stretches(after, until):
        rows = log.execute(
            connection,
            "SELECT epoch, xid::text::int8, id, payload FROM audit_entry"  # noqa: S608  constants
            f" WHERE cell_id = %s AND kind = %s AND {where}"
            " ORDER BY audit_entry.epoch, audit_entry.xid, audit_entry.id LIMIT %s",
            [cell_id, events.EXPORTED.name, *place, _LOOKED_AT],
        )
        for *key, content in rows:
            facts = payload.decode(bytes(content)).get("facts")
            if isinstance(facts, dict) and facts.get("sha256") == digest:
                return Key(*key)
    return None
