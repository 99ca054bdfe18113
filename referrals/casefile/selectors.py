"""Lists of cases, driven by the narrow access table, and one case opened part by part."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.recorder import record
from kernel.clock import now
from kernel.crypto.cases import CaseCipher
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import cipher_of, visible_case
from referrals.compartments import Compartment, compartments_in
from referrals.models import (
    Case,
    CaseAccess,
    CompartmentContent,
    Feedback,
    Measure,
    Milestone,
    Party,
    Share,
)
from referrals.sharing.selectors import OPEN, shares_of_case
from referrals.states import ENDS, State

PAGE = 25
FILTERS: dict[str, frozenset[State]] = {
    "all": frozenset(State),
    "to_triage": frozenset({State.SUBMITTED, State.ACKNOWLEDGED, State.UNDER_REVIEW}),
    "to_activate": frozenset({State.QUALIFIED}),
    "active": frozenset(
        {State.ACTIVATED, State.ACTION_PLAN, State.IN_PROGRESS, State.MONITORING, State.RESOLVED}
    ),
    "ended": ENDS,
    "drafts": frozenset({State.DRAFT}),
}


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases, newest first, and where the next one begins."""

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
    parties: list[PartyLine]
    contents: dict[str, dict[str, Any]]
    measures: list[tuple[Measure, str]]
    feedbacks: list[Feedback]
    milestones: list[Milestone]
    shares: list[Share] = field(default_factory=list)

    @property
    def compartments(self) -> list[Compartment]:
        """The compartments that are open to this viewer."""
        return compartments_in(self.scope)


def case_list(
    viewer: Viewer,
    *,
    which: str = "all",
    before: tuple[datetime, UUID] | None = None,
) -> CaseList:
    """The 25 newest cases of a filter (see FILTERS), before a place in the list. Recorded."""
    cases = _newest(viewer, FILTERS[which], before, PAGE + 1)
    record(events.LIST_READ, viewer=viewer, filter=which, shown=min(len(cases), PAGE))
    more = len(cases) > PAGE
    cases = cases[:PAGE]
    return CaseList(cases, (_sort_at(cases[-1]), cases[-1].pk) if more else None)


def count_in(viewer: Viewer, which: str, *, at_most: int = 100) -> int:
    """How many cases a filter holds for this viewer, counted up to ``at_most``."""
    return len(_newest(viewer, FILTERS[which], None, at_most))


def _newest(
    viewer: Viewer,
    states: frozenset[State],
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Case]:
    """Walk each unit's own index, newest first, and merge: no unit's list is read to its end."""
    if not policies.can_list_cases(viewer):
        return []
    found: dict[UUID, Case] = {}
    for unit in viewer.units:
        lines = CaseAccess.objects.filter(
            unit_id=unit, cell_id=viewer.cell_id, valid_until__gt=now()
        )
        if before is not None:
            moment, last = before
            lines = lines.filter(Q(sort_at__lt=moment) | Q(sort_at=moment, case_id__lt=last))
        if states != FILTERS["all"]:
            lines = lines.filter(case__state__in=states)
        newest = lines.select_related("case").order_by("-sort_at", "-case_id")[:limit]
        found |= {line.case.pk: line.case for line in newest}
    return sorted(found.values(), key=lambda c: (_sort_at(c), c.pk), reverse=True)[:limit]


def _sort_at(case: Case) -> datetime:
    return case.submitted_at or case.created_at


def case_for(viewer: Viewer, case_id: UUID) -> Case:
    """The header of a case that this viewer may see. Raises NotFound."""
    return visible_case(viewer, case_id)


def case_file(viewer: Viewer, case_id: UUID) -> CaseFile:
    """Open a case: every compartment within this viewer's scope and nothing else. Recorded."""
    case = visible_case(viewer, case_id)
    cipher = cipher_of(case)
    lines = CaseAccess.objects.filter(
        case_id=case.pk, unit_id__in=viewer.units, valid_until__gt=now()
    )
    scope = 0
    for line in lines:
        scope |= line.scope
    opened = CaseFile(
        case=case,
        scope=scope,
        parties=_parties(case, cipher, scope),
        contents=_contents(case, cipher, scope),
        measures=_measures(case, cipher),
        feedbacks=list(Feedback.objects.filter(case=case).order_by("-created_at")),
        milestones=list(Milestone.objects.filter(case=case).order_by("created_at", "id")),
        shares=shares_of_case(viewer, case.pk),
    )
    record(
        events.CASE_READ,
        viewer=viewer,
        case_id=case.pk,
        compartments=[compartment.code for compartment in opened.compartments],
    )
    return opened


def _parties(case: Case, cipher: CaseCipher, scope: int) -> list[PartyLine]:
    return [
        PartyLine(
            party.pk,
            party.role,
            party.get_role_display(),
            cipher.open("referrals_party", "label", party.pk, party.label),
        )
        for party in Party.objects.filter(case=case).order_by("bit", "number")
        if scope & (1 << party.bit)
    ]


def _contents(case: Case, cipher: CaseCipher, scope: int) -> dict[str, dict[str, Any]]:
    codes = {compartment.bit: compartment.code for compartment in Compartment}
    return {
        codes[row.bit]: json.loads(
            cipher.open("referrals_compartment", "content", row.pk, row.content)
        )
        for row in CompartmentContent.objects.filter(case=case).order_by("bit")
        if scope & (1 << row.bit)
    }


def _measures(case: Case, cipher: CaseCipher) -> list[tuple[Measure, str]]:
    return [
        (measure, cipher.open("referrals_measure", "note", measure.pk, measure.note))
        for measure in Measure.objects.filter(case=case).order_by("due_on", "id")
    ]


def units_on_case(viewer: Viewer, case: Case) -> set[int]:
    """The units that may see the case now: its standing ones and those of running shares."""
    running = Share.objects.filter(case_id=case.pk, state=OPEN[1], expires_at__gt=now())
    units = set(running.values_list("to_unit", flat=True)) | {case.owner_unit}
    units.add(partners.coordination_unit(viewer))
    if case.prosecutor_unit:
        units.add(case.prosecutor_unit)
    return units
