"""Identifiers that sort by time and reveal nothing else."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A random identifier that starts with the time in milliseconds (RFC 9562, version 7)."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= ((random >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & (2**62 - 1)
    return UUID(int=value)


def id_in(text: str) -> UUID | None:
    """The identifier in what somebody has sent; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
