#!/usr/bin/env python3
"""Checks what Rempart gives out of its record, offline and without Rempart.

The format is in record-format.md. Ends with 0 when everything holds, else with 1 and what is bad.

    rempart_verify.py export FILE.zip --key 'rempart/12+1a2b3c4d+AX...'
    rempart_verify.py proof FILE.tlog-proof --key ...
    rempart_verify.py consistency KEPT.txt FILE.rempart-consistency --key ...

The key is given by `manage.py audit_key --cell N`: ask for it by another way than the application.
"""

import argparse
import base64
import bisect
import csv
import hashlib
import io
import json
import re
import struct
import sys
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TAG = b"rempart/audit/v1"
COLUMNS = [
    *("epoch", "xid", "id", "at", "cell_id", "kind", "outcome", "actor", "seat", "agency"),
    *("case_id", "subject_id", "request", "payload"),
]
READ = ["id", "at", *COLUMNS[5:13], "channel", "code", "facts"]
FILES = [
    *("manifest.json", "entries.jsonl", "entries.csv", "record.pdf", "tree.bin"),
    *("checkpoint.txt", "keys.txt", "seal.tlog-proof", "seal.rempart-consistency"),
]
PROOF, CONSISTENCY = FILES[-2:]
CHECKPOINT = re.compile(r"([^\s+]+)\n(0|[1-9][0-9]{0,18})\n(\S{44})\ntime \S{27}\n")
Key = tuple[str, bytes, Ed25519PublicKey]


MALFORMED = (OSError, LookupError, TypeError, AttributeError, ArithmeticError, zipfile.BadZipFile)


class Bad(ValueError):
    """The first thing that is not as it has to be."""


def need(holds: object, otherwise: str) -> None:
    """Bad, in these words, unless it holds."""
    if not holds:
        raise Bad(otherwise)


def decoded(text: str) -> bytes:
    """Base64 in the one way it is written."""
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text, "something is not base64")
    return raw


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def key_from(line: str) -> Key:
    """Name, identifier and public key out of ``name+identifier+key``."""
    name, identifier, blob = [*line.strip().split("+", 2), "", ""][:3]
    raw = decoded(blob)
    known = sha256(name.encode() + b"\n" + raw)[:4]
    need(len(raw) == 33 and raw[0] == 1 and known.hex() == identifier, "this is not a log's key")
    return name, known, Ed25519PublicKey.from_public_bytes(raw[1:])


def checkpoint(note: str, key: Key, what: str) -> tuple[int, bytes]:
    """Size and root that this key has signed in the log's own name."""
    body, _empty, signatures = note.partition("\n\n")
    found = CHECKPOINT.fullmatch(body + "\n")
    if found is None:
        raise Bad(f"{what}: this is not a checkpoint")
    need(found[1] == key[0], f"{what}: it is a checkpoint of {found[1]}, not of {key[0]}")
    for line in signatures.splitlines():
        dash, signer, blob = [*line.split(" "), "", ""][:3]
        raw = decoded(blob)
        if (dash, signer, raw[:4]) == ("\N{EM DASH}", key[0], key[1]):
            try:
                key[2].verify(raw[4:], f"{body}\n".encode())
            except InvalidSignature:
                raise Bad(f"{what}: the signature does not belong to this text") from None
            return int(found[2]), decoded(found[3])
    raise Bad(f"{what}: it is signed by another key than the one that was given")


def inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that the proof leads to from the leaf's hash (RFC 9162, 2.1.3.2)."""
    position, last, reached = index, size - 1, sha256(b"\x00" + leaf)
    for step in proof:
        need(last, "a proof is too long")
        if position & 1 or position == last:
            reached = sha256(b"\x01", step, reached)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            reached = sha256(b"\x01", reached, step)
        position, last = position >> 1, last >> 1
    need(not last, "a proof is too short")
    return reached


