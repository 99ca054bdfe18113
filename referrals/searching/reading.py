"""Opens what the viewer may read of some cases and looks for words in it. Nothing of it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.crypto.cases import ManyCases
from kernel.crypto.keyring import CannotDecrypt
from kernel.viewer import Viewer
from referrals.compartments import Compartment
from referrals.searching.scope import Scopes
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

    ``columns`` are SQL for the row's id, bit and owner; whose case it is stands in ``case_id``.
    ``only`` is SQL for what the rows have to be.
    """

    table: str
    column: str
    columns: str
    texts: Texts
    called: str = ""
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
    Source("referrals_compartment", "content", "t.id::text, t.bit, NULL", in_json),
    Source("referrals_measure", "note", "t.id::text, t.bit, t.owner_unit", as_it_is, "measures"),
    Source(
        "referrals_document",
        "about",
        "t.id::text, t.bit, NULL",
        in_json,
        "documents",
        "AND t.state <> 'destroyed'",
    ),
)
SOURCE_NAMES: Final = {"measures": _("Mesures"), "documents": _("Documents")}
"""How the parts are called that are no compartments."""
_KEYS = """
SELECT k.case_id::text, k.period_key_id, k.wrapped, k.number FROM referrals_case_key k
 WHERE k.cell_id = %(cell)s AND k.case_id = ANY (%(cases)s::uuid[])
   AND k.viewers && %(units)s::int[]
"""
_NOW = "SELECT id::text, referrals.scope_now(id) FROM unnest(%(ended)s::uuid[]) AS id"
_ROWS = """
SELECT t.case_id::text, {columns}, t.recheck_at <= %(now)s, t.{column} FROM {table} t
 WHERE t.cell_id = %(cell)s AND t.case_id = ANY (%(cases)s::uuid[])
   AND t.viewers && %(units)s::int[] {only}
"""


class Reading:
    """Looks for words in the cases of one viewer, some hundreds of cases at a time."""

    def __init__(self, viewer: Viewer, wanted: Wanted) -> None:
        self._viewer = viewer
        self._mine = frozenset(viewer.units)
        self._wanted = wanted
        self._cases = "{}"
        self.values = 0

    def hits(self, scopes: Scopes) -> list[Hit]:
        """The cases among these that hold every word, each word somewhere in what is open."""
        try:
            return self._hits(scopes)
        except CannotDecrypt:
            # A key was replaced between reading it and reading what it opens.
            return self._hits(scopes)

    def _hits(self, scopes: Scopes) -> list[Hit]:
        # Written once for all statements: a driver takes longer to write a list than to send it.
        self._cases = "{" + ",".join(scopes) + "}"
        # Keys first: a value is never older than the key that was read before it.
        keys = ManyCases(self._read(_KEYS))
        worth: dict[str, dict[str, int]] = {}
        parts: dict[str, list[str]] = {}
        maybe: dict[str, int] = {}
        texts: list[tuple[str, str, Texts, str]] = []
        for source in SOURCES:
            for case_id, part, text, words in self._opened(source, keys, scopes):
                maybe[case_id] = maybe.get(case_id, 0) | words
                texts.append((case_id, part, source.texts, text))
        for case_id, part, of_words, text in texts:
            # Only where every word may be somewhere in the case is it looked at closely.
            if maybe[case_id] != self._wanted.all:
                continue
            found = self._wanted.worth_of(of_words(text))
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

    def _opened(
        self, source: Source, keys: ManyCases, scopes: Scopes
    ) -> Iterator[tuple[str, str, str, int]]:
        """The texts of a source that may hold a word, with the part of the case they are from."""
        opener = keys.opener(source.table, source.column)
        may_be_in, everything = self._wanted.may_be_in, self._wanted.all
        rows = self._rows(source)
        exact = self._scopes_now({row[0] for row in rows if row[4]})
        for case_id, row_id, bit, owner, ended, sealed in rows:
            scope = exact[case_id] if ended else scopes[case_id]
            if not (scope & (1 << bit) or owner in self._mine):
                continue
            text = opener(case_id, row_id, sealed)
            if text is None:
                continue
            self.values += 1
            words = everything if "\\u" in text else may_be_in(text)
            if words:
                yield case_id, source.called or _NAMES[bit], text, words

    def _scopes_now(self, cases: set[str]) -> Scopes:
        """What is open of these cases at this moment: something of them has run out."""
        if not cases:
            return {}
        values = {"ended": "{" + ",".join(cases) + "}"}
        with connection.cursor() as cursor:
            cursor.execute(_NOW, values)
            return dict(cursor.fetchall())

    def _rows(self, source: Source) -> list[tuple[Any, ...]]:
        named = {"table": source.table, "column": source.column, "columns": source.columns}
        return self._read(_ROWS.format(**named, only=source.only))

    def _read(self, statement: str) -> list[tuple[Any, ...]]:
        values: dict[str, Any] = {
            "cell": self._viewer.cell_id,
            "cases": self._cases,
            "units": list(self._mine),
            "now": now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
