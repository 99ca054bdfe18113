"""An export of the record that proves itself: entries, what leads to the checkpoint, and a seal.

The format is in infra/docs/record-format.md. The seal is an entry of the log itself that names the
digest of the manifest, so that the log's own key signs the export and no second key exists.
"""

import base64
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from audit import keys, log, payload
from audit.checkpoint import verifier_line
from audit.leaf import Key
from audit.witnessing import events, proofs
from audit.witnessing.readable import plain, readable, table

FORMAT = "rempart/export/v1"
_SEALS_LOOKED_AT = 100


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
    found = proofs.bundle(connection, stored, chosen)
    origin = keys.origin(stored.cell_id)
    lines = [
        plain({"index": index, "leaf": base64.b64encode(leaf).decode(), "read": readable(leaf)})
        for index, leaf in found.entries
    ]
    public = [f"{verifier_line(origin, key)}\n" for key in keys.chain(connection)]
    parts = {
        "entries.jsonl": "".join(f"{line}\n" for line in lines).encode(),
        "entries.csv": table(found.entries),
        "tree.bin": found.tree,
        "checkpoint.txt": stored.note.encode(),
        "keys.txt": "\n".join(["".join(public), *keys.notes(connection)]).encode(),
    }
    manifest = {
        "format": FORMAT,
        "origin": origin,
        "cell": stored.cell_id,
        "made_at": made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "filters": dict(filters),
        "entries": len(lines),
        "size": stored.size,
        "files": {name: sha256(content).hexdigest() for name, content in parts.items()},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    return Export(stored, {"manifest.json": text.encode(), **parts}, len(lines))


def seal_of(connection: log.Connection, made: Export) -> dict[str, bytes] | None:
    """The two files of the seal; None while the entry of this export is not sealed yet."""
    later = log.last_checkpoint(connection, made.stored.cell_id)
    sealed = _entry_about(connection, made)
    if later is None or sealed is None or sealed > later.hi:
        return None
    index = proofs.index_of(connection, later.cell_id, sealed)
    leaf = proofs.leaf_of(connection, later.cell_id, sealed)
    tree = proofs.tree_of(connection, later)
    shown = proofs.proof_text(leaf, index, tree.inclusion(index), later.note)
    older = made.stored.size
    leading = proofs.consistency_text(older, tree.consistency(older), later.note)
    return {"seal.tlog-proof": shown.encode(), "seal.rempart-consistency": leading.encode()}


def write(path: Path, made: Export, seal: Mapping[str, bytes]) -> None:
    """One file, in the order of the format, as a whole or not at all."""
    new = path.with_name(f"{path.name}.part")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {**made.parts, **seal}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    new.replace(path)


def _entry_about(connection: log.Connection, made: Export) -> Key | None:
    """The entry that says this export was made."""
    rows = log.execute(
        connection,
        "SELECT epoch, xid::text::int8, id, payload FROM audit_entry"
        " WHERE cell_id = %s AND kind = %s"
        " ORDER BY audit_entry.epoch DESC, audit_entry.xid DESC, audit_entry.id DESC LIMIT %s",
        [made.stored.cell_id, events.EXPORTED.name, _SEALS_LOOKED_AT],
    )
    for *key, content in rows:
        facts = payload.decode(bytes(content)).get("facts")
        if isinstance(facts, dict) and facts.get("sha256") == made.digest:
            return Key(*key)
    return None
