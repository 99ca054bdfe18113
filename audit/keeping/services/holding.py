"""What must not be purged, whatever its age: a cell, a case or a person, for a stated reason."""

from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit.keeping import events, policies
from audit.keeping.selectors import Hold, hold_of
from audit.recorder import record
from audit.registry import EventKind
from kernel.errors import NotFound, WrongState
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


def place_hold(viewer: Viewer, *, scope: str, about: UUID | None, reason: str) -> Hold:
    """Keep these entries from every purge until the hold is lifted.

    NotFound for whoever does not control access.
    """
    if not policies.may_propose(viewer):
        raise NotFound
    require_fresh(viewer)
    hold_id = uuid7()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT audit.place_hold(%s, %s, %s, %s)", [hold_id, scope, about, reason])
    hold = hold_of(viewer, hold_id)
    _record(viewer, events.HELD, hold, before=None, after="held")
    return hold


def lift_hold(viewer: Viewer, hold_id: UUID) -> Hold:
    """End a hold: what it kept goes with the next purge.

    NotFound as above; WrongState when no such hold of the cell stands.
    """
    if not policies.may_propose(viewer):
        raise NotFound
    require_fresh(viewer)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT audit.lift_hold(%s)", [hold_id])
        if not cursor.fetchone()[0]:
            raise WrongState(_("Cette conservation a déjà été levée."))
    hold = hold_of(viewer, hold_id)
    _record(viewer, events.RELEASED, hold, before="held", after="lifted")
    return hold


def _record(viewer: Viewer, kind: EventKind, hold: Hold, **moved: str | None) -> None:
    record(
        kind,
        viewer=viewer,
        case_id=hold.about if hold.scope == "case" else None,
        subject_id=hold.about if hold.scope == "person" else None,
        hold_scope=hold.scope,
        hold_reason=hold.reason,
        **moved,
    )
