"""Lists of cases, driven by the narrow access table, and one case opened part by part."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from audit.recorder import record
from kernel.clock import now
from kernel.crypto.cases import CaseCipher
from kernel.errors import NotAllowed, NotFound
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import cipher_of, level_now, scope_now, visible_case
from referrals.casefile.motive import motive, note_list
from referrals.compartments import STORY, Compartment, compartments_in
from referrals.documents.selectors import DocumentLine, documents_in, may_edit
from referrals.models import (
    Case,
    CompartmentContent,
    Document,
    Feedback,
    Measure,
    Milestone,
    Party,
    Share,
)
from referrals.models.access import Level
from referrals.sharing.requests import RequestLine, Shared, requests_of_case
from referrals.sharing.selectors import shares_of_case
from referrals.states import ENDS, LIVING, State

Part = CompartmentContent | Document | Feedback | Measure | Milestone | Party
Row = TypeVar("Row", CompartmentContent, Feedback, Measure, Milestone, Party)
PAGE = 25
FILTERS: dict[str, frozenset[State]] = {
    "all": frozenset(State),
    "to_triage": frozenset({State.SUBMITTED, State.ACKNOWLEDGED, State.UNDER_REVIEW}),
    "to_activate": frozenset({State.QUALIFIED}),
    "active": frozenset(
        {State.ACTIVATED, State.ACTION_PLAN, State.IN_PROGRESS, State.MONITORING, State.RESOLVED}
    ),
    "living": LIVING,
    "ended": ENDS,
    "drafts": frozenset({State.DRAFT}),
}


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases, newest first, and where the next one begins.

    Each case has ``my_level``: of one that the viewer merely knows of, only the reference is shown.
    """

    cases: list[Case]
    next_before: tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party as it is shown: initials and number. The name is a reveal of its own."""

    id: UUID
    role: str
    role_label: str
    label: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything of one case that this viewer may see, opened."""

    case: Case
    scope: int
    level: Level
    parties: list[PartyLine]
    contents: dict[str, dict[str, Any]]
    measures: list[tuple[Measure, str]]
    feedbacks: list[Feedback]
    milestones: list[Milestone]
    shares: list[Share] = field(default_factory=list)
    documents: list[DocumentLine] = field(default_factory=list)
    requests: list[RequestLine] = field(default_factory=list)

    @property
    def compartments(self) -> list[Compartment]:
        """The compartments that are open to this viewer."""
        return compartments_in(self.scope)

    @property
    def is_stub(self) -> bool:
        """Whether this viewer merely knows that there is a case, and who follows it."""
        return self.level == Level.STUB


# As a plain join, PostgreSQL would read the whole list of every unit and sort it.
_LINES = """
SELECT c.*, a.my_level FROM (
    SELECT a.sort_at, a.case_id, max(a.level) AS my_level
      FROM unnest(%(units)s::int[]) AS u (unit_id) CROSS JOIN LATERAL (
           SELECT a.sort_at, a.case_id, a.level FROM referrals_case_access a {of_state}
            WHERE a.unit_id = u.unit_id AND a.cell_id = %(cell)s AND a.valid_until > %(now)s
                  {before}
            ORDER BY a.sort_at DESC, a.case_id DESC LIMIT %(limit)s) a
     GROUP BY a.sort_at, a.case_id
     ORDER BY a.sort_at DESC, a.case_id DESC LIMIT %(limit)s) a
  JOIN referrals_case c ON c.id = a.case_id
 ORDER BY a.sort_at DESC, a.case_id DESC
"""
# Which step a case is at, nobody is told who merely knows that it exists.
_OF_STATE = (
    "JOIN referrals_case s ON s.id = a.case_id AND s.state = ANY (%(states)s) AND a.level > 1"
)
_BEFORE = "AND (a.sort_at, a.case_id) < (%(moment)s, %(last)s)"


def case_list(
    viewer: Viewer,
    *,
    which: str = "all",
    before: tuple[datetime, UUID] | None = None,
) -> CaseList:
    """The 25 newest cases of a filter (see FILTERS), before a place in the list. Recorded."""
    cases = _newest(viewer, FILTERS[which], before, PAGE + 1)
    note_list(viewer, which, min(len(cases), PAGE))
    more = len(cases) > PAGE
    cases = cases[:PAGE]
    return CaseList(cases, (_sort_at(cases[-1]), cases[-1].pk) if more else None)


def count_in(viewer: Viewer, which: str, *, at_most: int = 100) -> int:
    """How many cases a filter holds for this viewer, counted up to ``at_most``."""
    return len(_newest(viewer, FILTERS[which], None, at_most))


def knows_only_of(case: Case) -> bool:
    """Whether a case of a list is one that the viewer merely knows of."""
    return getattr(case, "my_level", Level.READ) == Level.STUB


