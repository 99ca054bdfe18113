"""What may be written in an entry, and the one way it is written.

An entry can never be erased, so it holds no personal data: numbers, yes or no, short codes,
identifiers, dates. A value that looks like free text, a name or a telephone number is refused.
"""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

CODE: Final = re.compile(r"[a-z0-9_.:-]{1,64}")
REFERENCE: Final = re.compile(r"[0-9][0-9ab][0-9]?-[0-9]{4}-[0-9]{5,7}")
MOST_VALUES: Final = 500
_LARGEST: Final = 2**53 - 1
_NUMBER_OF_A_PERSON: Final = re.compile(r"[0-9 .:_-]+")

Fact = bool | int | str | list["Fact"] | None


def encode(channel: str, facts: Mapping[str, object], *, code: str | None = None) -> bytes:
    """Canonical JSON of the facts with a nonce, which keeps a neighbour's hash from being guessed.

    Sorted keys, no spaces, ASCII, no floats: the same facts are always the same bytes.
    """
    content: dict[str, Any] = {
        "channel": plain(channel),
        "facts": {name: plain(value, name) for name, value in facts.items()},
        "nonce": os.urandom(16).hex(),
    }
    if code is not None:
        content["code"] = plain(code)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def decode(payload: bytes) -> Mapping[str, Any]:
    """What an entry says; empty when somebody has tampered with it past reading."""
    try:
        content = json.loads(payload)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def plain(value: object, name: str = "value") -> Fact:
    """The value as JSON holds it. ValueError for anything but the few shapes that are allowed."""
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        if len(items) > MOST_VALUES:
            raise ValueError(f"{name}: more than {MOST_VALUES} values in one entry")
        if any(isinstance(item, list | tuple | set | frozenset) for item in items):
            raise ValueError(f"{name}: lists do not nest in an entry")
        return [plain(item, name) for item in items]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError(f"{name}: too large a number for an entry")
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name}: a time without its zone")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _code(value, name)
    raise ValueError(f"{name}: an entry takes no {type(value).__name__}")


def _code(value: str, name: str) -> str:
    """Codes only. The message never repeats the value: it may be what must not be written."""
    if CODE.fullmatch(value) is None:
        raise ValueError(
            f"{name}: not a code ([a-z0-9_.:-], at most 64): free text is not recorded"
        )
    digits = sum(character.isdigit() for character in value)
    if (
        _NUMBER_OF_A_PERSON.fullmatch(value)
        and 7 <= digits <= 15
        and REFERENCE.fullmatch(value) is None
    ):
        raise ValueError(f"{name}: looks like the number of a person or a telephone")
    return str(value)
