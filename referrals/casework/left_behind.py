"""What those who left were to do, and what waits for somebody else to take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from agencies.selectors import agencies_named
from kernel.errors import NotAllowed
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.cases import units_on_case
from referrals.casefile.motive import note_list
from referrals.models import Measure
from referrals.models.access import Level
from referrals.models.history import MeasureState
from referrals.states import COORDINATION, ENDS

MOST = 200


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that another app keeps and that waits for somebody: where, when, whose it was."""

    url: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class WaitingMeasure:
    """A planned measure whose agency has nobody left, and the agencies that could take it."""

    measure: Measure
    takers: list[partners.Partner]


@dataclass(frozen=True, slots=True)
class WaitingSchool:
    """A school without a pilot, with the number of its drafts."""

    name: str
    drafts: int


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """All of it at once."""

    measures: list[WaitingMeasure]
    meetings: list[Elsewhere]
    schools: list[WaitingSchool]


Source = Callable[[Viewer], list[Elsewhere]]
_meetings: list[Source] = []


def meetings_from(source: Source) -> None:
    """Register who knows the meetings whose convener has left."""
    _meetings[:] = [source]


def may_look(viewer: Viewer) -> None:
    """Raise NotAllowed for all but coordination."""
    if not viewer.has(*COORDINATION):
        raise NotAllowed


def without_anybody(units: Iterable[int]) -> set[int]:
    """Of these units of the cell, those that have nobody left; only coordination gets an answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.without_anybody(%s)", [sorted(units)])
        return set(cursor.fetchone()[0])


def waiting_measures(viewer: Viewer) -> list[WaitingMeasure]:
    """Planned measures of living cases that nobody is left to carry out, the most urgent first."""
    may_look(viewer)
    planned = Measure.objects.filter(cell_id=viewer.cell_id, state=MeasureState.PLANNED).exclude(
        case__state__in=ENDS
    )
    units = set(planned.values_list("owner_unit", flat=True))
    empty = without_anybody(units)
    found = planned.filter(owner_unit__in=empty).select_related("case").order_by("due_on", "id")
    everybody = partners.all_of_cell(viewer)
    there = without_anybody({partner.unit_id for partner in everybody})
    present = [partner for partner in everybody if partner.unit_id not in there]
    waiting = []
    for measure in found[:MOST]:
        reads = units_on_case(measure.case, Level.READ)
        takers = [partner for partner in present if partner.unit_id in reads]
        waiting.append(WaitingMeasure(measure, takers))
    return waiting


def read_all(viewer: Viewer) -> LeftBehind:
    """Everything that waits for somebody else, for coordination. Recorded."""
    found = LeftBehind(waiting_measures(viewer), waiting_meetings(viewer), waiting_schools(viewer))
    shown = len(found.measures) + len(found.meetings) + len(found.schools)
    note_list(viewer, "left_behind", shown)
    return found


def waiting_schools(viewer: Viewer) -> list[WaitingSchool]:
    """Schools that have drafts and no pilot. What a draft says stays with the school."""
    may_look(viewer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_id, waiting FROM referrals.drafts_waiting()")
        counted = dict(cursor.fetchall())
    names = agencies_named(counted)
    return sorted(
        (WaitingSchool(names[agency], count) for agency, count in counted.items()),
        key=lambda school: school.name,
    )


def waiting_meetings(viewer: Viewer) -> list[Elsewhere]:
    """Meetings to come that were convened by somebody who has left."""
    may_look(viewer)
    return _meetings[0](viewer) if _meetings else []
