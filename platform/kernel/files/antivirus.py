"""Asks a ClamAV daemon about a file. Without an answer nothing is ever held to be clean.

The protocol is clamd's own, as its manual says it: ``zINSTREAM``, pieces with their length before
them, an empty piece at the end, one line back.
"""

import logging
import socket
import struct
from enum import Enum

from django.conf import settings

logger = logging.getLogger(__name__)
SECONDS = 15
_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096


class Verdict(Enum):
    """What is known of a file."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNKNOWN = "unknown"


def verdict_on(content: bytes) -> Verdict:
    """What the scanner says. No scanner, no answer, or an odd answer: UNKNOWN. Never raises."""
    if not settings.CLAMD:
        return Verdict.UNKNOWN
    try:
        answer = _asked(content)
    except (OSError, ValueError) as error:
        logger.warning("the virus scanner gave no answer: %s", type(error).__name__)
        return Verdict.UNKNOWN
    if answer == "stream: OK":
        return Verdict.CLEAN
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return Verdict.INFECTED
    logger.warning("the virus scanner could not look at a file")
    return Verdict.UNKNOWN


def _asked(content: bytes) -> str:
    with _connected() as line:
        line.sendall(b"zINSTREAM\0")
        view = memoryview(content)
        for place in range(0, len(view), _PIECE):
            piece = view[place : place + _PIECE]
            line.sendall(struct.pack(">I", len(piece)))
            line.sendall(piece)
        line.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            more = line.recv(1024)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0").decode("ascii", "replace").strip()


def _connected() -> socket.socket:
    how, _colon, place = settings.CLAMD.partition(":")
    if how == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(SECONDS)
        try:
            line.connect(place)
        except OSError:
            line.close()
            raise
        return line
    if how != "tcp":
        raise ValueError("REMPART_CLAMD is unix:/path/to/socket or tcp:host:port")
    host, _colon, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)
