"""Owing a notification: with the change or not at all, once, and never to who caused it."""

import psycopg
import pytest

from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.outbox.relay import drain
from kernel.scope import acting_as
from tests.kernel.outbox.owing import owe, rows
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database


def test_one_event_is_owed_once_to_each_person_and_channel(world):
    event, people = uuid7(), [seat.person.account_id for seat in (world.coordinator, world.police)]
    for _each in range(3):
        with acting_as(world.pilot.viewer) as viewer:
            enqueue(
                viewer,
                event_id=event,
                kind="referral.submitted",
                recipients=[*people, *people],
                subject_id=None,
            )
    owed = rows(world, "recipient, channel")
    assert sorted(owed, key=str) == sorted(
        [(person, channel) for person in people for channel in ("email", "inbox")], key=str
    )


def test_who_causes_it_is_not_told(world):
    with acting_as(world.pilot.viewer) as viewer:
        enqueue(
            viewer,
            event_id=uuid7(),
            kind="referral.submitted",
            recipients=[viewer.account_id],
            subject_id=None,
        )
    assert rows(world, "id") == []


def test_nothing_is_owed_for_what_did_not_happen(world):
    def begin_and_fail(viewer):
        recipients = [world.coordinator.person.account_id]
        kind = "referral.submitted"
        enqueue(viewer, event_id=uuid7(), kind=kind, recipients=recipients, subject_id=None)
        raise KeyError

    with pytest.raises(KeyError), acting_as(world.pilot.viewer) as viewer:
        begin_and_fail(viewer)
    assert rows(world, "id") == []


def test_outside_a_transaction_nothing_can_be_owed(world):
    with pytest.raises(RuntimeError):
        enqueue(
            world.pilot.viewer, event_id=uuid7(), kind="x", recipients=[uuid7()], subject_id=None
        )


def test_each_step_of_a_case_owes_each_person_one_line(world):
    """The whole path: nobody is told twice of one event, and nobody of their own."""
    seats = world.everybody().values()
    accounts = {seat.person.account_id: seat for seat in seats if seat.viewer}
    case_id = world.activated(danger=True)
    world.shared(case_id, world.gendarme)
    world.closed(case_id)
    owed = rows(world, "event_id, recipient, channel, kind")
    assert len(owed) == len(set(owed)) > 10
    assert {recipient for _event, recipient, _channel, _kind in owed} <= set(accounts)
    told_of = {
        (kind, name)
        for _event, recipient, _channel, kind in owed
        for name, seat in world.everybody().items()
        if seat.person.account_id == recipient
    }
    assert ("referral.submitted", "coordinator") in told_of
    assert ("referral.submitted", "pilot") not in told_of
    assert ("share.proposed", "gendarme") in told_of
    assert ("share.accepted", "coordinator") in told_of
    assert not {name for _kind, name in told_of} & {"police", "auditor", "cell_admin", "prefecture"}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM kernel_outbox",
        "UPDATE kernel_outbox SET done_at = now()",
        "DELETE FROM kernel_outbox",
        "INSERT INTO kernel_notice (cell_id, event_id, account_id, kind, created_at)"
        " VALUES (kernel.session_cell(), gen_random_uuid(), gen_random_uuid(), 'x', now())",
        "INSERT INTO kernel_outbox (cell_id, event_id, recipient, channel, kind, created_at,"
        " due_at, attempts, last_error) VALUES (2000000000, gen_random_uuid(),"
        " gen_random_uuid(), 'email', 'x', now(), now(), 0, '')",
        "INSERT INTO kernel_outbox (cell_id, event_id, recipient, channel, kind, created_at,"
        " due_at, done_at) VALUES (kernel.session_cell(), gen_random_uuid(), gen_random_uuid(),"
        " 'email', 'x', now(), now(), now())",
    ],
)
def test_a_page_can_owe_and_nothing_else(world, statement):
    owe(world)
    with injected(world.pilot) as connection:
        assert refusal(connection, statement) == "42501"


def test_each_reads_their_own_lines_only(world):
    owe(world)
    drain()
    with injected(world.coordinator) as connection:
        assert connection.execute("SELECT count(*) FROM kernel_notice").fetchone() == (1,)
        with pytest.raises(psycopg.Error):
            connection.execute("UPDATE kernel_notice SET kind = 'x'")
    for seat in (world.pilot, world.auditor):
        with injected(seat) as connection:
            assert connection.execute("SELECT count(*) FROM kernel_notice").fetchone() == (0,)