def _newest(
    viewer: Viewer,
    states: frozenset[State],
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Case]:
    """Walk each unit's own index, newest first, and merge: no unit's list is read to its end."""
    if not policies.can_list_cases(viewer):
        return []
    moment, last = before or (None, None)
    values = {
        "units": list(viewer.units),
        "cell": viewer.cell_id,
        "now": now(),
        "limit": limit,
        "states": sorted(states),
        "moment": moment,
        "last": last,
    }
    lines = _LINES.format(
        of_state=_OF_STATE if states != FILTERS["all"] else "",
        before=_BEFORE if before is not None else "",
    )
    return list(Case.objects.raw(lines, values))


def _sort_at(case: Case) -> datetime:
    return case.submitted_at or case.created_at


def case_for(viewer: Viewer, case_id: UUID) -> Case:
    """The header of a case that this viewer may see. Raises NotFound."""
    return visible_case(viewer, case_id)


def references_for(viewer: Viewer, case_ids: Collection[UUID]) -> dict[UUID, str]:
    """How to name those of these cases that this viewer may see now; the others are left out."""
    if not case_ids or not policies.can_list_cases(viewer):
        return {}
    seen = Case.objects.filter(
        cell_id=viewer.cell_id, pk__in=case_ids, viewers__overlap=[*viewer.units]
    )
    return {pk: name for pk, name in seen.values_list("pk", "reference") if name}


def sent_case(viewer: Viewer, case_id: UUID) -> Case:
    """What a school has just sent, for its acknowledgement. Only the school's; recorded."""
    case = visible_case(viewer, case_id)
    if case.owner_unit not in viewer.units:
        raise NotAllowed(case_id=case_id)
    if case.submitted_at is None:
        raise NotFound(case_id=case_id)
    record(
        events.CASE_READ, viewer=viewer, case_id=case.pk, compartments=[], **motive(viewer, case)
    )
    return case


def case_file(viewer: Viewer, case_id: UUID) -> CaseFile:
    """Open a case: every compartment within this viewer's scope and nothing else. Recorded."""
    case = visible_case(viewer, case_id)
    scope, level = scope_now(case), level_now(case)
    opened = open_for(
        viewer,
        case,
        scope,
        level,
        sees=lambda row: _may_see(viewer, scope, level, row),
        edits=lambda row: may_edit(viewer, row),
    )
    record(
        events.CASE_READ,
        viewer=viewer,
        case_id=case.pk,
        compartments=[compartment.code for compartment in opened.compartments],
        **motive(viewer, case),
    )
    return opened


def open_for(
    viewer: Viewer,
    case: Case,
    scope: int,
    level: Level,
    *,
    sees: Callable[[Part], bool],
    edits: Callable[[Document], bool],
    shared: Shared | None = None,
) -> CaseFile:
    """The case as this viewer reads it: of the rows that row security leaves, those it ``sees``.

    ``shared`` says what shares hold open to a unit, where this viewer stands in for somebody else.
    Nothing is recorded: that is for whoever shows it.
    """
    cipher = cipher_of(case)

    def seen(rows: QuerySet[Row]) -> list[Row]:
        return [row for row in rows.filter(case=case) if sees(row)]

    return CaseFile(
        case=case,
        scope=scope,
        level=level,
        parties=party_lines(cipher, seen(Party.objects.order_by("bit", "number"))),
        contents=_contents(cipher, seen(CompartmentContent.objects.order_by("bit"))),
        measures=_measures(cipher, seen(Measure.objects.order_by("due_on", "id"))),
        feedbacks=seen(Feedback.objects.order_by("-created_at")),
        milestones=seen(Milestone.objects.order_by("created_at", "id")),
        shares=shares_of_case(viewer, case.pk),
        documents=documents_in(case, cipher, sees, edits),
        requests=requests_of_case(viewer, case, cipher, shared),
    )


def _may_see(viewer: Viewer, scope: int, level: Level, row: Part) -> bool:
    """Whether a part of the case is for this viewer: the rule of its row security, in Python."""
    mine = set(viewer.units)
    if not mine & set(row.viewers):
        return False
    owned = isinstance(row, Measure) and row.owner_unit in mine
    if row.bit == STORY or owned:
        return level >= Level.READ
    return bool(scope & (1 << row.bit))


def party_lines(cipher: CaseCipher, rows: list[Party]) -> list[PartyLine]:
    """The parties of a case by initials and number."""
    return [
        PartyLine(
            party.pk,
            party.role,
            party.get_role_display(),
            cipher.open("referrals_party", "label", party.pk, party.label),
        )
        for party in rows
    ]


def _contents(cipher: CaseCipher, rows: list[CompartmentContent]) -> dict[str, dict[str, Any]]:
    codes = {compartment.bit: compartment.code for compartment in Compartment}
    return {
        codes[row.bit]: json.loads(
            cipher.open("referrals_compartment", "content", row.pk, row.content)
        )
        for row in rows
    }


def _measures(cipher: CaseCipher, rows: list[Measure]) -> list[tuple[Measure, str]]:
    return [
        (measure, cipher.open("referrals_measure", "note", measure.pk, measure.note))
        for measure in rows
    ]
