"""Ask for an export of the record: on record at once, made in the background."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit import log, policies
from audit.desk import events
from audit.desk.exporting.rows import tell
from audit.desk.filters import Filters
from audit.desk.reading import KEYS, newest
from audit.leaf import Key
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.sql.exporting import MOST_IN_AN_HOUR
from audit.witnessing.exports import MOST_ON_PAPER
from kernel.clock import now
from kernel.errors import NotFound, TooMany, WrongState
from kernel.ids import uuid7
from kernel.outbox.enqueue import owe
from kernel.outbox.works import CHANNEL
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

MOST: Final = MOST_ON_PAPER
ASKED: Final = "extract.asked"
"""The kind of work that an export is owed as."""
NOTHING: Final = _("Rien de ce qui est signé ne correspond à ces filtres.")
LARGER: Final = _(
    "Plus de 20 000 entrées correspondent : choisissez une période plus courte ou ajoutez un "
    "filtre. Qui exploite Rempart en exporte davantage avec « manage.py audit_export »."
)


def ask(viewer: Viewer, filters: Filters) -> UUID:
    """Ask for the entries that fit, with what proves them. The row that owes it goes with it.

    Raises NotFound for who does not read the record, StepUpRequired without a fresh factor,
    WrongState when nothing fits or too much, TooMany after twenty in an hour.
    """
    if not policies.can_read(viewer):
        raise NotFound
    require_fresh(viewer)
    number = uuid7()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_export WHERE seat_id = %s AND asked_at > %s",
            [viewer.seat_id, now() - timedelta(hours=1)],
        )
        if cursor.fetchone()[0] >= MOST_IN_AN_HOUR:
            raise TooMany(
                _("Vingt exports demandés en une heure : attendez avant d'en demander d'autres.")
            )
        chosen(viewer, filters)
        cursor.execute(
            "INSERT INTO audit_export"
            " (id, cell_id, seat_id, account_id, filters, state, asked_at, ends_at)"
            " VALUES (%s, %s, %s, %s, %s, 'requested', now(), now())",
            [
                *(number, viewer.cell_id, viewer.seat_id, viewer.account_id),
                json.dumps(filters.as_text()),
            ],
        )
    owe(
        connections[DEFAULT_DB_ALIAS],
        cell_id=viewer.cell_id,
        event_id=number,
        kind=ASKED,
        recipients=[viewer.account_id],
        subject_id=number,
        channels=(CHANNEL,),
    )
    record(
        events.EXPORT_ASKED,
        viewer=viewer,
        case_id=filters.case,
        subject_id=filters.actor or filters.subject,
        extract=number,
        filters=filters.in_use(),
    )
    tell(viewer)
    return number


def chosen(viewer: Viewer, filters: Filters) -> tuple[log.Stored, list[Key]]:
    """The newest checkpoint and what fits under it, oldest first.

    Raises WrongState when that is nothing, or more than a page may give out.
    """
    stored = log.last_checkpoint(scoped_connection(), viewer.cell_id)
    if stored is None:
        raise WrongState(NOTHING, code="nothing")
    behind = Key(stored.hi.epoch, stored.hi.xid, stored.hi.id + 1)
    rows = newest(viewer.cell_id, filters, behind, MOST + 1, columns=KEYS)
    found = [Key(*row) for row in rows]
    if not found:
        raise WrongState(NOTHING, code="nothing")
    if len(found) > MOST:
        raise WrongState(LARGER, code="too_many")
    return stored, found[::-1]
