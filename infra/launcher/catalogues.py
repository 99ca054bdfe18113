"""Compiles the translations, where a .po file is newer than what was made of it."""

from collections.abc import Iterator
from pathlib import Path

import polib

from infra.launcher.places import ROOT
from infra.launcher.progress import step

APPS = ("agencies", "audit", "meetings", "referrals", "platform/config", "platform/kernel")


def ensure_catalogues() -> None:
    """Leave a current .mo file beside every .po file."""
    outdated = [source for source in catalogues() if not _is_current(source)]
    if outdated:
        with step("Translations"):
            for source in outdated:
                polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))


def catalogues() -> Iterator[Path]:
    """Every catalogue of our own packages."""
    for app in APPS:
        yield from (ROOT / app).glob("**/locale/*/LC_MESSAGES/*.po")


def _is_current(source: Path) -> bool:
    made = source.with_suffix(".mo")
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime
