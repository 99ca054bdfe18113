"""One campaign: each defect is looked for in the cells of the tables, then in the tests."""

import time
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.authorisation.mutants.journal import (
    ASKED,
    EXCUSED,
    LEFT,
    NOTICED,
    SURVIVED,
    TOGETHER,
    Journal,
    Line,
)

Looks = Callable[[], str]
IN_PYTHON, IN_AN_ANSWER = "condition in Python", "field in an answer"
IN_A_TABLE, IN_SQL = "policy of a table", "condition in SQL"


class Campaign:
    """Keeps what became of each defect and says so at the end."""

    def __init__(self, journal: Journal, options: Namespace, say: Callable[[str], None]) -> None:
        self._journal, self._options, self._say = journal, options, say
        self._began = time.monotonic()
        self._chosen: list[tuple[str, str]] = []
        self._left: list[tuple[str, str]] = []

    def quickly(self) -> None:
        """By requests and statements in this process: a second or two for each."""
        looks = list(self._kinds())
        self._chosen = [(kind, name) for kind, name, _look in looks]
        for kind, name, look in looks:
            if self._journal.ended(name):
                continue
            began = time.monotonic()
            by = "" if self._journal.asked(name) else look()
            if by:
                self._note(kind, name, by, began)
            else:
                self._journal.keep_left(name, kind)
                self._left.append((kind, name))

    def deeply(self) -> None:
        """By the tests in which the defect could change something."""
        from tests.authorisation.mutants.deep import Tests

        open_ones = [each for each in self._left if each[0] != IN_AN_ANSWER]
        self._say(f"{len(self._left)} not noticed by the tables.")
        with Tests(self._say, anew=self._options.anew) as tests:

            def ask(each: tuple[str, str]) -> None:
                kind, name = each
                began = time.monotonic()
                found = tests.about(name) if kind == IN_A_TABLE else tests.matter([name])
                by = tests.noticed([name], found)
                if not by and kind == IN_PYTHON:
                    by = tests.noticed([name], found, alone=True)
                self._note(kind, name, by, began, "" if by else ASKED)

            def ask_together(group: list[tuple[str, str]]) -> None:
                names, began = [name for _kind, name in group], time.monotonic()
                found = tests.matter(names)
                by = tests.noticed(names, found)
                if not by and group[0][0] == IN_PYTHON:
                    by = tests.noticed(names, found, alone=True)
                for kind, name in group if by else ():
                    self._note(kind, name, f"with its neighbours: {by}", began, TOGETHER)

            tests.each(ask, [each for each in open_ones if not self._journal.asked_tests(each[1])])
            groups = [group for group in self._groups(open_ones) if len(group) > 1]
            tests.each(ask_together, groups)
            for kind, name in self._left:
                if not self._journal.ended(name):
                    said = f"matters in {tests.count(name)} tests"
                    self._note(kind, name, "", time.monotonic(), said=said)

    def _groups(self, among: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
        """What is left of each function."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for kind, name in among:
            if not self._journal.ended(name) and kind in (IN_PYTHON, IN_SQL):
                found[name.partition(":")[0]].append((kind, name))
        return list(found.values())

    def _note(
        self, kind: str, name: str, by: str, began: float, outcome: str = "", said: str = ""
    ) -> None:
        from tests.authorisation.mutants.excused import EXCUSED as WITHOUT_EFFECT

        found = NOTICED if by else EXCUSED if name in WITHOUT_EFFECT else SURVIVED
        seconds = round(time.monotonic() - began, 1)
        self._journal.write(Line(name, kind, outcome or found, by or said, seconds))
        done = sum(name in self._journal.lines for _kind, name in self._chosen)
        shown = f"{outcome or found:9}{name}  {(by or said)[:90]}  {seconds} s"
        self._say(f"{done:4}/{len(self._chosen)} {shown}")

    def _kinds(self) -> Iterator[tuple[str, str, Looks]]:
        from tests.authorisation.mutants import answers, code, functions, tables
        from tests.authorisation.mutants.bare import BareTables
        from tests.authorisation.mutants.calls import Answers
        from tests.authorisation.mutants.cells import Reach, asked, read
        from tests.authorisation.mutants.ground import Ground

        ground = Ground()
        bare = BareTables(ground)
        in_code = self._some(IN_PYTHON, list(code.defects()))
        open_ones = [each for each in in_code if not self._journal.asked(each.name)]
        reach = Reach(ground, {each.function.__code__ for each in open_ones}, self._say)
        for wrong in reach.wrong:
            self._say(f"wrong before anything is planted: {wrong}")

        def by_cells(each: code.InCode) -> str:
            ground.mend()
            whole = each.function.__code__
            with each.planted():
                return reach.notices(whole, 60)

        for each in in_code:
            yield IN_PYTHON, each.name, lambda each=each: by_cells(each)

        def by_reading(each: Any) -> str:
            cells = [each.asked_as(cell) for cell in read() if cell.operation == each.operation]
            with each.planted():
                return next(filter(None, (asked(ground, cell) for cell in cells)), "")

        printed = answers.defects(ground.story)
        for each in self._some(IN_AN_ANSWER, list(printed)):
            yield IN_AN_ANSWER, each.name, lambda each=each: by_reading(each)

        def by_sql(each: tables.InTable) -> str:
            if not tables.has_rows(each.table):
                return ""
            ground.mend()
            bare.look(each.table)
            with each.planted():
                return str(bare.difference(each.table))

        for each in self._some(IN_A_TABLE, list(tables.defects())):
            yield IN_A_TABLE, each.name, lambda each=each: by_sql(each)

        calls = Answers(bare)
        for each in self._some(IN_SQL, list(functions.defects())):
            yield IN_SQL, each.name, lambda each=each: calls.difference(each)

    def _some(self, kind: str, found: list[Any]) -> list[Any]:
        from tests.support.cells import dice

        found = [each for each in found if self._options.named in each.name]
        if self._options.only and self._options.only < len(found):
            found = dice(f"mutants {kind}").sample(found, self._options.only)
        return found

    def verdict(self) -> int:
        """The table of the campaign and the names of the survivors."""
        lines = self._journal.lines
        ended = Counter((kind, lines[name].outcome) for kind, name in self._chosen)
        titles = ("planted", "noticed", "together", "no effect", "survived")
        self._say(f"\n{'one at a time':26}" + "".join(f"{title:>11}" for title in titles))
        for kind in [*dict.fromkeys(kind for kind, _name in self._chosen), "all"]:
            counts = [
                sum(n for (k, o), n in ended.items() if kind in (k, "all") and o == outcome)
                for outcome in (NOTICED, TOGETHER, EXCUSED, SURVIVED)
            ]
            counts[-1] += sum(
                n for (k, o), n in ended.items() if kind in (k, "all") and o in (LEFT, ASKED)
            )
            self._say(f"{kind:26}" + "".join(f"{count:11}" for count in (sum(counts), *counts)))
        self._say(
            f"in {time.monotonic() - self._began:.0f} s. Together: another condition of the same"
            " function keeps the same people out; noticed with all of them dropped. No effect: see"
            " excused.py."
        )
        survivors = [
            name for _kind, name in self._chosen if lines[name].outcome in (SURVIVED, LEFT, ASKED)
        ]
        for name in survivors:
            self._say(f"  survived: {name} ({lines[name].by})")
        return int(bool(survivors))
