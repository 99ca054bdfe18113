"""The national code of a school or education office: seven digits and a check letter."""

from __future__ import annotations

import re

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""The check letters in order: I, O and Q are not used."""

_FORM = re.compile(r"[0-9]{7}[A-Z]")


def check_letter(digits: str) -> str:
    """Return the letter that the seven digits call for."""
    return LETTERS[int(digits) % len(LETTERS)]


def complete(digits: str) -> str:
    """Return the whole code for seven digits."""
    return digits + check_letter(digits)


def normalise(text: str) -> str:
    """Return the code as it is stored: no spaces, capital letter. It may still be wrong."""
    return text.replace(" ", "").replace("\u00a0", "").upper()


def is_valid(code: str) -> bool:
    """Say whether a normalised code has the right form and the right check letter."""
    return _FORM.fullmatch(code) is not None and check_letter(code[:7]) == code[7]
