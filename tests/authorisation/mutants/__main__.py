"""Plants every defect, says of each whether it was noticed and by what, and names the survivors.

./infra/bin/authz-mutants                 all of them
./infra/bin/authz-mutants --only 40       forty, drawn by REMPART_SEED
./infra/bin/authz-mutants referrals_case  those with these letters in their name
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import django


def main(arguments: Sequence[str]) -> int:
    """Plant one after the other; 1 when any of them survived without an excuse."""
    django.setup()
    from django.test.utils import setup_test_environment

    from tests.authorisation.mutants.noticing import (
        WORDS_OF,
        BareTables,
        Ground,
        already_wrong,
        quiet,
    )
    from tests.support.database import migrated_database

    options = _options(arguments)
    setup_test_environment()
    migrated_database()
    began = time.monotonic()
    with quiet():
        ground = Ground()
        chosen = _chosen(options)
        told = _Told(len(chosen))
        if any(name.partition(".")[0] in WORDS_OF for name, _plant in chosen):
            for cell in sorted(already_wrong(ground)):
                say(f"wrong before anything is planted: {cell}")
        bare = BareTables(ground)
        for name, plant in chosen:
            told.one(name, plant(ground, bare))
    return told.verdict(time.monotonic() - began)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./infra/bin/authz-mutants",
        description="Plants defects of authorisation one at a time; all of them must be noticed.",
    )
    parser.add_argument("named", nargs="?", default="", help="letters of a defect's name")
    parser.add_argument("--only", type=int, default=0, help="so many, drawn by REMPART_SEED")
    return parser.parse_args(list(arguments))


def _chosen(options: argparse.Namespace) -> list[tuple[str, Callable[..., str]]]:
    from tests.authorisation.mutants import code, tables
    from tests.support.cells import dice

    found: list[tuple[str, Callable[..., str]]] = []
    found += [(each.name, _in_code(each)) for each in code.defects()]
    found += [(each.name, _in_table(each)) for each in tables.defects()]
    found = [each for each in found if options.named in each[0]]
    if options.only and options.only < len(found):
        found = dice("mutants").sample(found, options.only)
    return found


def _in_code(defect):
    from tests.authorisation.mutants.noticing import by_pages, by_what_is_read

    def noticed(ground, bare) -> str:
        ground.mend()
        with defect.planted():
            return by_pages(ground, defect.app) or by_what_is_read(ground, defect.app)

    return noticed


NOT_TRIED = "not tried: the scene has no row in this table"


def _in_table(defect):
    from tests.authorisation.mutants.tables import has_rows

    def noticed(ground, bare) -> str:
        if not has_rows(defect.table):
            return NOT_TRIED
        ground.mend()
        bare.look(defect.table)
        with defect.planted():
            return str(bare.difference(defect.table))

    return noticed


def say(line: str) -> None:
    """Tell the person at the terminal at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Told:
    """Prints a line for each defect and remembers who survived."""

    def __init__(self, count: int) -> None:
        self._count, self._at = count, 0
        self._survived: list[str] = []
        self._excused: list[str] = []
        self._not_tried: list[str] = []

    def one(self, name: str, noticed: str) -> None:
        """Say how one defect ended."""
        from tests.authorisation.mutants.excused import EXCUSED

        self._at += 1
        word = "noticed"
        if noticed == NOT_TRIED:
            word = "left out"
            self._not_tried.append(name)
        elif not noticed:
            word = "excused" if name in EXCUSED else "SURVIVED"
            (self._excused if name in EXCUSED else self._survived).append(name)
        say(f"{self._at:4}/{self._count} {word:9}{name}  {noticed[:90]}")

    def verdict(self, seconds: float) -> int:
        """The figures and the names of the survivors."""
        planted = self._count - len(self._not_tried)
        noticed = planted - len(self._survived) - len(self._excused)
        say(
            f"\n{planted} defects planted one at a time in {seconds:.0f} s: {noticed} noticed,"
            f" {len(self._excused)} without effect by what is written in excused.py,"
            f" {len(self._survived)} survived."
        )
        if self._not_tried:
            say(f"  {len(self._not_tried)} left out: the scene has no row in their table.")
        for name in self._survived:
            say(f"  survived: {name}")
        return int(bool(self._survived))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
