"""Owing a notification: with the change or not at all, once, and never to who caused it."""

import psycopg
import pytest

from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.outbox.letters import letters
from kernel.outbox.relay import drain
from kernel.scope import acting_as
from tests.kernel.outbox.owing import owe, rows
from tests.support.database import as_role
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
        " due_at, done_at) VALUES (kernel.session_cell(), gen_random_uuid(), gen_random_uuid(),"
        " 'email', 'x', now(), now(), now())",
    ],
)
def test_a_page_can_owe_and_nothing_else(world, statement):
    owe(world)
    with injected(world.pilot) as connection:
        assert refusal(connection, statement) == "42501"


OWED = (
    "INSERT INTO kernel_outbox (cell_id, event_id, recipient, channel, kind, created_at, due_at,"
    " attempts, last_error) VALUES (%(cell_id)s, gen_random_uuid(), %(recipient)s, %(channel)s,"
    " %(kind)s, now(), now(), %(attempts)s, %(last_error)s)"
)


def owed(seat, to, **changed):
    """How PostgreSQL answers this person's page, which owes a line to somebody."""
    with injected(seat) as connection:
        return answer_to(connection, to, **changed)


def answer_to(connection, to, **changed):
    right = {
        "cell_id": to.accession.cell_id,
        "recipient": to.person.account_id,
        "channel": "email",
        "kind": "share.accepted",
        "attempts": 0,
        "last_error": "",
    }
    try:
        done = connection.execute(OWED, right | changed)
        connection.rollback()
    except psycopg.Error as error:
        connection.rollback()
        return error.sqlstate
    return f"{done.rowcount} rows"


@pytest.mark.parametrize(
    "changed",
    [
        {"cell_id": 2_000_000_000},
        {"recipient": uuid7()},
        {"channel": "sms"},
        {"kind": "nobody.declared"},
        {"kind": "factor.added"},
        {"kind": "invitation.sent"},
        {"attempts": 4},
        {"last_error": "Alba, 5e B"},
    ],
)
def test_a_page_owes_what_the_house_says_to_people_of_the_cell(world, changed):
    assert owed(world.police, world.coordinator) == "1 rows"
    assert owed(world.police, world.coordinator, **changed) == "42501"


def test_nobody_is_written_to_from_another_cell_and_nobody_writes_to_themself(world, elsewhere):
    assert owed(world.police, elsewhere.coordinator) == "42501"
    assert owed(world.police, world.police) == "42501"
    assert owed(world.coordinator, world.police) == "1 rows"


def test_every_kind_with_words_may_be_owed_by_a_page_or_by_signing_in(world):
    """A new kind that neither may owe would fail the act that owes it."""
    by_pages, by_signing_in = set(), set()
    with injected(world.police) as page, as_role("signin") as signing_in:
        for kind in (each.kind for each in letters()):
            if answer_to(page, world.coordinator, kind=kind) == "1 rows":
                by_pages.add(kind)
            if answer_to(signing_in, world.coordinator, kind=kind) == "1 rows":
                by_signing_in.add(kind)
    to_somebody_without_an_account = {"invitation.sent"}
    by_one_role_alone = {"person.wanted"}
    by_the_database_itself = {"share.ending", "glass.broken", "glass.to_review", "export.ready"}
    by_the_database_itself |= {"witness.daily", "witness.alert", "witness.unsigned"}
    told = (
        *("sealer", "damaged", "drift", "uncounted", "unkept"),
        *("verification", "unverified", "well"),
    )
    by_the_watch = {f"record.{kind}" for kind in told}
    by_others = by_the_watch | by_the_database_itself | by_one_role_alone
    assert not by_others & (by_pages | by_signing_in)
    assert by_pages | by_signing_in | to_somebody_without_an_account | by_others == {
        each.kind for each in letters()
    }
    assert {"share.accepted", "access.ended", "meeting.convened"} <= by_pages
    assert {"factor.added", "factor.replaced"} <= by_signing_in - by_pages


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
