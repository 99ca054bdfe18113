"""What a thing is before and after a step, in codes: how long each step took is in the record.

A kind of event that moves a thing carries ``before`` and ``after``. Nothing before means that the
thing was not there yet, nothing after that it is gone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from audit import payload
from audit.shapes import Plain

BEFORE: Final = "before"
AFTER: Final = "after"
FACTS: Final = frozenset({BEFORE, AFTER})
_NUMBER: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that moves: its wording, what it can be, and its settings.

    A setting has a value, which is one of its codes (``activation:delegate``) or, where it has
    none, a number (``idle_minutes:30``).
    """

    label: object
    codes: Mapping[str, object]
    settings: Mapping[str, object]

    def fits(self, value: Plain) -> bool:
        """Whether it can be this: one of its codes, several of them, or nothing."""
        if isinstance(value, list):
            return all(each is not None and self.fits(each) for each in value)
        if value is None:
            return True
        return isinstance(value, str) and (value in self.codes or self._is_number(value))

    def said(self, value: Plain) -> str:
        """What it is in words; a code without any stands for itself."""
        if isinstance(value, list):
            return ", ".join(self.said(each) for each in value) or _("aucun")
        setting, _colon, number = str(value).partition(":")
        known = str(self.codes.get(str(value), number or value))
        if setting not in self.settings or not number:
            return known
        return _("%(label)s : %(value)s") % {"label": self.settings[setting], "value": known}

    def _is_number(self, value: str) -> bool:
        setting, _colon, number = value.partition(":")
        chosen = any(code.startswith(f"{setting}:") for code in self.codes)
        return setting in self.settings and not chosen and bool(_NUMBER.fullmatch(number))


_things: dict[str, Thing] = {}


def states(
    thing: str,
    label: object,
    codes: Mapping[str, object],
    /,
    settings: Mapping[str, object] | None = None,
) -> str:
    """Declare what a thing can be, each code with its wording; its name for ``event(moves=...)``.

    ValueError for a code that could not be written.
    """
    for code in (*codes, *(settings or {})):
        if payload.CODE.fullmatch(code) is None:
            raise ValueError(f"{thing}: a code reads [a-z0-9_.:-], at most 64")
    _things[thing] = Thing(label, dict(codes), dict(settings or {}))
    return thing


def fits(thing: str, value: Plain) -> bool:
    """Whether the thing can be this. KeyError for one that nobody has declared."""
    return _things[thing].fits(value)


def declared(thing: str) -> bool:
    """Whether somebody has said what the thing can be."""
    return thing in _things


def sentence(thing: str, facts: Mapping[str, Plain]) -> tuple[object, str] | None:
    """What moved and how, in words; nothing for an entry that does not say it."""
    if thing not in _things or not facts.keys() >= FACTS:
        return None
    known, before, after = _things[thing], facts[BEFORE], facts[AFTER]
    said = {"before": known.said(before), "after": known.said(after)}
    if before is None:
        return known.label, _("désormais « %(after)s »") % said
    if after is None:
        return known.label, _("« %(before)s » jusque-là") % said
    if before == after:
        return known.label, _("toujours « %(after)s »") % said
    return known.label, _("de « %(before)s » à « %(after)s »") % said
