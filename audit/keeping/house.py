"""The purge of what belongs to no cell: sign-ins of nobody known, and what was done to the house.

No page shows these entries; the page of what is kept shows their purges. Two people who control
access in some cell, or one who does and one who administers a cell, decide at a terminal; the
worker carries it out as every other purge.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit.keeping import events, periods, policies
from audit.keeping.selectors import SHOWN, Purge
from audit.recorder import record
from audit.registry import MONTHS, EventKind, Keeps
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

NO_CELL = 0
_NOTHING_WAITS = _("Aucune purge n'attend de signature.")


def due(viewer: Viewer) -> tuple[int, int]:
    """How many entries have outlived their term, and how many more a hold keeps."""
    _answering(viewer)
    rows = _rows(
        "SELECT coalesce(sum(due), 0)::bigint, coalesce(sum(held), 0)::bigint"
        " FROM audit.purge_due_of_no_cell(%s, %s)",
        _months(),
        periods.ordinary_kinds(),
    )
    return rows[0][0], rows[0][1]


def purges(viewer: Viewer) -> list[Purge]:
    """The newest purges. NotFound for whoever does not answer for what is kept."""
    _answering(viewer)
    return [Purge(*row) for row in _rows("SELECT * FROM audit.purges_of_no_cell(%s)", SHOWN)]


def open_purge(viewer: Viewer) -> Purge | None:
    """The one that is proposed, or being carried out. NotFound as for all of them."""
    return next((each for each in purges(viewer) if each.is_open), None)


def propose(viewer: Viewer) -> Purge:
    """Propose that all that is due goes. Refusals as for the purge of a cell."""
    if not policies.may_propose(viewer):
        raise NotFound
    require_fresh(viewer)
    count, _held = due(viewer)
    if not count:
        raise WrongState(_("Aucune entrée n'a dépassé sa durée de conservation."))
    number = uuid7()
    if not _asked("propose_purge_of_no_cell", number, _months()):
        raise WrongState(_("Une autre purge est déjà en cours. Attendez sa fin, ou retirez-la."))
    made = _the_open_one(viewer)
    _record(
        events.PROPOSED,
        viewer,
        number,
        before=None,
        after="proposed",
        entries=count,
        ordinary_before=made.ordinary_before.date(),
        control_before=made.control_before.date(),
    )
    return made


def sign(viewer: Viewer) -> Purge:
    """Sign what somebody else has proposed. Refusals as for the purge of a cell."""
    found = _the_open_one(viewer)
    if found.proposed_by == viewer.account_id:
        raise NotAllowed(_("Vous avez proposé cette purge : une autre personne la signe."))
    require_fresh(viewer)
    if not _asked("sign_purge_of_no_cell", found.id):
        raise WrongState(_NOTHING_WAITS)
    _record(events.SIGNED, viewer, found.id, before="proposed", after="signed")
    return found


def withdraw(viewer: Viewer) -> Purge:
    """Take a proposal back before it is signed. Refusals as for the purge of a cell."""
    if not policies.may_propose(viewer):
        raise NotFound
    found = _the_open_one(viewer)
    if not _asked("withdraw_purge_of_no_cell", found.id):
        raise WrongState(_NOTHING_WAITS)
    _record(events.WITHDRAWN, viewer, found.id, before="proposed", after="withdrawn")
    return found


def _the_open_one(viewer: Viewer) -> Purge:
    found = open_purge(viewer)
    if found is None:
        raise WrongState(_NOTHING_WAITS)
    return found


def _months() -> int:
    """No cell has set anything for it: the term that holds where none has."""
    return MONTHS[Keeps.ORDINARY]


def _answering(viewer: Viewer) -> None:
    if not policies.may_sign(viewer):
        raise NotFound


def _record(kind: EventKind, viewer: Viewer, purge_id: UUID, **facts: Any) -> None:
    """An entry of no cell, in one's own name."""
    outside = replace(viewer, cell_id=NO_CELL)
    record(kind, viewer=outside, subject_id=purge_id, purge=purge_id, **facts)


def _asked(function: str, *given: Any) -> bool:
    marks = ", ".join(["%s"] * len(given))
    return bool(_rows(f"SELECT audit.{function}({marks})", *given)[0][0])


def _rows(query: str, *given: Any) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())
