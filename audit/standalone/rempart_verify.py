#!/usr/bin/env python3
"""Checks what Rempart gives out of its record, offline: record-format.md has the format.

Ends with 0 when everything holds, else with 1 and what is bad. Ask for the first key (`manage.py
audit_key --cell CODE`) by another way than the application; --keys FILE has those that followed it.

    rempart_verify.py export FILE.zip --key 'rempart/12+1a2b3c4d+AX...'
    rempart_verify.py proof FILE.tlog-proof --key ...
    rempart_verify.py consistency KEPT.txt FILE.rempart-consistency --key ...
"""

import argparse
import base64
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
COLUMNS = ["epoch", "xid", "id", "at", "cell_id", "kind", "outcome", "actor", "seat", "agency"]
COLUMNS += ["case_id", "subject_id", "request", "payload"]
ERA = range(-63082281599999999, 252455615999999999)  # the microseconds of the years 1 to 9999
READ = ["id", "at", *COLUMNS[5:13], "channel", "code", "facts"]
PURGES, PROOF, CONSISTENCY = "purges.json", "seal.tlog-proof", "seal.rempart-consistency"
FILES = ["manifest.json", "entries.jsonl", "entries.csv", "LISEZMOI.txt", "record.pdf", "tree.bin"]
FILES += ["checkpoint.txt", "keys.txt", PURGES, PROOF, CONSISTENCY]
CHECKPOINT = re.compile(r"\A([^\s+]+)\n(0|[1-9]\d{0,18})\n(\S{44})\ntime (\S{27})\n\Z", re.A)
KEY = re.compile(r"(rempart/key/v1\n(\S+)\n(\d+)\n(\S{44})\nfrom (\S{27})\n)\n(\S+ .+\n)(.+\n)")
PROVED = re.compile(r"\Ac2sp.org/tlog-proof@v1\nextra (\S+)\nindex (\d+)\n((?:\S+\n)*)\n(.*)", re.S)
PROLONGS = re.compile(r"\Arempart/consistency/v1\nold (\d+)\n((?:\S+\n)*)\n(.*)", re.S)


def need(holds: object, otherwise: str) -> None:
    """Unless it holds, this is the first bad thing."""
    if not holds:
        raise ValueError(otherwise)


def decoded(text: str) -> bytes:
    """Base64 in the one way it is written."""
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text, "something is not base64")
    return raw


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def signed(text: str, lines: str, name: str, key: bytes, what: str) -> bool:
    """Whether this key's signature is among the lines, and belongs to the text."""
    for raw in map(decoded, re.findall(rf"^\N{{EM DASH}} {re.escape(name)} (\S+)$", lines, re.M)):
        if raw[:4] == sha256(name.encode() + b"\n" + key)[:4]:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode())
            except InvalidSignature:
                raise ValueError(f"{what}: the signature does not belong to this text") from None
            return True
    return False


class Log:
    """The log that is checked: its name, and its keys, each with the time from which it signs."""

    def __init__(self, first: str, notes: str) -> None:
        self.name, identifier, blob = [*first.strip().split("+", 2), "", ""][:3]
        key = decoded(blob)
        known = sha256(self.name.encode() + b"\n" + key)[:4].hex() == identifier
        need(known and key[0] == 1, "this is not a log's key: name+identifier+key")
        self.keys = [("", key)]
        self.follow(notes)

    def follow(self, notes: str) -> None:
        """The keys after the first one: each is signed by the one before and by itself."""
        house = self.name.rpartition("/")[0]
        for number, (text, name, said, blob, since, *lines) in enumerate(KEY.findall(notes), 2):
            follows = (name, said) == (house, str(number)) and since > self.keys[-1][0]
            for line, key in zip(lines, (self.keys[-1][1], decoded(blob)), strict=True):
                follows &= key[0] == 1 and signed(text, line, house, key, "keys")
            need(follows, f"keys: this does not hand over to key {number} of {house}")
            self.keys.append((since, decoded(blob)))

    def checkpoint(self, note: str, what: str) -> tuple[int, bytes, datetime]:
        """Size, root and time that the log's key of that time has signed."""
        text, lines = [*f"{note}\n\n".split("\n\n", 2)][:2]
        [(name, size, root, at)] = CHECKPOINT.findall(f"{text}\n") or [("", "", "", "")]
        need(name, f"{what}: this is not a checkpoint")
        need(name == self.name, f"{what}: it is a checkpoint of {name}, not of {self.name}")
        by = [since for since, key in self.keys if signed(f"{text}\n", lines, name, key, what)]
        need(by, f"{what}: it is signed by another key than the one that was given")
        then = max(since for since, _key in self.keys if since <= at)
        need(then in by, f"{what}: the key that has signed it was not the log's at that time")
        return int(size), decoded(root), datetime.fromisoformat(at)


def inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that the proof leads to. A tree is cut at the largest power of two below it."""
    if size == 1 or not proof:
        need(size == 1 and not proof, "a proof has another length")
        return sha256(b"\x00" + leaf)
    left, last = 1 << (size - 1).bit_length() - 1, proof[-1]
    if index < left:
        return sha256(b"\x01", inclusion(leaf, index, left, proof[:-1]), last)
    return sha256(b"\x01", last, inclusion(leaf, index - left, size - left, proof[:-1]))


def both(old: int, size: int, proof: list[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """The older and the newer root that the proof leads to (RFC 6962, 2.1.2)."""
    need(0 < old <= size and len(proof) >= (old < size or known is None), "a proof is too short")
    if old == size:
        need(len(proof) == (known is None), "a proof is too long")
        return (known or proof[0],) * 2
    left, last = 1 << (size - 1).bit_length() - 1, proof[-1]
    if old <= left:
        older, newer = both(old, left, proof[:-1], known)
        return older, sha256(b"\x01", newer, last)
    older, newer = both(old - left, size - left, proof[:-1], None)
    return sha256(b"\x01", last, older), sha256(b"\x01", last, newer)


def read(leaf: bytes) -> dict[str, Any]:
    """An entry's columns as people read them, with the payload's channel, code and facts."""
    need(leaf.startswith(TAG), "a leaf has another version")
    values, place = list[bytes | None](), len(TAG)
    while place + 4 <= len(leaf):
        (length,) = struct.unpack_from(">i", leaf, place)
        values.append(None if length == -1 else leaf[place + 4 : place + 4 + max(length, 0)])
        place += 4 + max(length, 0)
    need(place == len(leaf) and len(values) == len(COLUMNS), "a leaf has another shape")
    said: dict[str, Any] = dict(zip(COLUMNS, values, strict=True))
    content = json.loads(said.pop("payload"))
    for name, value in said.items():
        if name in COLUMNS[:5]:
            said[name] = int.from_bytes(value, "big", signed=True)
        elif value is not None:
            said[name] = value.decode() if name in COLUMNS[5:7] else str(uuid.UUID(bytes=value))
    at = said["at"] in ERA and datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=said["at"])
    said["at"] = f"{at.isoformat(timespec='microseconds')[:26]}Z" if at else None
    return said | {name: content.get(name) for name in READ[-3:]}


def plain(value: object) -> str:
    """JSON in one way, so that two values are the same when their texts are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def cell(value: object) -> str:
    """A value as the table has it; one that a spreadsheet would run begins with an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else plain(value)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def root_over(part: range, here: list[tuple[int, bytes]], rest: list[bytes]) -> bytes:
    """The root out of exported leaves and one hash for each part without any, taken off the end."""
    if not here:
        need(rest, "tree.bin: a hash is missing")
        return rest.pop()
    if len(part) == 1:
        return sha256(b"\x00" + here[0][1])
    middle = 1 << (len(part) - 1).bit_length() - 1
    left = [one for one in here if one[0] < part[middle]]
    first = root_over(part[:middle], left, rest)
    return sha256(b"\x01", first, root_over(part[middle:], here[len(left) :], rest))


def proof_file(text: str, log: Log, what: str) -> tuple[bytes, int, int, bytes]:
    """The leaf, its index, and the signed size and root that it has been led to."""
    [(extra, index, lines, note)] = PROVED.findall(text) or [("", "0", "", text)]
    need(extra, f"{what}: this is not a tlog-proof")
    (size, root, _at), leaf, place = log.checkpoint(note, what), decoded(extra), int(index)
    need(place < size, f"{what}: there is no such place in the log")
    reached = inclusion(leaf, place, size, [decoded(line) for line in lines.split()])
    need(reached == root, f"{what}: the entry does not lead to the signed root")
    return leaf, place, size, root


def consistency_file(text: str, log: Log, older: int, older_root: bytes, what: str) -> bytes:
    """The root of the newest checkpoint, to which the file leads from the older one."""
    [(said, lines, note)] = PROLONGS.findall(text) or [("", "", text)]
    need(said == str(older), f"{what}: it does not lead from a checkpoint of {older} entries")
    size, root, _at = log.checkpoint(note, what)
    proof = [decoded(line) for line in lines.split()]
    holds = older <= size and both(older, size, proof, older_root) == (older_root, root)
    need(holds, f"{what}: the log does not prolong the checkpoint of {older} entries")
    return root


def purged(said: dict[str, str], log: Log, root: bytes) -> set[int]:
    """The leaves that a purge on record has named, if old enough; not those still there."""
    steps = [proof_file(said[name], log, PURGES) for name in ("proposed", "signed", "purged")]
    entries = [read(leaf) for leaf, _place, _size, reached in steps if reached == root]
    kinds = [entry["kind"] for entry in entries if entry["outcome"] == "done"]
    told = kinds == ["keeping.proposed", "keeping.signed", "keeping.purged"]
    need(told and steps[0][1] < steps[1][1] < steps[2][1], f"{PURGES}: the log tells of no purge")
    people = {entry["actor"] for entry in entries[:2]} - {str(uuid.UUID(int=0))}
    decided = len(people) == 2 and len({entry["subject_id"] for entry in entries}) == 1
    need(decided, f"{PURGES}: a purge was not decided by two people")
    rows, digest = decoded(said["rows"]), entries[2]["facts"].get("sha256")
    need(sha256(rows).hex() == digest, f"{PURGES}: the log names another list")
    old, late = (log.checkpoint(said[name], PURGES) for name in ("old", "late"))
    ripe = late[0] <= steps[2][1] and late[2] - old[2] >= timedelta(days=180)
    need(ripe, f"{PURGES}: a purge came too early")
    still = dict(struct.iter_unpack(">Q32s", decoded(said.get("still", ""))))
    tiles = [(n * 256, m, still.get(n, bytes(32))) for n, m in struct.iter_unpack(">Q32s", rows)]
    gone = {n + i for n, m, s in tiles for i in range(256) if m[i // 8] & ~s[i // 8] & 1 << i % 8}
    return {place for place in gone if place < old[0]}


def export(path: Path, log: Log) -> str:
    """An export: every file, every entry, the tree over them, the seal."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    expected = [name for name in FILES if name in parts or name not in (*FILES[3:5], PURGES)]
    need(archive.namelist() == expected, f"{path}: its files are not {', '.join(expected)}")
    manifest = json.loads(parts["manifest.json"])
    need(manifest.get("format") == "rempart/export/v1", "manifest.json: it is another format")
    for name, content in list(parts.items())[1:-2]:
        same = manifest["files"].pop(name, None) == sha256(content).hex()
        need(same, f"{name}: it is not the file that the manifest names")
    need(not manifest["files"], "manifest.json: it names files that are not there")
    log.follow(parts["keys.txt"].decode() if len(log.keys) == 1 else "")
    size, root, _at = log.checkpoint(parts["checkpoint.txt"].decode(), "checkpoint.txt")
    said = (manifest["origin"], manifest["cell"], manifest["size"])
    here = said == (log.name, int(log.name.rpartition("/")[2]), size)
    need(here, "manifest.json: it speaks of another log or checkpoint")
    lines = [json.loads(line) for line in parts["entries.jsonl"].splitlines()]
    rows = list(csv.reader(io.StringIO(parts["entries.csv"].decode(), newline="")))
    leaves, place = {line["index"]: decoded(line["leaf"]) for line in lines}, -1
    for number, line in enumerate(lines):
        where = f"entries.jsonl, line {number + 1}"
        need(place < line["index"] < size, f"{where}: it is not in the order of the log")
        place, entry = line["index"], read(leaves[line["index"]])
        need(entry["cell_id"] == manifest["cell"], f"{where}: it is an entry of another cell")
        shown = {name: entry[name] for name in READ}
        need(plain(line["read"]) == plain(shown), f"{where}: what is to be read is not in the leaf")
        same = rows[number + 1 :][:1] == [[str(place), *map(cell, shown.values())]]
        need(same, f"entries.csv, entry {number + 1}: it does not say what the leaf says")
    need(len(lines) == manifest["entries"] == len(rows) - 1, "manifest.json: it counts otherwise")
    need(rows[0] == ["index", *READ], "entries.csv: its first line is another one")
    rest = re.findall(rb".{1,32}", parts["tree.bin"], re.S)[::-1]
    reached = root_over(range(size), list(leaves.items()), rest)
    need(not rest, "tree.bin: there are more hashes than the tree has parts")
    need(reached == root, "entries.jsonl, tree.bin: this is not what checkpoint.txt has signed")
    purges = json.loads(parts.get(PURGES, b"[]"))
    gone = set().union(*(purged(one, log, root) for one in purges)) - leaves.keys()
    left_out = size - len(leaves) - len(gone)
    need(manifest["filters"] or not left_out, f"{left_out} entries are neither here nor purged")
    leaf, _index, _later, later_root = proof_file(parts[PROOF].decode(), log, PROOF)
    sealed, digest = read(leaf), sha256(parts["manifest.json"]).hex()
    here = [sealed["kind"], sealed["facts"].get("sha256")] == ["audit.exported", digest]
    need(here, f"{PROOF}: it is the seal of another export")
    newest = consistency_file(parts[CONSISTENCY].decode(), log, size, root, CONSISTENCY)
    need(newest == later_root, f"{CONSISTENCY}: it leads to another checkpoint than the seal's")
    counted = f"{len(leaves)} of {size} entries, {len(gone)} purged, {left_out} left out"
    undated = sum(line["read"]["at"] is None for line in lines)
    counted += f", {undated} at a moment that no calendar has" if undated else ""
    return f"{log.name}: {counted}, exported on {sealed['at']}"


def main(arguments: list[str] | None = None) -> int:
    """0 when everything holds, 1 with the first bad thing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["export", "proof", "consistency"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--key", required=True, help="the log's first key: name+identifier+key")
    parser.add_argument("--keys", type=Path, help="the notes of the keys that followed it")
    options = parser.parse_args(arguments)
    try:
        log = Log(options.key, options.keys.read_text("utf-8") if options.keys else "")
        texts, what = options.files, str(options.files[-1])
        if options.what == "export":
            said = export(texts[0], log)
        elif options.what == "proof":
            leaf, index, size, _root = proof_file(texts[0].read_text("utf-8"), log, what)
            said = f"{log.name}: entry {index} of {size}: {plain(read(leaf))}"
        else:
            older, root, _at = log.checkpoint(texts[0].read_text("utf-8"), str(texts[0]))
            consistency_file(texts[1].read_text("utf-8"), log, older, root, what)
            said = f"{log.name}: the log prolongs the checkpoint of {older} entries"
    except Exception as bad:  # noqa: BLE001  whatever shape a file has, it is refused
        sys.stderr.write(f"REFUSED: {bad}\n")
        return 1
    sys.stdout.write(f"Everything holds. {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
