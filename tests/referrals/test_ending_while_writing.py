"""A right that ends while something is written: nothing is added behind its back."""

from uuid import UUID

import pytest

from kernel.errors import NotFound, WrongState
from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.close import close
from referrals.models.access import Level
from referrals.models.history import MeasureKind
from referrals.sharing.services import answer
from tests.referrals.test_expiry import offered_for
from tests.support.at_once import Acting, held
from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.server import wait_for
from tests.support.walls import injected, refusal
from tests.support.world import World, in_days

pytestmark = pytest.mark.database
C = Compartment
WRITE = "UPDATE referrals_compartment SET version = version + 1"


def drift() -> int:
    with as_role("worker") as connection:
        return int(connection.execute("SELECT count(*) FROM referrals.drift()").fetchone()[0])


def test_a_row_added_while_a_share_is_withdrawn_is_not_left_open(world: World) -> None:
    case_id = world.activated()
    share_id = world.proposed(case_id, world.gendarme, C.FACTS, include_future=True)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)

    def withdraw() -> None:
        with acting_as(world.coordinator.viewer) as viewer:
            answer.revoke(viewer, share_id)

    new = (
        "INSERT INTO referrals_milestone (id, cell_id, case_id, bit, kind, detail, by_name,"
        " by_agency, created_at, viewers, editors, recheck_at) SELECT gen_random_uuid(), cell_id,"
        f" id, {C.FACTS.bit}, 'note.added', '', '', '', now(), '{{}}', '{{}}', now()"
        " FROM referrals_case WHERE id = %s"
    )
    with injected(world.coordinator) as writer:
        writer.execute(new, [case_id])
        ending = Acting(withdraw)
        with admin(database_name()) as watcher:
            wait_for(lambda: waits(watcher) or not ending.running, within=10, what="it waits")
        writer.commit()
    assert ending.done() is None
    with admin(database_name()) as connection:
        (viewers,) = connection.execute(
            "SELECT viewers FROM referrals_milestone WHERE case_id = %s AND kind = 'note.added'",
            [case_id],
        ).fetchone()
    assert world.gendarme.accession.unit_id not in viewers
    assert drift() == 0


def waits(connection) -> bool:
    return bool(
        connection.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database()"
        ).fetchone()[0]
    )


def test_the_right_to_contribute_ends_although_reading_goes_on(world: World) -> None:
    case_id = world.activated()
    short = offered_for(world, case_id, 1.5, C.FACTS, level=Level.CONTRIBUTE, include_future=True)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, short)
    world.shared(case_id, world.gendarme, C.FACTS, C.VICTIM_SUPPORT, level=Level.READ)

    def writes() -> str:
        with injected(world.gendarme) as connection:
            return refusal(connection, WRITE)

    assert writes() == "1 rows"
    wait_for(lambda: writes() == "no row", within=6, what="the right to write has ended")
    with injected(world.gendarme) as connection:
        seen = connection.execute("SELECT count(*) FROM referrals_compartment").fetchone()
    assert seen == (1,)


def a_measure(world: World, case_id: UUID) -> UUID:
    with acting_as(world.coordinator.viewer) as viewer:
        return add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.gendarme.accession_id,
            due_on=in_days(5),
        ).pk


def test_a_measure_of_a_case_that_is_being_closed_is_not_finished_afterwards(
    world: World,
) -> None:
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    measure_id = a_measure(world, case_id)

    def finishes() -> None:
        with acting_as(world.coordinator.viewer) as viewer:
            finish_measure(viewer, measure_id)

    with held("SELECT 1 FROM referrals_case WHERE id = %s FOR UPDATE", case_id) as until_waiting:
        finishing = Acting(finishes)
        until_waiting(1)
    assert finishing.done() is None

    other = a_measure(world, case_id)
    world.closed(case_id)
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(WrongState):
        finish_measure(viewer, other)
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(NotFound):
        finish_measure(viewer, other)
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(WrongState):
        close(viewer, case_id)
