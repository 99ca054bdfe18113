"""What is written of a room is read by who may enter it, by SQL as by the sockets."""

from uuid import uuid4

import pytest

from kernel.live import rooms
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose
from tests.meetings.conftest import a_meeting
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import World

pytestmark = pytest.mark.database
C = Compartment
READ = "SELECT DISTINCT room FROM kernel_live_event"
NEWS = "SELECT kernel.rooms_with_news(%s, %s)"
RING = (
    "INSERT INTO kernel_live_event (cell_id, room, seq, kind, at)"
    " SELECT %s, room, 900000, 'changed', now() FROM unnest(%s::text[]) AS room"
)


def heard(seat):
    with injected(seat) as connection:
        return {room for (room,) in connection.execute(READ)}


def in_python(seat, every):
    with acting_as(seat.viewer) as viewer:
        return {room for room in every if rooms.may_watch(viewer, room)}


def with_news(seat, *named):
    with injected(seat) as connection:
        found = connection.execute(NEWS, [list(named), [0] * len(named)]).fetchall()
    return [room for (room,) in found]


def test_each_seat_reads_of_the_rooms_that_it_may_enter_and_of_no_other(
    world: World, elsewhere: World
):
    case_id, followed_by_the_cell = world.activated(), world.submitted()
    share_id = world.shared(case_id, world.gendarme, C.FACTS)
    with acting_as(world.coordinator.viewer) as viewer:
        stub = propose(
            viewer,
            case_id,
            to_accession=world.police.accession_id,
            compartments=(),
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        ).pk
    with acting_as(world.police.viewer) as viewer:
        answer.accept(viewer, stub)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    seats = world.everybody()
    rung = {f"case:{case_id}", f"case:{followed_by_the_cell}", f"meeting:{meeting_id}"}
    rung |= {
        f"{kind}:{s.viewer.seat_id}" for kind in ("exports", "extracts") for s in seats.values()
    }
    rung |= {f"unit:{unit}" for seat in seats.values() for unit in seat.viewer.units}
    none = {f"case:{uuid4()}", f"meeting:{case_id}", f"case:{meeting_id}", "case:x", "unit:", "x:1"}
    with admin(database_name()) as connection:
        connection.execute(RING, [world.cell.pk, sorted(rung | none)])
    for name, seat in seats.items():
        mine = heard(seat)
        assert mine == in_python(seat, rung | none), name
        assert not mine & none, name
    assert heard(elsewhere.coordinator).isdisjoint(rung)
    of_the_case = f"case:{case_id}"
    for name, may in (("coordinator", True), ("gendarme", True), ("police", False)):
        assert (of_the_case in heard(seats[name])) is may, name
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, share_id)
    # It reads nothing more of it; asked by its name, a socket still learns that it has lost it.
    assert heard(world.gendarme) == in_python(world.gendarme, rung)
    assert of_the_case not in heard(world.gendarme)
    assert with_news(world.gendarme, of_the_case, "case:x y") == [of_the_case]
    assert with_news(elsewhere.gendarme, of_the_case) == []
    assert with_news(world.gendarme, *[of_the_case] * 101) == []
