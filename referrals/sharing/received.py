"""What has been opened to the viewer's agency, what is, and what it was asked to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from audit.recorder import record
from kernel.clock import now
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.selectors import count_in
from referrals.models import CompartmentContent, Document, Feedback, Measure, Party, Share
from referrals.models.document import DocumentState
from referrals.models.history import MeasureState
from referrals.models.share import ShareState
from referrals.sharing.grants import references_received

MOST = 200
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
    """Everything that came to the agency through the cell."""

    running: list[ReceivedShare]
    ended: list[ReceivedShare]
    measures: list[tuple[Measure, str]]
    cases: int
    """How many cases the viewer sees by whatever right, counted up to a thousand."""


def received(viewer: Viewer) -> Received:
    """What the viewer's agency has received, the newest first. Recorded."""
    if not policies.can_list_cases(viewer):
        record(events.LIST_READ, viewer=viewer, filter="received", shown=0)
        return Received([], [], [], 0)
    moment = now()
    names = references_received()
    opened = Share.objects.filter(
        cell_id=viewer.cell_id, to_unit__in=viewer.units, decided_at__isnull=False
    ).exclude(state=ShareState.REFUSED)
    shares = list(opened.order_by("-decided_at", "-id")[:MOST])
    running = {
        share.pk
        for share in shares
        if share.state == ShareState.ACCEPTED and share.expires_at > moment
    }
    held = _elements(viewer, {share.case_id for share in shares if share.pk in running})
    lines = [
        ReceivedShare(
            share,
            names.get(share.case_id, ""),
            share.pk in running,
            held[share.case_id] if share.pk in running else 0,
        )
        for share in shares
    ]
    entrusted = Measure.objects.filter(
        cell_id=viewer.cell_id,
        owner_unit__in=viewer.units,
        viewers__overlap=[*viewer.units],
        state=MeasureState.PLANNED,
    )
    measures = [
        (measure, measure.case.reference or "")
        for measure in entrusted.select_related("case").order_by("due_on", "id")[:MOST]
    ]
    record(events.LIST_READ, viewer=viewer, filter="received", shown=len(lines) + len(measures))
    return Received(
        [line for line in lines if line.running],
        [line for line in lines if not line.running],
        measures,
        count_in(viewer, "all", at_most=MANY),
    )


def _elements(viewer: Viewer, cases: set[UUID]) -> Counter[UUID]:
    """How many rows of these cases this viewer finds."""
    held: Counter[UUID] = Counter()
    mine = {"case_id__in": cases, "viewers__overlap": [*viewer.units]}
    for model in (CompartmentContent, Party, Measure, Feedback):
        held.update(model.objects.filter(**mine).values_list("case_id", flat=True))
    documents = Document.objects.filter(**mine).exclude(state=DocumentState.DESTROYED)
    held.update(documents.values_list("case_id", flat=True))
    return held
