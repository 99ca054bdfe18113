"""Département and commune codes, brought to the form of the national statistics office."""

from __future__ import annotations

import re
from typing import Final

from agencies.models.agency import COMMUNE_FORM, DEPARTEMENT_FORM

_DEPARTEMENT: Final = re.compile(DEPARTEMENT_FORM)
_COMMUNE: Final = re.compile(COMMUNE_FORM)
_CORSICA: Final = {"620": "2A", "720": "2B"}


def departement_code(text: str) -> str | None:
    """Return `35`, `2A` or `971` for the directory's `035`, `620`, `02A` or `971`.

    The education ministry writes three characters and has its own codes for Corsica. None means
    that there is no such département; `20`, the undivided Corsica, is one of those.
    """
    code = text.strip().upper()
    code = _CORSICA.get(code, code)
    if len(code) > 2 and code.startswith("0"):
        code = code.removeprefix("0")
    if len(code) == 1:
        code = code.zfill(2)
    return code if _DEPARTEMENT.fullmatch(code) else None


def commune_code(text: str) -> str | None:
    """Return the five characters of a commune code, or None."""
    code = text.strip().upper()
    if code.isdigit() and code.isascii():
        code = code.zfill(5)
    return code if _COMMUNE.fullmatch(code) else None


def departement_of_commune(commune: str) -> str | None:
    """Return the département that a commune code begins with."""
    return departement_code(commune[:3] if commune.startswith(("97", "98")) else commune[:2])


def academy_code(text: str) -> str | None:
    """Return the two digits of an académie's code, or None."""
    code = text.strip()
    return code.zfill(2) if code.isdigit() and code.isascii() and len(code) <= 2 else None
