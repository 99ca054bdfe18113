"""The cases that somebody may see and that answer a question by their header, newest first.

Every search starts from the narrow list of what the viewer's units may see. Conditions are
equalities and ranges only: PostgreSQL may use an index for them under row security, and none of
them tells by an error or by its time what stands in a row that is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from kernel.clock import midnight, now
from kernel.viewer import Viewer
from referrals.casefile.places import Place
from referrals.searching.question import Question
from referrals.searching.words import Wanted
from referrals.states import State

UAI: Final = re.compile(r"[0-9]{7}[A-Z]")
_CONDITIONS = {
    "reference": "c.reference = %(reference)s",
    "schools": "c.school_id = ANY (%(schools)s::uuid[])",
    "states": "c.state = ANY (%(states)s::text[])",
    "urgency": "c.urgency = %(urgency)s",
    "since": "a.sort_at >= %(since)s",
    "until": "a.sort_at < %(until)s",
    "among": "a.case_id = ANY (%(among)s::uuid[])",
    "before": "(a.sort_at, a.case_id) < (%(moment)s, %(last)s)",
}
# Each unit's own list is walked, newest first, and merged: none of them is read to its end. Of a
# case that the viewer merely knows of (level 1) there is nothing to find.
_LINES = """
SELECT l.case_id, l.sort_at, bit_or(l.scope) FROM (
    SELECT a.case_id, a.sort_at, a.scope
      FROM unnest(%(units)s::int[]) AS u (unit_id) CROSS JOIN LATERAL (
           SELECT a.case_id, a.sort_at, a.scope FROM referrals_case_access a {join}
            WHERE a.unit_id = u.unit_id AND a.cell_id = %(cell)s AND a.valid_until > %(now)s
                  AND a.level > 1 {conditions}
            ORDER BY a.sort_at DESC, a.case_id DESC LIMIT %(limit)s) a) l
 GROUP BY l.case_id, l.sort_at ORDER BY l.sort_at DESC, l.case_id DESC LIMIT %(limit)s
"""
# Tens of thousands of identifiers and times are compared and never looked at: they stay texts.
_AS_TEXT = """
SELECT p.case_id::text, p.sort_at::text, p.scope FROM ({lines}) p (case_id, sort_at, scope)
 ORDER BY p.sort_at DESC, p.case_id DESC
"""
_COUNT = """
SELECT count(DISTINCT a.case_id) FROM referrals_case_access a {join}
 WHERE a.unit_id = ANY (%(units)s::int[]) AND a.cell_id = %(cell)s AND a.valid_until > %(now)s
       AND a.level > 1 {conditions}
"""
_SCHOOLS = """
SELECT DISTINCT c.school_id, c.school_uai, c.school_name, c.school_commune
  FROM referrals_case_access a JOIN referrals_case c ON c.id = a.case_id
 WHERE a.unit_id = ANY (%(units)s::int[]) AND a.cell_id = %(cell)s AND a.valid_until > %(now)s
       AND a.level > 1
"""
_PUPILS = """
SELECT p.case_id, p.bit FROM referrals_party p
 WHERE p.cell_id = %(cell)s AND p.{column} = %(mark)s AND p.viewers && %(units)s::int[]
"""


Scopes = dict[str, int]
"""Cases by their identifiers as text, in their order, with the compartments open to the viewer."""
PlainLine = tuple[str, str, int]
"""A case, its moment in the list, and the compartments open to the viewer, as they are sent."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case within scope: its place in the list, and the compartments open to the viewer."""

    case_id: UUID
    sort_at: datetime
    scope: int

    @property
    def place(self) -> Place:
        """Where the case stands in a list, newest first."""
        return self.sort_at, self.case_id


def place_of(line: PlainLine) -> Place:
    """Where the case stands in a list, newest first."""
    return datetime.fromisoformat(line[1]), UUID(line[0])


class Scope:
    """What one viewer may see of what one question asks for by its header."""

    def __init__(self, viewer: Viewer, question: Question) -> None:
        self._values: dict[str, Any] = {
            "units": list(viewer.units),
            "cell": viewer.cell_id,
            "now": now(),
        }
        self._asked = self._conditions(viewer, question)

    def count(self) -> int:
        """How many cases there are."""
        text, values = self._statement(_COUNT, self._asked)
        return int(_rows(text, values)[0][0])

    def some(self, limit: int, *, after: Place | None = None) -> list[PlainLine]:
        """The newest cases after a place in the list."""
        text, values = self._page(limit, after)
        return _rows(_AS_TEXT.format(lines=text), values)

    def lines(self, limit: int, *, after: Place | None = None) -> list[Line]:
        """The newest cases, after a place in the list."""
        return [Line(*row) for row in _rows(*self._page(limit, after))]

    def _page(self, limit: int, after: Place | None) -> tuple[str, dict[str, Any]]:
        asked = dict(self._asked)
        if after is not None:
            asked |= {"before": None, "moment": after[0], "last": after[1]}
        return self._statement(_LINES, asked | {"limit": limit})

    def _conditions(self, viewer: Viewer, question: Question) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if question.reference:
            asked["reference"] = question.reference.strip().upper()
        if question.states:
            asked["states"] = [State(state).value for state in question.states]
        if question.urgency:
            asked["urgency"] = question.urgency
        if question.since:
            asked["since"] = midnight(question.since)
        if question.until:
            asked["until"] = midnight(question.until + timedelta(days=1))
        if question.school.strip():
            asked["schools"] = self._schools(question.school)
        mark = question.mark(viewer)
        if mark is not None:
            asked["among"] = self._with_pupil(*mark)
        return asked

    def _schools(self, typed: str) -> list[UUID]:
        """The schools of one's own cases that are named so, by UAI code or by words."""
        rows = _rows(_SCHOOLS, self._values)
        code = typed.strip().upper()
        if UAI.fullmatch(code):
            return [row[0] for row in rows if row[1] == code]
        wanted = Wanted(typed)
        words = set(wanted.words)
        return [
            row[0]
            for row in rows
            if words and words <= set(wanted.worth_of([f"{row[2]} {row[3]}"]))
        ]

    def _with_pupil(self, column: str, mark: bytes) -> list[UUID]:
        """The cases in which a pupil whose identity is open to the viewer bears this mark."""
        found = _rows(_PUPILS.format(column=column), self._values | {"mark": mark})
        among = {"among": [case_id for case_id, _bit in found], "limit": len(found)}
        text, values = self._statement(_LINES, among)
        open_to = {row[0]: row[2] for row in _rows(text, values)}
        return [case_id for case_id, bit in found if open_to.get(case_id, 0) & (1 << bit)]

    def _statement(self, text: str, asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        used = [_CONDITIONS[name] for name in _CONDITIONS if name in asked]
        join = "JOIN referrals_case c ON c.id = a.case_id" if _header_of(used) else ""
        conditions = "".join(f" AND {condition}" for condition in used)
        return text.format(join=join, conditions=conditions), self._values | asked


def _header_of(conditions: Sequence[str]) -> bool:
    return any(condition.startswith("c.") for condition in conditions)


def _rows(text: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows: list[Any] = cursor.fetchall()
        return rows
