"""The exports that one auditor has asked for, as they are in the table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit import policies
from audit.desk.filters import Filters, filters_of
from audit.leaf import Key
from kernel.clock import now
from kernel.errors import NotFound
from kernel.live import announce
from kernel.viewer import Viewer

SHOWN: Final = 100
STATES: Final = {
    "requested": _("Demandé"),
    "running": _("En préparation"),
    "ready": _("Prêt"),
    "failed": _("Échec"),
    "expired": _("Supprimé"),
}
FAILURES: Final = {
    "access_ended": _("Votre accès au journal a pris fin avant que le fichier existe."),
    "sessions_ended": _(
        "Vos sessions ont été fermées pendant la préparation, qui s'est arrêtée avec elles. Votre"
        " accès au journal n'a pas changé : demandez l'export à nouveau."
    ),
    "too_many": _("Plus de 20 000 entrées correspondaient : resserrez les filtres."),
    "nothing": _("Rien de ce qui est signé ne correspondait à ces filtres."),
    "broken": _(
        "Le fichier n'a pas pu être préparé. Recommencez ; si cela dure, vérifiez le journal."
    ),
}
# Sealed is what lies under the newest checkpoint: the entry about it is alone in its transaction.
_COLUMNS: Final = (
    "e.id, e.filters, e.state, e.progress, e.failure, e.entries, e.log_size, e.bytes, e.sha256,"
    " e.file_key, e.tries, e.asked_at, e.ends_at, e.made_epoch, e.made_xid::text::int8,"
    " coalesce((e.made_epoch, e.made_xid) <= (c.hi_epoch, c.hi_xid), false)"
    " FROM audit_export e LEFT JOIN LATERAL (SELECT k.hi_epoch, k.hi_xid FROM audit_checkpoint k"
    " WHERE k.cell_id = e.cell_id ORDER BY k.size DESC LIMIT 1) c ON true"
)


@dataclass(frozen=True, slots=True)
class Extract:
    """One export of the record, as whoever asked for it sees it."""

    id: UUID
    filters: Filters
    state: str
    progress: int
    failure: str
    entries: int
    log_size: int
    weight: int
    sha256: str
    file_key: bytes | None
    tries: int
    asked_at: datetime
    ends_at: datetime
    made: Key | None
    sealed: bool

    @property
    def waiting(self) -> bool:
        """Whether it is still being made."""
        return self.state in ("requested", "running")

    @property
    def ready(self) -> bool:
        """Whether there is a file to take."""
        return self.state == "ready"


def my_extracts(viewer: Viewer) -> list[Extract]:
    """What this seat has asked for, the newest hundred. NotFound for who does not read the log."""
    if not policies.can_read(viewer):
        raise NotFound
    return _found(viewer, "ORDER BY e.asked_at DESC, e.id DESC LIMIT %s", SHOWN)


def my_extract(viewer: Viewer, export_id: UUID) -> Extract:
    """One of them. NotFound for any other."""
    if not policies.can_read(viewer):
        raise NotFound
    for row in _found(viewer, "AND e.id = %s", export_id):
        return row
    raise NotFound


def room_of(viewer: Viewer) -> str:
    """Where the exports of this seat are heard of."""
    return f"extracts:{viewer.seat_id}"


def tell(viewer: Viewer) -> None:
    """Ring where this seat looks at its exports."""
    announce(viewer, room_of(viewer), "changed")


def _found(viewer: Viewer, more: str, value: Any) -> list[Extract]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} WHERE e.seat_id = %s {more}",
            [viewer.seat_id, value],
        )
        return [_extract(row) for row in cursor.fetchall()]


def _extract(row: tuple[Any, ...]) -> Extract:
    number, filters, state, progress, failure, entries, size, weight, digest, key, *rest = row
    tries, asked_at, ends_at, epoch, xid, sealed = rest
    # To the second: nobody has to come by and say that a file is over.
    if state == "ready" and ends_at <= now():
        state = "expired"
    return Extract(
        *(number, filters_of(json.loads(filters)), state, progress, failure, entries, size, weight),
        *(digest, bytes(key) if key else None, tries, asked_at, ends_at),
        *(Key(epoch, xid, 0) if xid else None, sealed),
    )
