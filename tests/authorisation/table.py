"""Writes the table of rights as a text that people read, and says when the text is out of date.

Whoever changes a right changes a row; the text then changes with it, and a reader of the change
sees in one place who gets what. ``./infra/bin/authz --write`` writes it.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.authorisation.rows import Operation

WRITTEN = Path(__file__).with_name("truth.txt")
HEAD = """\
What every operation answers to everybody. Written by ./infra/bin/authz --write from the rows in
tests/authorisation; ./infra/bin/authz asks every cell, ./infra/bin/test a sample of each row.

  .      404: for whoever asks, it does not exist (the same bytes as for an invented identifier)
  403    it is seen, but this is not for them; 422 and 409 are the answers of those who may act
         to the form or the moment that the row sends
  =      the usual answer: what one gets at home, because it is about nobody but oneself

The ten seats of the cell, then: somebody of another cell who may do it at home ("abroad"), about
an object of this cell; whoever has not shown both factors ("no 2nd": no session, a password only,
no place chosen, an ended session); whoever has not signed the charter ("charter").
At the end: for whom each object exists. How each object comes to be is in scene.py.
"""
WIDTHS = {"operation": 42, "about": 22}
COLUMN = 6
SHORT = {
    "other_pilot": "pilot2",
    "coordinator": "coord",
    "prosecutor": "prosec",
    "gendarme": "gendar",
    "victim_support": "victim",
    "prefecture": "prefec",
    "auditor": "audit",
    "cell_admin": "admin",
}


def lines() -> Iterator[str]:
    """The text of the table."""
    from tests.authorisation import expecting
    from tests.authorisation.after_closing import AFTER_CLOSING
    from tests.authorisation.fields import AT_EACH_STEP, SHOWN
    from tests.authorisation.operations import OPERATIONS, PUBLIC
    from tests.authorisation.rows import PARAMETER, SEEN_BY

    yield from HEAD.splitlines()
    columns = [SHORT.get(seat, seat) for seat in expecting.SEATS]
    head = _line("operation", "about", [*columns, "abroad", "no 2nd", "charter"])
    app = ""
    for operation in sorted(OPERATIONS, key=lambda one: (one.is_api, _app(one.name))):
        if (operation.is_api, _app(operation.name)) != app:
            app = (operation.is_api, _app(operation.name))
            yield from ("", head)
        yield _row(operation)
    yield from ("", "The same about a case that is closed:", "", head)
    yield from map(_row, AFTER_CLOSING)
    yield from (
        "",
        "The words of a case in each answer, and for whom (fields.py); no other:",
        "",
    )
    yield _line("answer", "field", columns)
    for (answer, about), shown in SHOWN.items():
        yield from _fields(f"{answer.removeprefix('api-')} ({about})", shown)
    for about, shown in AT_EACH_STEP.items():
        yield from _fields(f"the case itself, {about}", shown)
    yield from ("", "For whom each object exists:", "")
    yield _line("", "", columns)
    for about, seen_by in sorted(SEEN_BY.items()):
        cells = ["x" if seat in seen_by else "." for seat in expecting.SEATS]
        yield _line(f"     {about}", PARAMETER.get(about, "case_id"), cells)
    yield from ("", "For anybody, signed in or not; about no object of a cell:", "")
    for name, why in sorted(PUBLIC.items()):
        yield f"     {name:32}{why}"
    yield from _frames()
    yield from _commands()


def _frames() -> Iterator[str]:
    from tests.authorisation.expecting import SEATS
    from tests.authorisation.frames import KINDS, ROOMS, SAID, TOLD

    yield from (
        "",
        "What a browser may say over the socket; anything else ends it (frames.py):",
        "",
    )
    for name, why in SAID.items():
        yield f"     {name:32}{why}"
    yield from ("", "What it is told, and all that each frame holds:", "")
    for name, holds in TOLD.items():
        yield f"     {name:32}{', '.join(holds)}"
    yield from ("", "Each kind of event:", "")
    for name, why in KINDS.items():
        yield f"     {name:32}{why}"
    yield from ("", "Who hears a room; everybody else, and every other cell, is refused alike:", "")
    yield _line("room", "about", [SHORT.get(seat, seat) for seat in SEATS])
    for room in ROOMS:
        yield _line(room.kind, room.about, ["x" if seat in room.hears else "." for seat in SEATS])


def _commands() -> Iterator[str]:
    from tests.authorisation.commands import COMMANDS, EXPLAINS

    yield from (
        "",
        "Commands at a terminal: the roles of the database that each needs, all of them",
        "and no other; what it refuses; whether it is for the demonstration only (commands.py):",
        "",
    )
    for row in COMMANDS:
        roles = ", ".join(sorted(row.roles)) or "none"
        yield f"     {row.name:32}{roles}{'; demonstration only' if row.outside_demo else ''}"
        for typed, sentence in row.refuses.items():
            yield f"         {typed or 'nothing'}: {sentence}"
    yield from ("", "What the one command that asks as a person says of a case, by the person:", "")
    for who, sentence in EXPLAINS.items():
        yield f"     {who:32}{sentence or 'told'}"


def _row(operation: Operation) -> str:
    from tests.authorisation import expecting

    elsewhere = {
        expecting.abroad(operation, seat) for seat in expecting.STRANGERS if seat in operation.may
    } or {expecting.abroad(operation, "pilot")}
    cells = [_said(operation.expects(seat)) for seat in expecting.SEATS]
    cells += ["/".join(sorted(map(_said, elsewhere)))]
    cells += [_said(expecting.challenged(operation))]
    cells += [_said(expecting.before_charter(operation))]
    name = f"{operation.method:5}{operation.name.removeprefix('api-')}"
    return _line(name, operation.about or "-", cells)


def _fields(answer: str, shown: Mapping[str, frozenset[str]]) -> Iterator[str]:
    from tests.authorisation.expecting import SEATS

    for field, seats in shown.items():
        yield _line(answer, field, ["x" if seat in seats else "." for seat in SEATS])


def _app(name: str) -> str:
    return name.partition(":")[0] if ":" in name else ""


def _said(status: int | None) -> str:
    return "=" if status is None else "." if status == 404 else str(status)


def _line(operation: str, about: str, cells: list[str]) -> str:
    start = f"{operation:{WIDTHS['operation']}}{about:{WIDTHS['about']}}"
    return (start + " ".join(f"{cell:{COLUMN}}" for cell in cells)).rstrip()


def main(arguments: list[str]) -> int:
    """Write the text, or compare it with the rows; 1 when they differ."""
    django.setup()
    text = "\n".join(lines()) + "\n"
    if "--write" in arguments:
        WRITTEN.write_text(text)
        return 0
    written = WRITTEN.read_text() if WRITTEN.exists() else ""
    if written == text:
        return 0
    changed = difflib.unified_diff(
        written.splitlines(), text.splitlines(), "written", "rows", lineterm=""
    )
    print("\n".join(list(changed)[:60]))  # noqa: T201 (it speaks to a person at a terminal)
    print("The rows say something else than truth.txt: ./infra/bin/authz --write")  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
