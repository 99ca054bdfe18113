"""Signed checkpoints of a log: C2SP tlog-checkpoint in a C2SP signed note, Ed25519.

Other people's witnesses and verifiers read this format. The body is origin, size and root, and
one extension line with the time of sealing, so that the date an auditor reads is signed too::

    rempart/12
    2048
    <base64 of the root>
    time 2026-11-21T08:15:00.200000Z

    — rempart/12 <base64 of key id and signature>
"""

import base64
import binascii
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.links import Link

_ED25519 = b"\x01"
_DASH = "\N{EM DASH}"
_BODY = re.compile(
    r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
)
_SIGNATURE = re.compile(rf"{_DASH} (?P<name>[^\s+]+) (?P<blob>[A-Za-z0-9+/]+={{0,2}})")


class BadNote(Exception):
    """The note is not one of ours, or nobody we know has signed it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log was at one time: which log, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def body(self) -> str:
        """The exact text that is signed."""
        root = base64.b64encode(self.root).decode()
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return f"{self.origin}\n{self.size}\n{root}\ntime {at}\n"


def key_id(name: str, public: Ed25519PublicKey) -> bytes:
    """Four bytes that tell keys of the same name apart."""
    return sha256(name.encode() + b"\n" + _ED25519 + public.public_bytes_raw()).digest()[:4]


def verifier_line(name: str, public: Ed25519PublicKey) -> str:
    """The public key as C2SP tools want it: ``name+id+key``."""
    key = base64.b64encode(_ED25519 + public.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, public).hex()}+{key}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The note: body, empty line, one signature line in the log's own name."""
    body = checkpoint.body()
    blob = key_id(checkpoint.origin, key.public_key()) + key.sign(body.encode())
    return f"{body}\n{_DASH} {checkpoint.origin} {base64.b64encode(blob).decode()}\n"


def read(note: str, keys: Iterable[Ed25519PublicKey]) -> Checkpoint:
    """The checkpoint in the note, or BadNote unless one of the keys has signed exactly it.

    A key of a chain (a Link) signs for its own time and no other.
    """
    body, separator, signatures = note.partition("\n\n")
    match = _BODY.fullmatch(body + "\n")
    if not separator or match is None:
        raise BadNote("this is not a checkpoint")
    checkpoint = Checkpoint(
        origin=match["origin"],
        size=int(match["size"]),
        root=_decoded(match["root"]),
        at=_time(match["at"]),
    )
    if checkpoint.body() != body + "\n":
        raise BadNote("this is not written the one way a checkpoint is written")
    mine = [found for found in _signatures(signatures) if found[0] == checkpoint.origin]
    for public in keys:
        known = key_id(checkpoint.origin, public)
        for _name, blob in mine:
            if blob[:4] == known:
                try:
                    public.verify(blob[4:], checkpoint.body().encode())
                except InvalidSignature:
                    raise BadNote("the signature does not belong to this text") from None
                if isinstance(public, Link) and not public.holds(checkpoint.at):
                    raise BadNote("the key that has signed it was not the log's at that time")
                return checkpoint
    raise BadNote("no key that we know has signed it")


def alone(note: str, keys: Iterable[Ed25519PublicKey]) -> str:
    """The note with the one line by which one of the keys has signed it. BadNote as for reading."""
    body, _separator, lines = note.partition("\n\n")
    known = tuple(keys)
    for line in lines.splitlines():
        with suppress(BadNote):
            read(signed := f"{body}\n\n{line}\n", known)
            return signed
    raise BadNote("no key that we know has signed it")


def _signatures(lines: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    *each, end = lines.split("\n")
    if end:
        raise BadNote("the note does not end with its last line")
    for line in each:
        match = _SIGNATURE.fullmatch(line)
        if match is None:
            raise BadNote("a line below the text is not a signature")
        found.append((match["name"], _decoded(match["blob"])))
    return found


def _decoded(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadNote("this is not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise BadNote("this is not written the one way base64 is written")
    return decoded


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadNote("this is not a time") from None
