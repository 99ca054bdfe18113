"""The note with which one key of the log hands over to the next: both have signed it.

    rempart/key/v1
    rempart
    2
    <base64 of 01 and the new public key>
    from 2026-11-21T08:15:00.000000Z

    — rempart <base64 of key id and signature of the key before>
    — rempart <base64 of key id and signature of the new key>

Whoever knows the first key can follow the chain; nobody can add to it without the key before.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.checkpoint import BadNote, key_id
from audit.links import Link

_DASH = "\N{EM DASH}"
_NOTE = re.compile(
    r"rempart/key/v1\n(?P<origin>[^\s+]+)\n(?P<number>[2-9]|[1-9][0-9]{1,8})\n"
    r"(?P<key>[A-Za-z0-9+/]{44})\nfrom (?P<since>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
)
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def handing_over(
    origin: str,
    number: int,
    since: datetime,
    *,
    older: Ed25519PrivateKey,
    newer: Ed25519PrivateKey,
) -> str:
    """The note, signed by the key before and by the new one."""
    public = base64.b64encode(b"\x01" + newer.public_key().public_bytes_raw()).decode()
    at = since.astimezone(UTC).strftime(_TIME)
    body = f"rempart/key/v1\n{origin}\n{number}\n{public}\nfrom {at}\n"
    lines = [_line(origin, body, key) for key in (older, newer)]
    return body + "\n" + "".join(lines)


def chain_from(anchor: Ed25519PublicKey, notes: Iterable[str], origin: str) -> tuple[Link, ...]:
    """Every key from the first, pinned one on, each for its time.

    BadNote when a note does not follow from the one before.
    """
    links = [Link(1, anchor)]
    for number, note in enumerate(notes, 2):
        before = links[-1]
        match = _NOTE.match(note)
        if match is None or (match["origin"], int(match["number"])) != (origin, number):
            raise BadNote(f"this does not hand over to key {number} of {origin}")
        since = datetime.strptime(match["since"], _TIME).replace(tzinfo=UTC)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(match["key"])[1:])
        if since <= before.since:
            raise BadNote(f"key {number} begins before the one that it follows")
        _check(origin, match[0], note[match.end() :], (before, public))
        links[-1] = Link(before.number, before.public, before.since, since)
        links.append(Link(number, public, since))
    return tuple(links)


def _line(origin: str, body: str, key: Ed25519PrivateKey) -> str:
    blob = key_id(origin, key.public_key()) + key.sign(body.encode())
    return f"{_DASH} {origin} {base64.b64encode(blob).decode()}\n"


def _check(origin: str, body: str, rest: str, keys: Sequence[Ed25519PublicKey]) -> None:
    """BadNote unless each of the keys has signed the body, in their order and nothing else."""
    lines = rest.split("\n")
    if len(lines) != len(keys) + 2 or lines[0] or lines[-1]:
        raise BadNote("it takes the signature of the key before and of the new one")
    for line, key in zip(lines[1:-1], keys, strict=True):
        start = f"{_DASH} {origin} "
        blob = base64.b64decode(line.removeprefix(start)) if line.startswith(start) else b""
        if blob[:4] != key_id(origin, key):
            raise BadNote("another key has signed it")
        try:
            key.verify(blob[4:], body.encode())
        except InvalidSignature:
            raise BadNote("a signature does not belong to this text") from None
