"""Ending the access of a person or of a whole agency: one act, and nothing of it lives on.

The database ends seats, sessions and shares in the transaction of the act; sockets find their
session gone at their next look.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from agencies import events, leavers, selectors
from agencies.models import EndReason, Membership
from agencies.roles import Role
from audit import record
from kernel.clock import now
from kernel.errors import Conflict, Invalid, WrongState
from kernel.ids import uuid7
from kernel.live import announce
from kernel.outbox import enqueue
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

ALREADY = _("C'est déjà fait : cet accès est terminé.")
WITHOUT = {
    str(Role.CELL_ADMIN): _(
        "Cette personne est la dernière à administrer la cellule. Dites qui lui succède."
    ),
    str(Role.CELL_COORDINATOR): _(
        "Cette personne est la dernière à coordonner la cellule. Dites qui lui succède."
    ),
}
WITHOUT_AGENCY = _(
    "Cet organisme porte la dernière administration ou la dernière coordination de la cellule. "
    "Donnez d'abord ce rôle ailleurs, ou terminez les accès personne par personne."
)

STAYS = "agencies_somebody_stays"
BOTH_LEAVE = _(
    "Une autre personne vient de quitter le même rôle : il ne resterait plus personne. Rechargez "
    "la page et dites qui succède."
)


def end_person(
    viewer: Viewer,
    place_id: UUID,
    *,
    reason: EndReason,
    everywhere: bool = False,
    follows: UUID | None = None,
) -> tuple[Membership, ...]:
    """End one place of a person, or all that the viewer may end in this cell.

    Raises Invalid when a cell would be left without administration or coordination and nobody is
    named to follow, WrongState when there is nothing left to end, StepUpRequired without a fresh
    factor. Who follows holds the role for fourteen days, until it is given in the usual way.
    """
    who = leavers.leaver(viewer, place_id)
    require_fresh(viewer)
    places = who.places if everywhere else tuple(p for p in who.places if p.pk == place_id)
    if not places:
        raise WrongState(ALREADY)
    numbers = [place.pk for place in places]
    missing = leavers.last_roles(numbers)
    if missing and follows is None:
        raise Invalid(fields={"follows": [WITHOUT[role] for role in missing]})
    if follows is not None and not leavers.successors(viewer, who).filter(pk=follows).exists():
        raise Invalid(fields={"follows": [leavers.INVITE_FIRST]})
    told = leavers.who_oversees(viewer) | (leavers.prosecutors(viewer) if missing else set())
    # Written before the end: whoever ends their own access has no session afterwards.
    for place in places:
        record(
            events.ACCESS_ENDED,
            viewer=viewer,
            subject_id=place.pk,
            account=place.account_id,
            agency=place.agency_id,
            why=str(reason),
            before=list(place.roles),
            after=None,
        )
    if missing and follows is not None:
        after = Membership.objects.get(pk=follows)
        record(
            events.INTERIM_GIVEN,
            viewer=viewer,
            subject_id=follows,
            account=after.account_id,
            roles=missing,
        )
        _tell(viewer, "access.interim", {after.account_id})
    _tell(viewer, "access.ended", told)
    follower = follows if missing else None
    _ended("SELECT agencies.end_person(%s, %s, %s)", [numbers, str(reason), follower])
    return places


def end_agency(viewer: Viewer, accession_id: UUID, *, reason: EndReason, whole: bool) -> int:
    """End the access of everybody of an agency, and with ``whole`` its accession and its shares.

    Returns how many places ended. Raises NotFound, StepUpRequired, WrongState when it is over
    already, Invalid when the cell would be left without administration or coordination.
    """
    signed = leavers.accession_to_end(viewer, accession_id)
    require_fresh(viewer)
    if signed.valid_until <= now():
        raise WrongState(ALREADY)
    there = leavers.live_places(viewer).filter(accession_id=accession_id)
    places = list(there.values_list("pk", flat=True))
    if leavers.last_roles(places):
        raise Invalid(WITHOUT_AGENCY)
    if not places and not whole:
        raise WrongState(_("Plus personne de cet organisme n'a accès."))
    told = leavers.who_oversees(viewer)
    record(
        events.ACCESSION_ENDED if whole else events.AGENCY_CUT,
        viewer=viewer,
        subject_id=accession_id,
        agency=signed.agency_id,
        why=str(reason),
        places=len(places),
    )
    _tell(viewer, "access.ended", told)
    _ended("SELECT agencies.end_agency(%s, %s, %s)", [accession_id, str(reason), whole])
    return len(places)


def _ended(statement: str, values: list[Any]) -> None:
    """Call the database's own function; what it refuses is said in words."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            answer = cursor.fetchone()[0]
    except IntegrityError as error:
        if STAYS in str(error):
            raise Conflict(BOTH_LEAVE) from error
        raise
    if answer is None:
        raise WrongState(ALREADY)


def _tell(viewer: Viewer, kind: str, accounts: set[UUID]) -> None:
    """Tell people through the outbox, and the pages of coordination at once."""
    enqueue(viewer, event_id=uuid7(), kind=kind, recipients=accounts, subject_id=None)
    announce(viewer, f"unit:{selectors.coordination_unit(viewer.cell_id)}", "changed")
