"""Shares as either side sees them."""

from datetime import timedelta
from uuid import UUID

from kernel.clock import now
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.motive import note_list
from referrals.models import Share
from referrals.models.share import ShareState
from referrals.states import COORDINATION

SOON = timedelta(days=14)


def shares_of_case(viewer: Viewer, case_id: UUID) -> list[Share]:
    """Every share of the case that this viewer gives or receives, newest first."""
    shares = Share.objects.filter(
        cell_id=viewer.cell_id, case_id=case_id, viewers__overlap=[*viewer.units]
    )
    return list(shares.order_by("-proposed_at")[:200])


def awaiting_answer(viewer: Viewer) -> list[Share]:
    """Proposals that wait for an answer of the viewer's agency, oldest first."""
    if not policies.can_list_cases(viewer):
        return []
    offered = Share.objects.filter(
        cell_id=viewer.cell_id,
        to_unit__in=viewer.units,
        state=ShareState.PROPOSED,
        expires_at__gt=now(),
    )
    return list(offered.order_by("proposed_at")[:100])


def running_for(viewer: Viewer) -> list[Share]:
    """Shares that are open to the viewer's agency now, those that end first before the others."""
    if not policies.can_list_cases(viewer):
        return []
    running = Share.objects.filter(
        cell_id=viewer.cell_id,
        to_unit__in=viewer.units,
        state=ShareState.ACCEPTED,
        expires_at__gt=now(),
    )
    return list(running.select_related("case").order_by("expires_at")[:200])


def ending_soon(viewer: Viewer) -> list[Share]:
    """Running shares that this coordination gives and that end within two weeks, soonest first."""
    if not viewer.has(*COORDINATION):
        return []
    given = Share.objects.filter(
        cell_id=viewer.cell_id,
        from_unit__in=viewer.units,
        state=ShareState.ACCEPTED,
        expires_at__gt=now(),
        expires_at__lte=now() + SOON,
    )
    return list(given.select_related("case").order_by("expires_at")[:200])


def inbox(viewer: Viewer) -> tuple[list[Share], list[Share]]:
    """What waits for an answer and what is open, as the page of shares shows it. Recorded."""
    offered, running = awaiting_answer(viewer), running_for(viewer)
    note_list(viewer, "shares", len(offered) + len(running))
    return offered, running
