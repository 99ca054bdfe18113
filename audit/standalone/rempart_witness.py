#!/usr/bin/env python3
"""Keeps the last checkpoint of a Rempart log, and refuses one that does not prolong it.

For an agency, on a machine of its own: one file, the Python standard library and `cryptography`,
nothing of Rempart. Run it by hand or from cron; it ends with 0 when the log prolongs what was kept,
with 1 when it does not (an ALARM: keep both files), with 2 when it could not tell.

    rempart_witness.py --key 'rempart/12+1a2b3c4d+AX...' --state kept.txt --begin --file first.txt
    rempart_witness.py --key 'rempart/12+1a2b3c4d+AX...' --state kept.txt --file FILE
    rempart_witness.py --key ... --state kept.txt --url https://rempart.example --token-file TOKEN

FILE is a checkpoint, or what leads from the kept one to it (.rempart-consistency), both from the
page "Copie du journal". The key is given by `manage.py audit_key --cell N`: ask for it by another
way than the application, once.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TITLE = "rempart/consistency/v1"
LARGEST = 200_000
CHECKPOINT = re.compile(
    r"([^\s+]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\ntime [0-9T:.-]{26}Z\n"
)


class Alarm(Exception):
    """The log contradicts what was kept, or somebody else has signed it."""


class Unclear(Exception):
    """There is nothing that could be compared."""


Key = tuple[str, bytes, Ed25519PublicKey]


class Checkpoint:
    """What a log said of itself at one time, and the text that its key signed."""

    def __init__(self, note: str, key: Key) -> None:
        """Alarm unless exactly this key has signed the note in the log's own name."""
        self.note = note
        body, _empty, signatures = note.partition("\n\n")
        body += "\n"
        found = CHECKPOINT.fullmatch(body)
        if found is None:
            raise Unclear("this is not a checkpoint")
        self.origin, self.size = found[1], int(found[2])
        self.root = base64.b64decode(found[3], validate=True)
        name, identifier, public = key
        if self.origin != name:
            raise Unclear(f"this is a checkpoint of {self.origin}, not of {name}")
        for line in signatures.splitlines():
            dash, _space, rest = line.partition(" ")
            signer, _space, blob = rest.partition(" ")
            raw = decoded(blob)
            if (dash, signer, raw[:4]) == ("\N{EM DASH}", name, identifier):
                try:
                    public.verify(raw[4:], body.encode())
                except InvalidSignature:
                    raise Alarm("the signature does not belong to this text") from None
                return
        raise Alarm("it is signed by another key than the one that was given")


def decoded(text: str) -> bytes:
    """Base64, or Unclear."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Unclear("this is not base64") from None


def key_from(line: str) -> Key:
    """Name, identifier and public key out of ``name+identifier+key``."""
    name, identifier, blob = [*line.strip().split("+", 2), "", ""][:3]
    raw = decoded(blob)
    known = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != 1 or known.hex() != identifier:
        raise Unclear("this is not the key of a log: name+identifier+key")
    return name, known, Ed25519PublicKey.from_public_bytes(raw[1:])


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
            old = hashlib.sha256(b"\x01" + step + old).digest()
            new = hashlib.sha256(b"\x01" + step + new).digest()
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = hashlib.sha256(b"\x01" + new + step).digest()
        position, last = position >> 1, last >> 1
    return last == 0 and old == older_root and new == root


def offered(text: str, key: Key) -> tuple[int | None, list[bytes], Checkpoint]:
    """The older size, the proof and the new checkpoint in a file; no size in a bare checkpoint."""
    if not text.startswith(TITLE + "\n"):
        return None, [], Checkpoint(text, key)
    head, _empty, note = text.partition("\n\n")
    _title, old, *hashes = head.split("\n")
    if not re.fullmatch(r"old [1-9][0-9]{0,18}", old):
        raise Unclear("this file does not say what it leads from")
    return int(old[4:]), [decoded(line) for line in hashes], Checkpoint(note, key)


def judge(kept: Checkpoint, old: int | None, proof: list[bytes], new: Checkpoint) -> None:
    """Nothing when the new checkpoint prolongs the kept one; Alarm when it does not."""
    if new.size < kept.size:
        raise Alarm(f"the log had {kept.size} entries and now says {new.size}")
    if new.size > kept.size and old != kept.size:
        raise Unclear(f"this does not lead from the {kept.size} entries that were kept")
    if new.size == kept.size:
        proof = []
    if not prolongs(kept.size, new.size, proof, kept.root, new.root):
        raise Alarm(f"the first {kept.size} entries are no longer those that were kept")


def fetched(url: str, token: str, kept: Checkpoint | None) -> str:
    """What the log's house says today to who holds the kept checkpoint."""
    place = urllib.parse.urlsplit(url)
    if place.scheme != "https" and place.hostname not in ("localhost", "127.0.0.1"):
        raise Unclear("the address has to begin with https://")
    path = f"audit/consistency/?old={kept.size}" if kept else "audit/checkpoint/"
    request = urllib.request.Request(f"{url.rstrip('/')}/api/v1/{path}")  # noqa: S310  checked above
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  checked above
            said = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as refusal:
        if kept and refusal.code == 422:
            raise Alarm(f"the log no longer has the {kept.size} entries that were kept") from None
        raise Unclear(f"the house answers {refusal.code}") from None
    except (OSError, ValueError) as problem:
        raise Unclear(f"the house cannot be asked: {problem}") from None
    return str(said["file" if kept else "note"])


def write(path: Path, text: str) -> None:
    """Put the file in place as a whole: after a power cut it is the old one or the new one."""
    new = path.with_name(path.name + ".new")
    with open(new, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)


def watch(options: argparse.Namespace) -> str:
    """One look at the log. What is refused is kept beside the state: it is the evidence."""
    key, kept = key_from(options.key), None
    if options.state.exists():
        if options.begin:
            raise Unclear(f"{options.state} is there already: a witness begins once")
        kept = Checkpoint(options.state.read_text(encoding="utf-8"), key)
    elif not options.begin:
        raise Unclear(f"{options.state} is not there. The very first time: --begin")
    if options.file is not None:
        text = options.file.read_bytes()[:LARGEST].decode().replace("\r\n", "\n")
    else:
        text = fetched(options.url, options.token_file.read_text().strip(), kept)
    try:
        old, proof, new = offered(text, key)
        if kept is not None:
            judge(kept, old, proof, new)
    except Alarm:
        write(options.state.with_name(options.state.name + ".refused"), text)
        raise
    write(options.state, new.note)
    return f"{new.origin}: {kept.size if kept else 0} -> {new.size} entries"


def main(arguments: list[str] | None = None) -> int:
    """0 when the log prolongs what was kept, 1 for an alarm, 2 when nothing could be compared."""
    first, _empty, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--key", required=True, help="the log's key: name+identifier+key")
    parser.add_argument("--state", required=True, type=Path, help="where the checkpoint is kept")
    parser.add_argument("--begin", action="store_true", help="keep a first checkpoint")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, help="a checkpoint, or what leads to it")
    source.add_argument("--url", help="the address of the application")
    parser.add_argument("--token-file", type=Path, help="holds the secret of an agency's token")
    options = parser.parse_args(arguments)
    if options.url and not options.token_file:
        parser.error("--url needs --token-file")
    try:
        sys.stdout.write(f"{watch(options)}\n")
    except Alarm as alarm:
        sys.stderr.write(f"ALARM: {alarm}\n")
        return 1
    except (Unclear, OSError, UnicodeDecodeError) as problem:
        sys.stderr.write(f"Nothing compared: {problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
