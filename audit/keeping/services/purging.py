"""A purge is proposed by one person who controls access and signed by another one."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.keeping import events, policies
from audit.keeping.asking import asked
from audit.keeping.periods import months_of
from audit.keeping.selectors import Purge, preview, purge_of
from audit.recorder import record
from audit.registry import EventKind
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


def propose(viewer: Viewer) -> Purge:
    """Propose that every entry whose term has passed goes, but for what is held.

    NotFound for whoever does not control access. WrongState when there is nothing to purge, or
    while another purge of the cell is open.
    """
    if not policies.may_propose(viewer):
        raise NotFound
    require_fresh(viewer)
    months = months_of(viewer.cell_id).ordinary
    due = preview(viewer, months).due
    if not due:
        raise WrongState(_("Aucune entrée n'a dépassé sa durée de conservation."))
    purge_id = uuid7()
    longer = _("Votre cellule garde maintenant ses entrées plus longtemps. Rechargez la page.")
    if not _asked("propose_purge", purge_id, months, longer=longer):
        raise WrongState(
            _(
                "Une autre purge est déjà en cours dans votre cellule. "
                "Attendez sa fin, ou retirez-la."
            )
        )
    purge = purge_of(viewer, purge_id)
    record(
        events.PROPOSED,
        viewer=viewer,
        subject_id=purge_id,
        purge=purge_id,
        entries=due,
        ordinary_before=purge.ordinary_before.date(),
        control_before=purge.control_before.date(),
        before=None,
        after="proposed",
    )
    return purge


def sign(viewer: Viewer, purge_id: UUID) -> Purge:
    """Sign what somebody else has proposed; the worker carries it out.

    NotFound for whoever may not sign. NotAllowed for one's own. WrongState when no such purge of
    the cell waits for a signature, or when the cell now keeps its entries for longer.
    """
    purge = _of_somebody_else(viewer, purge_id)
    require_fresh(viewer)
    longer = _("Votre cellule garde maintenant ses entrées plus longtemps. Retirez cette purge.")
    if purge.months < months_of(viewer.cell_id).ordinary:
        raise WrongState(longer)
    if not _asked("sign_purge", purge_id, longer=longer):
        raise WrongState(_TOO_LATE)
    _record(viewer, events.SIGNED, purge_id, "signed")
    return purge_of(viewer, purge_id)


def withdraw(viewer: Viewer, purge_id: UUID) -> Purge:
    """Take a proposal back before it is signed. NotFound as for proposing, WrongState after."""
    if not policies.may_propose(viewer):
        raise NotFound
    _known(viewer, purge_id)
    if not asked("withdraw_purge", purge_id):
        raise WrongState(_TOO_LATE)
    _record(viewer, events.WITHDRAWN, purge_id, "withdrawn")
    return purge_of(viewer, purge_id)


def _record(viewer: Viewer, kind: EventKind, purge_id: UUID, after: str) -> None:
    record(kind, viewer=viewer, subject_id=purge_id, purge=purge_id, before="proposed", after=after)


_TOO_LATE = _("Cette purge n'attend plus de signature. Rechargez la page.")


def _known(viewer: Viewer, purge_id: UUID) -> Purge:
    """A purge of the cell. One that nobody has proposed waits for nothing either."""
    if not policies.may_sign(viewer):
        raise NotFound
    try:
        return purge_of(viewer, purge_id)
    except NotFound:
        raise WrongState(_TOO_LATE) from None


def _asked(function: str, *given: Any, longer: object) -> bool:
    """What the database answers. WrongState when the rules of the cell have changed meanwhile."""
    try:
        with transaction.atomic():
            return asked(function, *given)
    except IntegrityError:
        raise WrongState(longer) from None


def _of_somebody_else(viewer: Viewer, purge_id: UUID) -> Purge:
    purge = _known(viewer, purge_id)
    if purge.proposed_by == viewer.account_id:
        raise NotAllowed(_("Vous avez proposé cette purge : une autre personne la signe."))
    return purge
