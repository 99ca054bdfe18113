"""The cells that notice defects: a request as somebody, and what it runs while all is whole.

A defect in a function can be noticed only where that function runs, so each defect is looked for in
those cells and in no others: seconds instead of minutes.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any
from uuid import uuid4

from tests.authorisation.after_closing import AFTER_CLOSING, EVERY
from tests.authorisation.asking import ask, everything_of
from tests.authorisation.expecting import ABOUT_SOMETHING, SEATS, STRANGERS, abroad
from tests.authorisation.fields import AT_EACH_STEP, SHOWN, shown_to
from tests.authorisation.mutants.ground import Ground
from tests.authorisation.rows import Operation
from tests.authorisation.test_each_wall_alone import without_the_second_wall
from tests.authorisation.test_fields import CASE_PAGES, READS, words_in


@dataclass(frozen=True, slots=True)
class Cell:
    """One request: which operation, about what, as whom, and what must come of it."""

    operation: Operation
    about: str
    who: str
    status: int | None
    fields: frozenset[str] | None = None
    """The words of a case that the answer holds; none where only the mark is looked for."""

    def __str__(self) -> str:
        return f"{self.operation} of {self.about or 'nothing'} as {self.who}"


def refused() -> Iterator[Cell]:
    """Every refusal of the table, asked with the second wall down: the first one answers."""
    for operation in EVERY:
        for seat in SEATS:
            if seat not in operation.may:
                yield Cell(operation, operation.about, seat, operation.expects(seat))
    for operation in AFTER_CLOSING:
        for seat in operation.may & set(SEATS):
            if operation.answers >= 400:
                yield Cell(operation, operation.about, seat, operation.answers)
    for operation in ABOUT_SOMETHING:
        for who in STRANGERS:
            if abroad(operation, who):
                yield Cell(operation, operation.about, f"abroad {who}", 404)


def read() -> Iterator[Cell]:
    """Every answer of the table that is only looked at, with the words that it holds."""
    for operation in READS:
        if operation.method != "GET":
            continue
        shown = SHOWN.get((str(operation), operation.about), {})
        for seat in SEATS:
            fields = frozenset(shown_to(seat, shown))
            yield Cell(operation, operation.about, seat, operation.expects(seat), fields)
    for operation in CASE_PAGES:
        for about, shown in AT_EACH_STEP.items():
            for seat in SEATS if about != "draft" else ():
                yield Cell(operation, about, seat, None, frozenset(shown_to(seat, shown)))


def asked(ground: Ground, cell: Cell) -> str:
    """What is wrong with the answer; nothing when it is as it should be."""
    about = ground.scene.the(cell.about) if cell.about else uuid4()
    response = ask(cell.operation, ground.scene, about, ground.seat(cell.who).browser)
    if cell.operation.method == "POST" and response.status_code < 400:
        ground.lose(cell.about)
    if cell.status is not None and response.status_code != cell.status:
        return f"{cell}: {response.status_code} instead of {cell.status}"
    if cell.fields is None:
        outside = cell.who not in cell.operation.may and response.status_code >= 400
        told = outside and ground.scene.mark in everything_of(response)
        return f"{cell}: the mark in a refusal" if told else ""
    words = words_in(response, ground.scene.mark)
    return "" if words == cell.fields else f"{cell}: shows {sorted(words ^ cell.fields)}"


class Reach:
    """Which cells run which functions, found out once while everything is whole."""

    def __init__(self, ground: Ground, watched: set[CodeType], tell: Callable[[str], None]) -> None:
        self._ground, self._watched = ground, watched
        self._of: dict[CodeType, list[tuple[bool, Cell]]] = defaultdict(list)
        self.wrong: list[str] = []
        self.count = 0
        with without_the_second_wall():
            self._walk(refused(), alone=True)
        ground.mend()
        self._walk(read(), alone=False)
        ground.mend()
        tell(f"{self.count} cells walked, {len(self._of)} of {len(watched)} functions reached.")

    def _walk(self, cells: Iterator[Cell], *, alone: bool) -> None:
        for cell in cells:
            with self._watching() as ran:
                problem = asked(self._ground, cell)
            self.count += 1
            if problem:
                self.wrong.append(problem)
                continue
            for code in ran:
                self._of[code].append((alone, cell))

    @contextmanager
    def _watching(self) -> Iterator[set[CodeType]]:
        ran: set[CodeType] = set()
        watched = self._watched

        def seen(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call" and frame.f_code in watched:
                ran.add(frame.f_code)

        sys.setprofile(seen)
        try:
            yield ran
        finally:
            sys.setprofile(None)

    def notices(self, code: CodeType, at_most: int) -> str:
        """The first cell that a defect of this function changes; nothing when none does."""
        reached = self._of.get(code, [])
        alone = [cell for is_alone, cell in reached if is_alone]
        alone.sort(key=lambda cell: (cell.status != 403, cell.who.startswith("abroad")))
        found = ""
        if alone:
            with without_the_second_wall():
                found = next(filter(None, (asked(self._ground, c) for c in alone[:at_most])), "")
        if found:
            return found
        whole = [cell for is_alone, cell in reached if not is_alone]
        return next(filter(None, (asked(self._ground, cell) for cell in whole[:at_most])), "")
