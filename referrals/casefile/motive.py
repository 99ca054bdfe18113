"""By what right somebody reads a case: written beside every opening of it."""

from typing import Any
from uuid import UUID

from kernel.clock import now
from kernel.viewer import Viewer
from referrals.models import Case, Share
from referrals.models.glass import Glass
from referrals.models.share import ShareState
from referrals.rights import Right
from referrals.states import COORDINATION, PROSECUTION


def motive(viewer: Viewer, case: Case) -> dict[str, Any]:
    """The right, the purpose for which a share was given, and which share or emergency it is.

    The facts of an entry about reading. Only whoever holds a case by a share or in an emergency is
    looked up: the others have it by what they are.
    """
    mine = set(viewer.units)
    if case.owner_unit in mine:
        return _facts(Right.SCHOOL)
    if viewer.has(*COORDINATION):
        return _facts(Right.COORDINATION)
    if case.prosecutor_unit in mine or viewer.has(*PROSECUTION):
        return _facts(Right.PROSECUTION)
    moment = now()
    running = Share.objects.filter(
        cell_id=viewer.cell_id,
        case_id=case.pk,
        to_unit__in=mine,
        state=ShareState.ACCEPTED,
        starts_at__lte=moment,
        expires_at__gt=moment,
    )
    share = running.order_by("-decided_at").values_list("pk", "purpose").first()
    if share is not None:
        return _facts(Right.SHARE, *share)
    broken = Glass.objects.filter(
        cell_id=viewer.cell_id,
        case_id=case.pk,
        account_id=viewer.account_id,
        ends_at__gt=moment,
    )
    glass = broken.order_by("-opened_at").values_list("pk", flat=True).first()
    return _facts(Right.GLASS if glass else Right.OTHER, glass)


def _facts(right: Right, by: UUID | None = None, purpose: str | None = None) -> dict[str, Any]:
    return {"right": right.value, "by": by, "purpose": purpose}
