"""What has been opened to the viewer's agency, what is, and what it was asked to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.cases import is_open_now
from referrals.casefile.motive import note_list
from referrals.casefile.places import Place
from referrals.casefile.selectors import count_in
from referrals.models import CompartmentContent, Document, Feedback, Measure, Party, Share
from referrals.models.document import DocumentState
from referrals.models.history import MeasureState
from referrals.models.share import ShareState
from referrals.sharing.grants import references_received

MOST = 200
PAGE = 100
MANY = 1000


@dataclass(frozen=True, slots=True)
class ReceivedShare:
    """A share that opened something to the agency: still running, or ended.

    ``elements`` counts what this person finds in the case now: parts, pupils, measures, answers.
    """

    share: Share
    reference: str
    running: bool
    elements: int


@dataclass(frozen=True, slots=True)
class Received:
    """Everything that came to the agency through the cell; of what has ended a page at a time."""

    running: list[ReceivedShare]
    ended: list[ReceivedShare]
    measures: list[tuple[Measure, str]]
    cases: int
    """How many cases the viewer sees by whatever right, counted up to a thousand."""
    next_before: Place | None = None


def received(viewer: Viewer, *, before: Place | None = None) -> Received:
    """What the viewer's agency has received, the newest first. Recorded.

    All that is open, and what has ended a hundred at a time, from a place in that list on.
    """
    if not policies.can_list_cases(viewer):
        note_list(viewer, "received", 0)
        return Received([], [], [], 0)
    names = references_received()
    opened = Share.objects.filter(
        cell_id=viewer.cell_id, to_unit__in=viewer.units, decided_at__isnull=False
    ).exclude(state=ShareState.REFUSED)
    opened = opened.order_by("-decided_at", "-id")
    runs = Q(state=ShareState.ACCEPTED, expires_at__gt=now())
    running, past = list(opened.filter(runs)[:MANY]), opened.exclude(runs)
    if before is not None:
        when, last = before
        past = past.filter(Q(decided_at__lt=when) | Q(decided_at=when, pk__lt=last))
    ended = list(past[: PAGE + 1])
    more, ended = len(ended) > PAGE, ended[:PAGE]
    held = _elements(viewer, {share.case_id for share in running})
    lines = [
        ReceivedShare(share, names.get(share.case_id, ""), True, held[share.case_id])
        for share in running
    ]
    over = [ReceivedShare(share, names.get(share.case_id, ""), False, 0) for share in ended]
    entrusted = Measure.objects.filter(
        cell_id=viewer.cell_id,
        owner_unit__in=viewer.units,
        viewers__overlap=[*viewer.units],
        state=MeasureState.PLANNED,
    )
    measures = [
        (measure, measure.case.reference or "")
        for measure in entrusted.select_related("case").order_by("due_on", "id")[:MOST]
        if _is_open(viewer, measure)
    ]
    shown = len(lines) + len(over) + len(measures)
    note_list(viewer, "received", shown)
    return Received(
        lines,
        over,
        measures,
        count_in(viewer, "all", at_most=MANY),
        _place_of(ended[-1]) if more else None,
    )


def _is_open(viewer: Viewer, measure: Measure) -> bool:
    try:
        return is_open_now(viewer, measure)
    except NotFound:
        return False


def _place_of(share: Share) -> Place | None:
    return (share.decided_at, share.pk) if share.decided_at else None


def _elements(viewer: Viewer, cases: set[UUID]) -> Counter[UUID]:
    """How many rows of these cases this viewer finds."""
    held: Counter[UUID] = Counter()
    mine = {"case_id__in": cases, "viewers__overlap": [*viewer.units]}
    for model in (CompartmentContent, Party, Measure, Feedback):
        held.update(model.objects.filter(**mine).values_list("case_id", flat=True))
    documents = Document.objects.filter(**mine).exclude(state=DocumentState.DESTROYED)
    held.update(documents.values_list("case_id", flat=True))
    return held
