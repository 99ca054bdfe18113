"""Dates that can be meant: of a signature, of a beginning, of an end."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

EARLIEST: Final = date(1990, 1, 1)
LONGEST_YEARS: Final = 30


def wrong_past(day: date) -> object | None:
    """What is wrong with the date of a signature."""
    if not EARLIEST <= day <= timezone.localdate():
        return _("Une signature a une date passée.")
    return None


def wrong_future(day: date) -> object | None:
    """What is wrong with the date of an end."""
    today = timezone.localdate()
    if day < today:
        return _("La date de fin est aujourd'hui ou plus tard.")
    if day.year > today.year + LONGEST_YEARS:
        return _("La date de fin est trop lointaine : laissez vide s'il n'y a pas de terme.")
    return None


def wrong_beginning(day: date) -> object | None:
    """What is wrong with the date from which something applies."""
    if not day >= EARLIEST or day.year > timezone.localdate().year + LONGEST_YEARS:
        return _("Cette date est trop lointaine.")
    return None