def prolongs(older: int, size: int, proof: list[bytes], older_root: bytes, root: bytes) -> bool:
    """Whether the proof leads from both roots to a common beginning (RFC 9162, 2.1.4.2)."""
    if older == size:
        return not proof and older_root == root
    steps = list(proof) if older & (older - 1) else [older_root, *proof]
    if not 0 < older < size or not steps:
        return False
    position, last = older - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = sha256(b"\x01", step, old), sha256(b"\x01", step, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = sha256(b"\x01", new, step)
        position, last = position >> 1, last >> 1
    return last == 0 and old == older_root and new == root


def read(leaf: bytes) -> dict[str, Any]:
    """An entry's columns as people read them, with the payload's channel, code and facts."""
    need(leaf.startswith(TAG), "a leaf has another version")
    values: list[bytes | None] = []
    place = len(TAG)
    while place + 4 <= len(leaf):
        (length,) = struct.unpack_from(">i", leaf, place)
        values.append(None if length == -1 else leaf[place + 4 : place + 4 + max(length, 0)])
        place += 4 + max(length, 0)
    need(place == len(leaf) and len(values) == len(COLUMNS), "a leaf has another shape")
    said: dict[str, Any] = {}
    for name, value in zip(COLUMNS, values, strict=True):
        if value is None:
            said[name] = None
        elif name in ("kind", "outcome", "payload"):
            said[name] = value.decode()
        elif name in COLUMNS[:5]:
            said[name] = int.from_bytes(value, "big", signed=True)
        else:
            said[name] = str(uuid.UUID(bytes=value))
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=said["at"])
    content = json.loads(said.pop("payload"))
    said |= {name: content.get(name) for name in ("channel", "code", "facts")}
    return said | {"at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def plain(value: object) -> str:
    """JSON in one way, so that two values are the same when their texts are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def cell(value: object) -> str:
    """A value as the table has it; one that a spreadsheet would run begins with an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else plain(value)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def root_over(size: int, leaves: dict[int, bytes], others: bytes) -> bytes:
    """The root out of exported leaves and one hash for each part without any, left first."""
    left = [others[at : at + 32] for at in range(0, len(others), 32)][::-1]
    order = sorted(leaves)

    def over(start: int, end: int, first: int, last: int) -> bytes:
        if first == last:
            need(left and len(left[-1]) == 32, "tree.bin: a hash is missing")
            return left.pop()
        if end - start == 1:
            return sha256(b"\x00" + leaves[start])
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        between = bisect.bisect_left(order, middle, first, last)
        left_root = over(start, middle, first, between)
        return sha256(b"\x01", left_root, over(middle, end, between, last))

    root = over(0, size, 0, len(order))
    need(not left, "tree.bin: there are more hashes than the tree has parts")
    return root


def proof_file(text: str, key: Key, what: str) -> tuple[bytes, int, int, bytes]:
    """The leaf, its index, and the signed size and root that it has been led to."""
    head, _empty, note = text.partition("\n\n")
    lines = [*head.split("\n"), "", ""]
    title, extra, index = lines[:3]
    need(title == "c2sp.org/tlog-proof@v1", f"{what}: this is not a tlog-proof")
    found = re.fullmatch(r"extra (\S+)\nindex (0|[1-9][0-9]{0,18})", f"{extra}\n{index}")
    if found is None:
        raise Bad(f"{what}: leaf or index is missing")
    size, root = checkpoint(note, key, what)
    leaf, place = decoded(found[1]), int(found[2])
    need(place < size, f"{what}: there is no such place in the log")
    reached = inclusion(leaf, place, size, [decoded(line) for line in lines[3:-2]])
    need(reached == root, f"{what}: the entry does not lead to the signed root")
    return leaf, place, size, root


def consistency_file(text: str, key: Key, older: int, older_root: bytes, what: str) -> bytes:
    """The root of the newest checkpoint, to which the file leads from the older one."""
    head, _empty, note = text.partition("\n\n")
    lines = [*head.split("\n"), ""]
    here = lines[:2] == ["rempart/consistency/v1", f"old {older}"]
    need(here, f"{what}: it does not lead from a checkpoint of {older} entries")
    size, root = checkpoint(note, key, what)
    holds = prolongs(older, size, [decoded(line) for line in lines[2:-1]], older_root, root)
    need(holds, f"{what}: the log does not prolong the checkpoint of {older} entries")
    return root


def export(path: Path, key: Key) -> str:
    """An export: every file, every entry, the tree over them, the seal."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    expected = [name for name in FILES if name in parts or name != "record.pdf"]
    need(archive.namelist() == expected, f"{path}: its files are not {', '.join(expected)}")
    manifest = json.loads(parts["manifest.json"])
    need(manifest.get("format") == "rempart/export/v1", "manifest.json: it is another format")
    for name, content in list(parts.items())[1:-2]:
        same = manifest["files"].pop(name, None) == sha256(content).hex()
        need(same, f"{name}: it is not the file that the manifest names")
    need(not manifest["files"], "manifest.json: it names files that are not there")
    size, root = checkpoint(parts["checkpoint.txt"].decode(), key, "checkpoint.txt")
    said = [manifest["origin"], str(manifest["cell"]), manifest["size"]]
    here = said == [key[0], key[0].rpartition("/")[2], size]
    need(here, "manifest.json: it speaks of another log or checkpoint")
    lines = [json.loads(line) for line in parts["entries.jsonl"].splitlines()]
    rows = list(csv.reader(io.StringIO(parts["entries.csv"].decode(), newline="")))
    leaves: dict[int, bytes] = {}
    place = -1
    for number, line in enumerate(lines):
        where, leaf = f"entries.jsonl, line {number + 1}", decoded(line["leaf"])
        need(0 <= line["index"] < size, f"{where}: there is no such place in the log")
        need(line["index"] > place, f"{where}: it is not in the order of the log")
        place = line["index"]
        leaves[place] = leaf
        entry = read(leaf)
        need(entry["cell_id"] == manifest["cell"], f"{where}: it is an entry of another cell")
        shown = {name: entry[name] for name in READ}
        need(plain(line["read"]) == plain(shown), f"{where}: what is to be read is not in the leaf")
        same = rows[number + 1 :][:1] == [[str(place), *map(cell, shown.values())]]
        need(same, f"entries.csv, entry {number + 1}: it does not say what the leaf says")
    need(len(lines) == manifest["entries"] == len(rows) - 1, "manifest.json: it counts otherwise")
    need(rows[0] == ["index", *READ], "entries.csv: its first line is another one")
    reached = root_over(size, leaves, parts["tree.bin"]) == root
    need(reached, "entries.jsonl, tree.bin: together they are not what checkpoint.txt has signed")
    leaf, _index, _later, later_root = proof_file(parts[PROOF].decode(), key, PROOF)
    sealed = read(leaf)
    digest = sha256(parts["manifest.json"]).hex()
    here = sealed["kind"] == "audit.exported" and sealed["facts"].get("sha256") == digest
    need(here, f"{PROOF}: it is the seal of another export")
    newest = consistency_file(parts[CONSISTENCY].decode(), key, size, root, CONSISTENCY)
    need(newest == later_root, f"{CONSISTENCY}: it leads to another checkpoint than the seal's")
    whole = ": the whole log" if len(leaves) == size else ""
    return f"{key[0]}: {len(leaves)} of {size} entries{whole}, exported on {sealed['at']}"


def main(arguments: list[str] | None = None) -> int:
    """0 when everything holds, 1 with the first bad thing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["export", "proof", "consistency"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--key", required=True, help="the log's key: name+identifier+key")
    options = parser.parse_args(arguments)
    try:
        key, texts = key_from(options.key), options.files
        if options.what == "export":
            said = export(texts[0], key)
        elif options.what == "proof":
            leaf, index, size, _root = proof_file(texts[0].read_text("utf-8"), key, str(texts[0]))
            said = f"{key[0]}: entry {index} of {size}: {plain(read(leaf))}"
        else:
            older, root = checkpoint(texts[0].read_text("utf-8"), key, str(texts[0]))
            consistency_file(texts[1].read_text("utf-8"), key, older, root, str(texts[1]))
            said = f"{key[0]}: the log prolongs the checkpoint of {older} entries"
    except (ValueError, RuntimeError, *MALFORMED) as bad:
        sys.stderr.write(f"REFUSED: {bad}\n")
        return 1
    sys.stdout.write(f"Everything holds. {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
