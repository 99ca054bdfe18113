"""Opens what the viewer may read of some cases and looks for words in it. Nothing of it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.binary import binary_rows, binary_stream
from kernel.clock import now
from kernel.crypto.cases import ManyCases
from kernel.crypto.keyring import CannotDecrypt
from kernel.viewer import Viewer
from referrals.compartments import Compartment
from referrals.searching.scope import Scopes
from referrals.searching.sieve import Sieve
from referrals.searching.words import Wanted

CODES: Final = frozenset(
    {
        *("kind", "place", "source", "taken", "began_on", "ended_on"),
        *("parents_informed", "parents_informed_on", "incident_level"),
        *("sha256", "captured_on"),
    }
)
"""Fields that hold a code or a date and no words."""
_NAMES = {part.bit: part.code for part in Compartment}
Texts = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where words of a case stand: a table with a sealed column, and what is read out of it.

    Whose case a row is of stands in ``case_id``, in which compartment it is in ``bit``. ``owner``
    is SQL for the unit that it belongs to; ``only`` is SQL for what the rows have to be.
    """

    table: str
    column: str
    texts: Texts
    called: str = ""
    owner: str = "NULL::int"
    only: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that holds every word: how well, and in which parts."""

    case_id: UUID
    score: int
    parts: tuple[str, ...]


def _strings(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for item in content:
            yield from _strings(item)
    elif isinstance(content, dict):
        for name, item in content.items():
            if name not in CODES:
                yield from _strings(item)


def in_json(text: str) -> Iterator[str]:
    """The words of a compartment, without its codes and the names of its fields."""
    return _strings(json.loads(text))


def as_it_is(text: str) -> Iterator[str]:
    """A text that is nothing but words."""
    yield text


SOURCES: Final = (
    Source("referrals_compartment", "content", in_json),
    Source("referrals_measure", "note", as_it_is, "measures", owner="t.owner_unit"),
    Source("referrals_document", "about", in_json, "documents", only="AND t.state <> 'destroyed'"),
)
SOURCE_NAMES: Final = {"measures": _("Mesures"), "documents": _("Documents")}
"""How the parts are called that are no compartments."""
_KEYS = """
SELECT k.case_id::text, k.period_key_id::text, k.wrapped, k.number FROM referrals_case_key k
 WHERE k.cell_id = %(cell)s::int AND k.case_id = ANY (%(cases)s::uuid[])
   AND k.viewers && %(units)s::int[]
"""
_ROWS = """
SELECT {place}, t.case_id::text, t.id::text, t.bit::int, {owner},
       t.recheck_at <= %(now)s::timestamptz, t.{column}
  FROM {table} t
 WHERE t.cell_id = %(cell)s::int AND t.case_id = ANY (%(cases)s::uuid[])
   AND t.viewers && %(units)s::int[] {only}
"""
_VALUES: Final = "UNION ALL".join(
    _ROWS.format(place=n, owner=s.owner, column=s.column, table=s.table, only=s.only)
    for n, s in enumerate(SOURCES)
)
Row = tuple[int, str, str, int, int | None, bool, bytes]
"""The place of its source, the case, the row, bit, owner, whether something ran out, the value."""
_NOW = "SELECT id::text, referrals.scope_now(id) FROM unnest(%(ended)s::uuid[]) AS id"
_FEW: Final = 50
"""So many cases are sooner looked at closely than told apart by one more word."""


class Reading:
    """Looks for words in the cases of one viewer, some hundreds of cases at a time."""

    def __init__(self, viewer: Viewer, wanted: Wanted) -> None:
        self._viewer = viewer
        self._mine = frozenset(viewer.units)
        self._wanted = wanted
        self.values = 0

    def hits(self, scopes: Scopes) -> list[Hit]:
        """The cases among these that hold every word, each word somewhere in what is open."""
        try:
            return self._hits(scopes)
        except CannotDecrypt:
            # A key was replaced between reading it and reading what it opens.
            return self._hits(scopes)

    def _hits(self, scopes: Scopes) -> list[Hit]:
        worth: dict[str, dict[str, int]] = {}
        parts: dict[str, list[str]] = {}
        for row, text in self._worth_reading(*self._opened(scopes)):
            source, case_id = SOURCES[row[0]], row[1]
            part = source.called or _NAMES[row[3]]
            found = self._wanted.worth_of(source.texts(text))
            if found:
                known = worth.setdefault(case_id, {})
                for word, value in found.items():
                    known[word] = max(value, known.get(word, 0))
                if part not in parts.setdefault(case_id, []):
                    parts[case_id].append(part)
        every = set(self._wanted.words)
        whole = {case_id: found for case_id, found in worth.items() if every <= found.keys()}
        # In the order of the list: of two that are as good as each other the newer comes first.
        return [
            Hit(UUID(case_id), sum(whole[case_id].values()), tuple(parts[case_id]))
            for case_id in scopes
            if case_id in whole
        ]

    def _worth_reading(self, rows: list[Row], texts: list[str]) -> list[tuple[Row, str]]:
        """What to look at closely: texts of cases in which every word may be, source by source."""
        plainly = [
            text if "\\" not in text or "\\u" not in text else " ".join(SOURCES[row[0]].texts(text))
            for row, text in zip(rows, texts, strict=True)
        ]
        sieve = Sieve(plainly)
        among = {row[1] for row in rows}
        numbers: set[int] = set()
        for word in sieve.rarest_first(self._wanted.words):
            holding = sieve.holding(word)
            numbers.update(holding)
            among &= {rows[number][1] for number in holding}
            if len(among) <= _FEW:
                numbers = set(range(len(rows)))
                break
        close = [number for number in sorted(numbers) if rows[number][1] in among]
        return [(rows[n], texts[n]) for n in sorted(close, key=lambda n: rows[n][0])]

    def _opened(self, scopes: Scopes) -> tuple[list[Row], list[str]]:
        """What is open to the viewer of these cases, and the texts in it."""
        values = {
            "cell": self._viewer.cell_id,
            # Written here: a driver takes longer to write a list than to send it.
            "cases": "{" + ",".join(scopes) + "}",
            "units": list(self._mine),
            "now": now(),
        }
        # Keys first: a value is never older than the key that was read before it.
        keys = ManyCases(binary_rows(_KEYS, values))
        openers = [keys.opener(source.table, source.column) for source in SOURCES]
        rows: list[Row] = []
        texts: list[str] = []
        mine = self._mine
        with binary_stream(_VALUES, values) as sent:
            for row, scope in self._with_scopes(sent, scopes):
                place, case_id, row_id, bit, owner, _ended, sealed = row
                if scope & (1 << bit) or owner in mine:
                    text = openers[place](case_id, row_id, sealed)
                    if text is not None:
                        rows.append(row)
                        texts.append(text)
        self.values += len(texts)
        return rows, texts

    def _with_scopes(self, sent: Iterator[Row], scopes: Scopes) -> Iterator[tuple[Row, int]]:
        """Each row with what is open of its case at this moment."""
        for row in sent:
            if row[5]:
                # Something has run out: nothing else can be asked before all rows are there.
                rest = [row, *sent]
                exact = self._scopes_now({row[1] for row in rest if row[5]})
                yield from ((row, (exact if row[5] else scopes)[row[1]]) for row in rest)
            else:
                yield row, scopes[row[1]]

    def _scopes_now(self, cases: set[str]) -> Scopes:
        """What is open of these cases at this moment."""
        values = {"ended": "{" + ",".join(cases) + "}"}
        with connection.cursor() as cursor:
            cursor.execute(_NOW, values)
            return dict(cursor.fetchall())
