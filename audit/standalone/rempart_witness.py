#!/usr/bin/env python3
"""Keeps the last checkpoint of a Rempart log, and refuses one that does not prolong it.

For an agency, on a machine of its own: one file, the Python standard library and `cryptography`,
nothing of Rempart. Run it by hand or from cron; it ends with 0 when the log prolongs what was kept,
with 1 when it does not (an ALARM: keep both files), with 2 when it could not tell.

    rempart_witness.py --key 'rempart/12+1a2b3c4d+AX...' --state kept.txt --begin --file first.txt
    rempart_witness.py --key 'rempart/12+1a2b3c4d+AX...' --state kept.txt --file FILE
    rempart_witness.py --key ... --state kept.txt --url https://rempart.example --token-file TOKEN

    rempart_witness.py --new-key mine.key --name temoin.gendarmerie.example
    rempart_witness.py --key ... --state kept.txt --url ... --token-file TOKEN --sign-with mine.key
    rempart_witness.py --key ... --check FILE --cosigned-by 'temoin.gendarmerie.example+5e6f+BA...'

FILE is a checkpoint, or what leads from the kept one to it (.rempart-consistency), both from the
page "Copie du journal". The key is the log's first one, given by `manage.py audit_key --cell CODE`:
ask for it by another way than the application, once. A key that follows is signed by the one before
it; the notes that say so come with what --url gives, or in a file: --keys.

With a key of its own a witness cosigns what it has kept, in kept.txt.cosigned, and hands that in at
--url; else somebody does it on the same page. --check asks whether others have cosigned a file.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TITLE = "rempart/consistency/v1"
LARGEST = 200_000
WITNESS = b"\x04"
NAME = re.compile(r"[!-*,-~]{1,100}")
CHECKPOINT = re.compile(
    r"([^\s+]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\ntime ([0-9T:.-]{26}Z)\n"
)
KEY_NOTE = re.compile(
    r"(rempart/key/v1\n(\S+)\n(\d+)\n(\S{44})\nfrom ([0-9T:.-]{26}Z)\n)\n(\S+ .+\n)(.+\n)"
)


class Alarm(Exception):
    """The log contradicts what was kept, or somebody else has signed it."""


class Unclear(Exception):
    """There is nothing that could be compared."""


class Log:
    """A log's name and its keys, each with the time from which it signs."""

    def __init__(self, first: str, notes: str) -> None:
        """Alarm when a note does not hand over from the key before."""
        self.name, identifier, blob = [*first.strip().split("+", 2), "", ""][:3]
        key = decoded(blob)
        if len(key) != 33 or key[0] != 1 or signer(self.name, key).hex() != identifier:
            raise Unclear("this is not the key of a log: name+identifier+key")
        self.keys = [("", key)]
        house = self.name.rpartition("/")[0]
        for number, (text, name, said, blob, since, *lines) in enumerate(
            KEY_NOTE.findall(notes), 2
        ):
            before, newer = self.keys[-1], decoded(blob)
            follows = (name, said) == (house, str(number)) and since > before[0]
            for line, each in zip(lines, (before[1], newer), strict=True):
                follows = follows and each[0] == 1 and signed(text, line, house, each)
            if not follows:
                raise Alarm(f"nothing hands over to key {number} of {house}")
            self.keys.append((since, newer))


class Checkpoint:
    """What a log said of itself at one time, and the text that its key signed."""

    def __init__(self, note: str, log: Log) -> None:
        """Alarm unless exactly the log's key of that time has signed the note in its own name."""
        self.note = note
        body, _empty, signatures = note.partition("\n\n")
        self.body = body + "\n"
        found = CHECKPOINT.fullmatch(self.body)
        if found is None:
            raise Unclear("this is not a checkpoint")
        self.origin, self.size = found[1], int(found[2])
        self.root = base64.b64decode(found[3], validate=True)
        if self.origin != log.name:
            raise Unclear(f"this is a checkpoint of {self.origin}, not of {log.name}")
        by = [since for since, key in log.keys if signed(self.body, signatures, log.name, key)]
        if not by:
            raise Alarm("it is signed by another key than the one that was given")
        if max(since for since, _key in log.keys if since <= found[4]) not in by:
            raise Alarm("the key that has signed it was not the log's at that time")


def cosigned(text: str, at: bytes) -> bytes:
    """What a witness signs: the text of a checkpoint, at a time."""
    return f"cosignature/v1\ntime {int.from_bytes(at, 'big')}\n{text}".encode()


def signer(name: str, key: bytes) -> bytes:
    """How a key is told from others of its name."""
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def signed(text: str, lines: str, name: str, key: bytes) -> bool:
    """Whether this key has signed the text. Alarm when its signature is of another one."""
    for line in lines.splitlines():
        dash, who, blob = [*line.split(" ", 2), "", ""][:3]
        raw = decoded(blob)
        if (dash, who, raw[:4]) == ("\N{EM DASH}", name, signer(name, key)):
            content, signature = text.encode(), raw[4:]
            if key[:1] == WITNESS:
                content, signature = cosigned(text, raw[4:12]), raw[12:]
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, content)
            except InvalidSignature:
                raise Alarm("the signature does not belong to this text") from None
            return True
    return False


def decoded(text: str) -> bytes:
    """Base64, or Unclear."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Unclear("this is not base64") from None


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


def offered(text: str, log: Log) -> tuple[int | None, list[bytes], Checkpoint]:
    """The older size, the proof and the new checkpoint in a file; no size in a bare checkpoint."""
    if not text.startswith(TITLE + "\n"):
        return None, [], Checkpoint(text, log)
    head, _empty, note = text.partition("\n\n")
    _title, old, *hashes = head.split("\n")
    if not re.fullmatch(r"old [1-9][0-9]{0,18}", old):
        raise Unclear("this file does not say what it leads from")
    return int(old[4:]), [decoded(line) for line in hashes], Checkpoint(note, log)


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


def asking(url: str, path: str, token: str, body: bytes | None = None) -> urllib.request.Request:
    """A call of the house's API, never in the clear."""
    place = urllib.parse.urlsplit(url)
    if place.scheme != "https" and place.hostname not in ("localhost", "127.0.0.1"):
        raise Unclear("the address has to begin with https://")
    request = urllib.request.Request(f"{url.rstrip('/')}/api/v1/{path}", body)  # noqa: S310  checked
    request.add_header("Authorization", f"Bearer {token}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
    return request


def fetched(url: str, token: str, kept: Checkpoint | None) -> tuple[str, str]:
    """What the log's house says to who holds the kept checkpoint, and how its keys followed."""
    path = f"audit/consistency/?old={kept.size}" if kept else "audit/checkpoint/"
    request = asking(url, path, token)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  checked above
            said = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as refusal:
        if kept and refusal.code == 422:
            raise Alarm(f"the log no longer has the {kept.size} entries that were kept") from None
        raise Unclear(f"the house answers {refusal.code}") from None
    except (OSError, ValueError) as problem:
        raise Unclear(f"the house cannot be asked: {problem}") from None
    try:
        return str(said["file" if kept else "note"]), str(said["keys"])
    except (LookupError, TypeError):
        raise Unclear("the house answers something else") from None


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


def handed_in(url: str, token: str, note: str) -> None:
    """Give the house what was cosigned. Alarm when its log does not prolong that."""
    request = asking(url, "audit/cosignatures/", token, json.dumps({"note": note}).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  checked above
            said = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as refusal:
        raise Unclear(f"kept and cosigned, but the house answers {refusal.code}") from None
    except (OSError, ValueError) as problem:
        raise Unclear(f"kept and cosigned, but the house cannot be told: {problem}") from None
    comparison = said.get("comparison") if isinstance(said, dict) else None
    if not isinstance(comparison, str):
        raise Unclear("kept and cosigned, but the house answers something else")
    if comparison != "extends":
        later = "; it could not keep this copy now: hand it in again" if said.get("again") else ""
        raise Alarm(f"the house says of what it has signed itself: {comparison}{later}")


def new_key(path: Path, name: str) -> str:
    """Make a key of one's own in this file, which stays secret; the public line to hand out."""
    if NAME.fullmatch(name) is None:
        raise Unclear("a witness has a name without spaces and without +: --name")
    secret = Ed25519PrivateKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{name}\n{secret.private_bytes_raw().hex()}\n")
        file.flush()
        os.fsync(descriptor)
    public = WITNESS + secret.public_key().public_bytes_raw()
    return f"{name}+{signer(name, public).hex()}+{base64.b64encode(public).decode()}"


def cosign(path: Path, checkpoint: Checkpoint) -> str:
    """The checkpoint with a line of one's own, signed now."""
    name, _newline, seed = path.read_text(encoding="utf-8").strip().partition("\n")
    try:
        secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    except ValueError:
        raise Unclear(f"{path} is not a key that --new-key has made") from None
    public, at = (
        WITNESS + secret.public_key().public_bytes_raw(),
        int(time.time()).to_bytes(8, "big"),
    )
    blob = signer(name, public) + at + secret.sign(cosigned(checkpoint.body, at))
    return f"{checkpoint.note}\N{EM DASH} {name} {base64.b64encode(blob).decode()}\n"


def check(options: argparse.Namespace) -> str:
    """Whether the log and each of these witnesses have signed a file. Nothing is kept."""
    notes = options.keys.read_text(encoding="utf-8") if options.keys else ""
    found = Checkpoint(options.check.read_text(encoding="utf-8"), Log(options.key, notes))
    for line in options.cosigned_by:
        name, identifier, blob = [*line.strip().split("+", 2), "", ""][:3]
        key = decoded(blob)
        if len(key) != 33 or key[:1] != WITNESS or signer(name, key).hex() != identifier:
            raise Unclear(f"this is not the key of a witness: {line}")
        if not signed(found.body, found.note.partition("\n\n")[2], name, key):
            raise Alarm(f"{name} has not cosigned it")
    return f"{found.origin}: {found.size} entries, cosigned by {len(options.cosigned_by)}"


def watch(options: argparse.Namespace) -> str:
    """One look at the log. What is refused is kept beside the state: it is the evidence."""
    beside = options.state.with_name(options.state.name + ".keys")
    notes = beside.read_text(encoding="utf-8") if beside.exists() else ""
    kept = None
    if options.state.exists():
        if options.begin:
            raise Unclear(f"{options.state} is there already: a witness begins once")
        kept = Checkpoint(options.state.read_text(encoding="utf-8"), Log(options.key, notes))
    elif not options.begin:
        raise Unclear(f"{options.state} is not there. The very first time: --begin")
    if options.file is not None:
        text = options.file.read_bytes()[:LARGEST].decode().replace("\r\n", "\n")
        later = options.keys.read_text(encoding="utf-8") if options.keys else notes
    else:
        text, later = fetched(options.url, options.token_file.read_text().strip(), kept)
    try:
        if not later.startswith(notes):
            raise Alarm("the keys no longer follow those that were kept")
        old, proof, new = offered(text, Log(options.key, later))
        if kept is not None:
            judge(kept, old, proof, new)
    except Alarm:
        refused = text if later.startswith(notes) else f"{later}\n{text}"
        write(options.state.with_name(options.state.name + ".refused"), refused)
        raise
    if later != notes:
        write(beside, later)
    write(options.state, new.note)
    if options.sign_with:
        note = cosign(options.sign_with, new)
        write(options.state.with_name(options.state.name + ".cosigned"), note)
        if options.url:
            handed_in(options.url, options.token_file.read_text().strip(), note)
    return f"{new.origin}: {kept.size if kept else 0} -> {new.size} entries"


def main(arguments: list[str] | None = None) -> int:
    """0 when the log prolongs what was kept, 1 for an alarm, 2 when nothing could be compared."""
    first, _empty, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--key", help="the log's first key: name+identifier+key")
    parser.add_argument("--state", type=Path, help="where the checkpoint is kept")
    parser.add_argument("--begin", action="store_true", help="keep a first checkpoint")
    parser.add_argument("--sign-with", type=Path, metavar="FILE", help="a key of one's own: cosign")
    parser.add_argument("--name", default="", help="how the new key is called")
    parser.add_argument("--cosigned-by", action="append", default=[], help="a key, with --check")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--new-key", type=Path, metavar="FILE", help="make a key of one's own")
    source.add_argument(
        "--check", type=Path, metavar="FILE", help="a checkpoint: who has signed it"
    )
    source.add_argument("--file", type=Path, help="a checkpoint, or what leads to it")
    source.add_argument("--url", help="the address of the application")
    parser.add_argument(
        "--keys", type=Path, help="the notes of the keys that followed, with --file"
    )
    parser.add_argument("--token-file", type=Path, help="holds the secret of an agency's token")
    options = parser.parse_args(arguments)
    if options.url and not options.token_file:
        parser.error("--url needs --token-file")
    if not options.new_key and not (options.key and (options.check or options.state)):
        parser.error("it takes --key, and --state or --check")
    try:
        if options.new_key:
            said = new_key(options.new_key, options.name)
        else:
            said = check(options) if options.check else watch(options)
        sys.stdout.write(f"{said}\n")
    except Alarm as alarm:
        sys.stderr.write(f"ALARM: {alarm}\n")
        return 1
    except (Unclear, OSError, UnicodeDecodeError) as problem:
        sys.stderr.write(f"Nothing compared: {problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
