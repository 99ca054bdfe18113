"""Plants every defect, says of each whether it was noticed and by what, and names the survivors.

./infra/bin/authz-mutants                 all of them; what was noticed before is not asked again
./infra/bin/authz-mutants --only 140      so many of each kind, drawn by REMPART_SEED
./infra/bin/authz-mutants referrals_case  those with these letters in their name
./infra/bin/authz-mutants --anew          from the beginning
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import django

Looks = Callable[[], str]
ONLY_TOGETHER = "together"


def main(arguments: Sequence[str]) -> int:
    """Plant one after the other; 1 when any of them survived without an excuse."""
    options = _options(arguments)
    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    from tests.authorisation.mutants.ground import quiet
    from tests.authorisation.mutants.journal import Journal
    from tests.support.cells import seed
    from tests.support.database import migrated_database
    from tests.support.scanner import listening

    setup_test_environment()
    migrated_database()
    say(f"REMPART_SEED={seed()}")
    journal = Journal(anew=options.anew)
    with quiet(), listening() as scanner:
        settings.CLAMD = os.environ["REMPART_CLAMD"] = scanner.address
        campaign = _Campaign(journal, options)
        campaign.quickly()
    campaign.deeply()
    return campaign.verdict()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./infra/bin/authz-mutants",
        description="Plants defects of authorisation one at a time; all of them must be noticed.",
    )
    parser.add_argument("named", nargs="?", default="", help="letters of a defect's name")
    parser.add_argument("--only", type=int, default=0, help="so many of each kind, by the seed")
    parser.add_argument("--anew", action="store_true", help="forget what was noticed before")
    parser.add_argument("--quick", action="store_true", help="ask no test file, only the tables")
    return parser.parse_args(list(arguments))


def say(line: str) -> None:
    """Tell the person at the terminal at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Campaign:
    """Looks for each defect in the cells nearest to it, then in the tests that speak of it."""

    def __init__(self, journal, options: argparse.Namespace) -> None:
        self._journal, self._options = journal, options
        self._began = time.monotonic()
        self._chosen: list[tuple[str, str]] = []
        self._left: list[tuple[str, str]] = []
        self._together: Callable[[str], str] = lambda name: ""

    def quickly(self) -> None:
        """By requests and statements in this process: seconds for each."""
        looks = list(self._kinds())
        self._chosen = [(kind, name) for kind, name, _look in looks]
        for kind, name, look in looks:
            if self._journal.ended(name):
                continue
            began = time.monotonic()
            by = look()
            if by:
                self._note(kind, name, by, began)
            else:
                self._left.append((kind, name))
                say(f"     not by the tables: {name}")
        self._left = [each for each in self._left if not self._only_together(*each)]

    def _only_together(self, kind: str, name: str) -> bool:
        """Whether another condition of the same function stands in for this one, and only that."""
        began = time.monotonic()
        by = self._together(name)
        if by:
            self._note(kind, name, f"with its neighbours: {by}", began, ONLY_TOGETHER)
        return bool(by)

    def deeply(self) -> None:
        """By the test files that speak of what the defect is in."""
        from tests.authorisation.mutants import deep

        for kind, name in self._left:
            began, by = time.monotonic(), ""
            if not self._options.quick and kind != "field in an answer":
                files = deep.files_about(deep.words_of(name))
                by = deep.noticed(name, deep.green(files))
            self._note(kind, name, by, began)

    def _note(self, kind: str, name: str, by: str, began: float, outcome: str = "") -> None:
        from tests.authorisation.mutants.excused import EXCUSED
        from tests.authorisation.mutants.journal import EXCUSED as WITHOUT_EFFECT
        from tests.authorisation.mutants.journal import NOTICED, SURVIVED, Line

        found = NOTICED if by else WITHOUT_EFFECT if name in EXCUSED else SURVIVED
        outcome = outcome or found
        seconds = round(time.monotonic() - began, 1)
        self._journal.write(Line(name, kind, outcome, by, seconds))
        done = sum(name in self._journal.lines for _kind, name in self._chosen)
        say(f"{done:4}/{len(self._chosen)} {outcome:9}{name}  {by[:90]}  {seconds} s")

    def _kinds(self) -> Iterator[tuple[str, str, Looks]]:
        from tests.authorisation.mutants import answers, code, functions, tables
        from tests.authorisation.mutants.bare import BareTables
        from tests.authorisation.mutants.calls import Answers
        from tests.authorisation.mutants.cells import Reach, asked, read
        from tests.authorisation.mutants.ground import Ground

        ground = Ground()
        bare = BareTables(ground)
        in_code = self._some("condition in Python", list(code.defects()))
        open_ones = [each for each in in_code if not self._journal.ended(each.name)]
        reach = Reach(ground, {each.function.__code__ for each in open_ones}, say)
        for wrong in reach.wrong:
            say(f"wrong before anything is planted: {wrong}")

        def by_cells(each) -> str:
            ground.mend()
            whole = each.function.__code__
            with each.planted():
                return reach.notices(whole, 60)

        for each in in_code:
            yield "condition in Python", each.name, lambda each=each: by_cells(each)

        tried: dict[object, str] = {}

        def by_neighbours(name: str) -> str:
            left = [d for d in in_code if any(d.name == other for _kind, other in self._left)]
            found = next((d for d in left if d.name == name), None)
            same = [d for d in left if found and d.function is found.function]
            if found is None or len(same) < 2:
                return ""
            if found.function not in tried:
                all_of_them = code.together(same)
                tried[found.function] = by_cells(all_of_them) if all_of_them else ""
            return tried[found.function]

        self._together = by_neighbours

        def by_reading(each) -> str:
            cells = [cell for cell in read() if cell.operation == each.operation]
            with each.planted():
                return next(filter(None, (asked(ground, cell) for cell in cells)), "")

        printed = answers.defects(lambda: ground.scene.the("activated"))
        for each in self._some("field in an answer", list(printed)):
            yield "field in an answer", each.name, lambda each=each: by_reading(each)

        def by_sql(each) -> str:
            if not tables.has_rows(each.table):
                return ""
            ground.mend()
            bare.look(each.table)
            with each.planted():
                return str(bare.difference(each.table))

        for each in self._some("policy of a table", list(tables.defects())):
            yield "policy of a table", each.name, lambda each=each: by_sql(each)

        calls = Answers(bare)
        for each in self._some("condition in SQL", list(functions.defects())):
            yield "condition in SQL", each.name, lambda each=each: calls.difference(each)

    def _some(self, kind: str, found: list) -> list:
        from tests.support.cells import dice

        found = [each for each in found if self._options.named in each.name]
        if self._options.only and self._options.only < len(found):
            found = dice(f"mutants {kind}").sample(found, self._options.only)
        return found

    def verdict(self) -> int:
        """The table of the campaign and the names of the survivors."""
        from tests.authorisation.mutants.journal import EXCUSED, NOTICED, SURVIVED

        ended = Counter((kind, self._journal.lines[name].outcome) for kind, name in self._chosen)
        kinds = list(dict.fromkeys(kind for kind, _name in self._chosen))
        titles = ("planted", "noticed", "together", "no effect", "survived")
        say(f"\n{'one at a time':26}" + "".join(f"{title:>11}" for title in titles))
        for kind in [*kinds, "all"]:
            counts = [
                sum(n for (k, o), n in ended.items() if kind in (k, "all") and o == outcome)
                for outcome in (NOTICED, ONLY_TOGETHER, EXCUSED, SURVIVED)
            ]
            say(f"{kind:26}" + "".join(f"{count:11}" for count in (sum(counts), *counts)))
        say(
            f"in {time.monotonic() - self._began:.0f} s. Together: another condition of the same"
            " function keeps the same people out; noticed with all of them dropped. No effect: see"
            " excused.py."
        )
        survivors = [n for _k, n in self._chosen if self._journal.lines[n].outcome == SURVIVED]
        for name in survivors:
            say(f"  survived: {name}")
        return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
