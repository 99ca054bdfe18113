"""Cosignatures of witnesses: C2SP cosignature/v1 with Ed25519, a line below the log's own.

    — <name> <base64 of key id (4 bytes) | time (8 bytes) | signature (64 bytes)>

Signed is ``cosignature/v1``, a line with the time, and the checkpoint's body. It says: I have seen
this log prolong all that I have cosigned of it before.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KIND = b"\x04"
_LINE = re.compile(r"\N{EM DASH} ([!-*,-~]{1,100}) ([A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[!-*,-~]{1,100}")
_LENGTH = 4 + 8 + 64


class NotAKey(ValueError):
    """The line is not the public key of a witness."""


class NotSigned(ValueError):
    """The line is no cosignature of this text by this key."""


@dataclass(frozen=True, slots=True)
class Line:
    """A signature line below a checkpoint: whose, by which key, and the line as it stands."""

    name: str
    blob: bytes
    text: str


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys of the same name apart."""
    return sha256(name.encode() + b"\n" + KIND + public).digest()[:4]


def key_line(name: str, public: bytes) -> str:
    """The key as C2SP tools write it: ``name+id+key``."""
    blob = base64.b64encode(KIND + public).decode()
    return f"{name}+{key_id(name, public).hex()}+{blob}"


def key_from(line: str) -> tuple[str, bytes]:
    """Name and public key out of such a line. NotAKey when it is anything else."""
    name, identifier, text = [*line.strip().split("+", 2), "", ""][:3]
    try:
        blob = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise NotAKey from None
    if len(blob) != 33 or blob[:1] != KIND or _NAME.fullmatch(name) is None:
        raise NotAKey
    if key_id(name, blob[1:]).hex() != identifier:
        raise NotAKey
    return name, blob[1:]


def body_of(note: str) -> str:
    """The part of a note that is signed."""
    return note.partition("\n\n")[0] + "\n"


def lines_of(note: str) -> list[Line]:
    """The signature lines below a checkpoint that could be cosignatures."""
    found = []
    for text in note.partition("\n\n")[2].splitlines():
        match = _LINE.fullmatch(text)
        if match is None:
            continue
        try:
            blob = base64.b64decode(match[2], validate=True)
        except (ValueError, binascii.Error):
            continue
        if len(blob) == _LENGTH:
            found.append(Line(match[1], blob, text))
    return found


def is_by(line: Line, name: str, public: bytes, at: datetime) -> bool:
    """Whether the line says this name, this key and this time, whatever it signs."""
    said = (line.name, line.blob[:4], int.from_bytes(line.blob[4:12], "big"))
    return said == (name, key_id(name, public), at.timestamp())


def signed_at(line: Line, name: str, public: bytes, note: str) -> datetime:
    """When this key has cosigned the note. NotSigned unless it has."""
    if (line.name, line.blob[:4]) != (name, key_id(name, public)):
        raise NotSigned
    seconds = int.from_bytes(line.blob[4:12], "big")
    message = f"cosignature/v1\ntime {seconds}\n{body_of(note)}"
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(line.blob[12:], message.encode())
        return datetime.fromtimestamp(seconds, UTC)
    except (InvalidSignature, ValueError, OverflowError, OSError):
        raise NotSigned from None
