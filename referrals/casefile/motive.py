"""By what right somebody reads: written beside every opening of a case, a name, a document."""

from typing import Any
from uuid import UUID

from audit.recorder import record
from kernel.clock import now
from kernel.viewer import Viewer
from referrals import events
from referrals.models import Case, Share
from referrals.models.glass import Glass
from referrals.models.share import ShareState
from referrals.policies import WATCHES
from referrals.rights import Right
from referrals.states import COORDINATION, PROSECUTION

_MISSIONS = (
    (COORDINATION, Right.COORDINATION),
    (PROSECUTION, Right.PROSECUTION),
    (WATCHES, Right.CONTROL),
)


def motive(viewer: Viewer, case: Case) -> dict[str, Any]:
    """The right, the purpose for which a share was given, and which share or emergency it is.

    The facts of an entry about reading. Only whoever holds a case by a share or in an emergency is
    looked up: the others have it by what they are. While an emergency of theirs runs, that is said.
    """
    mine = set(viewer.units)
    if case.owner_unit in mine:
        return _facts(Right.SCHOOL)
    if viewer.has(*COORDINATION):
        return _facts(Right.COORDINATION)
    if case.prosecutor_unit in mine:
        return _facts(Right.PROSECUTION)
    moment = now()
    broken = Glass.objects.filter(
        cell_id=viewer.cell_id,
        case_id=case.pk,
        account_id=viewer.account_id,
        ends_at__gt=moment,
    )
    glass = broken.order_by("-opened_at").values_list("pk", flat=True).first()
    if glass is not None:
        return _facts(Right.GLASS, glass)
    running = Share.objects.filter(
        cell_id=viewer.cell_id,
        case_id=case.pk,
        to_unit__in=mine,
        state=ShareState.ACCEPTED,
        starts_at__lte=moment,
        expires_at__gt=moment,
    )
    share = running.order_by("-decided_at").values_list("pk", "purpose").first()
    return _facts(Right.SHARE, *share) if share else _facts(Right.OTHER)


def standing(viewer: Viewer) -> str:
    """By what right somebody looks at many cases at once: the mission of their role.

    Partners have each of theirs by a share; which one is said when they open it.
    """
    if viewer.agency_kind == "school":
        return Right.SCHOOL.value
    for roles, right in _MISSIONS:
        if viewer.has(*roles):
            return right.value
    return Right.SHARE.value


def note_list(viewer: Viewer, which: str, shown: int) -> None:
    """Put on record that somebody looked at a list."""
    record(events.LIST_READ, viewer=viewer, filter=which, shown=shown, right=standing(viewer))


def in_control(viewer: Viewer) -> dict[str, Any]:
    """The facts of looking at rights on a case without reading anything of it."""
    return _facts(Right(standing(viewer)))


def _facts(right: Right, by: UUID | None = None, purpose: str | None = None) -> dict[str, Any]:
    return {"right": right.value, "by": by, "purpose": purpose}
