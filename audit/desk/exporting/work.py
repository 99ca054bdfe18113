"""Who makes the exports of the record that are owed, and who hears of them."""

from uuid import UUID

from audit.desk.exporting.ask import ASKED
from kernel.live.rooms import room_kind
from kernel.outbox.works import work
from kernel.viewer import Viewer


def declare() -> None:
    """Register the work and the room. What makes files is loaded by whoever does it."""
    work(ASKED, do=_make, given_up=_given_up)
    room_kind("extracts", _own_seat, rung_by="SELECT audit.ring_export(%s, %s, %s)")


def _make(export_id: UUID) -> None:
    from audit.desk.exporting.make import make

    make(export_id)


def _given_up(export_id: UUID) -> None:
    from audit.desk.exporting.make import given_up

    given_up(export_id)


def _own_seat(viewer: Viewer, ident: str) -> bool:
    return ident == str(viewer.seat_id)
