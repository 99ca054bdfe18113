"""The relay: what is owed is delivered once, whoever fails or comes late."""

from itertools import pairwise

import psycopg
import pytest
from django.core import mail
from django.urls import reverse

from kernel.outbox import relay
from kernel.outbox.letters import letter_for
from kernel.outbox.relay import TRIES, drain
from tests.kernel.outbox.owing import owe, owe_unknown, rows, run, told
from tests.support.at_once import at_once
from tests.support.database import as_role

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _empty():
    """What other tests of this database are still owed is delivered first."""
    run("UPDATE kernel_outbox SET done_at = now() WHERE done_at IS NULL")
    mail.outbox.clear()


def sent_to(world) -> list[str]:
    """The numbers of the mails that the coordinator got."""
    address = world.coordinator.person.email
    return [m.extra_headers["Message-ID"] for m in mail.outbox if m.to == [address]]


def test_what_is_owed_is_delivered_once(world):
    events = owe(world, times=7)
    assert drain() == 14
    assert drain() == 0
    assert sorted(event for event, _account in told(world)) == sorted(events)
    assert len(sent_to(world)) == len(set(sent_to(world))) == 7
    assert rows(world, "done_at IS NULL, lease_until", "true") == [(False, None)] * 14


def test_a_mail_says_that_there_is_something_and_nothing_else(world):
    case_id = world.submitted(mark="CNRYMAIL")
    assert world.coordinator.viewer
    world.submitted(mark="CNRYMAIL")
    drain()
    assert sent_to(world)
    for message in mail.outbox:
        text = message.message().as_string()
        assert message.subject == "Rempart : du nouveau"
        lines = [line for line in message.body.splitlines() if line]
        assert len(lines) == 2
        assert lines[1].startswith("http")
        assert message.cc == message.bcc == message.attachments == []
        for word in ("CNRY", "Cible", "Alba", world.pilot.accession.agency.name, "Organisme"):
            assert word not in text
        assert str(case_id) not in text or reverse("referrals:case", args=[case_id]) in text


def test_every_kind_that_is_owed_has_its_words(world):
    """A kind without a letter would never be delivered, and would break the page of news."""
    assert all(seat.viewer for seat in world.everybody().values())
    case_id = world.activated(danger=True)
    world.shared(case_id, world.gendarme)
    world.closed(case_id)
    kinds = {str(kind) for (kind,) in rows(world, "kind")}
    assert len(kinds) > 5
    for kind in kinds:
        words = letter_for(kind)
        assert str(words.sentence).endswith(".")
        assert words.path(case_id).startswith("/")


def test_poison_is_put_aside_for_a_person_after_five_tries(world, caplog):
    """A kind that nobody declared can never be delivered; a later one is not held up by it."""
    owe_unknown(world)
    good = owe(world)
    for attempt in range(1, TRIES + 3):
        run("UPDATE kernel_outbox SET due_at = now() WHERE cell_id = %s", world.cell.pk)
        drain()
        found = rows(
            world,
            "attempts, parked_at IS NOT NULL",
            "kind = 'nobody.declared' AND channel = 'email'",
        )
        assert found == [(min(attempt, TRIES), attempt >= TRIES)]
    assert set(good) <= {event for event, _account in told(world)}
    assert rows(world, "last_error", "parked_at IS NOT NULL") == [("KeyError",)]
    assert "is parked after 5 tries: KeyError" in caplog.text
    assert world.coordinator.person.email not in caplog.text


def test_each_failure_waits_longer(world):
    owe_unknown(world)
    waits = []
    for _attempt in range(TRIES - 1):
        run("UPDATE kernel_outbox SET due_at = now() WHERE cell_id = %s", world.cell.pk)
        drain()
        (seconds,) = rows(world, "extract(epoch FROM due_at - now())::float", "channel = 'email'")[
            0
        ]
        waits.append(seconds)
    assert all(later > earlier * 1.5 for earlier, later in pairwise(waits))
    assert drain() == 0, "nothing is tried before its time"


def test_two_relays_deliver_once(world):
    """Both are held at the door and let go together."""
    events = owe(world, times=40)
    answers = at_once("LOCK TABLE kernel_outbox IN ACCESS EXCLUSIVE MODE", acts=[drain] * 3)
    assert sum(answers) == 80
    assert sorted(event for event, _account in told(world)) == sorted(events)
    assert len(sent_to(world)) == len(set(sent_to(world))) == 40


def test_what_a_dead_relay_had_taken_is_delivered_when_its_lease_ends(world):
    events = owe(world)
    taken = relay._take()
    assert len(taken) == 2
    assert drain() == 0, "it may still be at work"
    run("UPDATE kernel_outbox SET lease_until = now() WHERE cell_id = %s", world.cell.pk)
    assert drain() == 2
    assert [event for event, _account in told(world)] == events


def taken_again(world):
    """Whoever delivers is slow: the lease ends, and another relay takes it all."""
    run("UPDATE kernel_outbox SET lease_until = now() WHERE cell_id = %s", world.cell.pk)
    return relay._take()


def test_what_was_delivered_is_done_however_long_it_took(world):
    """Or it would be delivered for ever by those who begin before the one at work is through."""
    owe(world)
    slow = relay._take()
    other = taken_again(world)
    assert [relay._deliver(item) for item in slow] == [1, 1]
    assert rows(world, "done_at IS NULL, lease_until", "true") == [(False, None)] * 2
    assert drain() == 0
    assert [relay._deliver(item) for item in other] == [0, 0], "it is done once"


def test_what_fails_slowly_is_put_aside_too_and_what_was_delivered_is_not(world):
    """Each try outlasts its lease: it counts all the same, and puts off nobody who is at work."""
    owe_unknown(world)
    items = [item for item in relay._take() if item.channel == "email"]
    for attempt in range(1, TRIES + 1):
        later = [item for item in taken_again(world) if item.channel == "email"]
        assert [relay._deliver(item) for item in items] == [0]
        found = rows(
            world,
            "attempts, parked_at IS NOT NULL, lease_until > now()",
            "channel = 'email'",
        )
        assert found == [(attempt, attempt == TRIES, True)]
        items = later
    drain()
    assert relay._take(("email",)) == []
    run("UPDATE kernel_outbox SET kind = 'referral.submitted' WHERE cell_id = %s", world.cell.pk)
    items[0].kind = "referral.submitted"
    assert [relay._deliver(item) for item in items] == [1]
    assert rows(world, "parked_at", "done_at IS NOT NULL AND channel = 'email'") == [(None,)]


def test_a_line_that_was_written_before_the_relay_died_is_not_doubled(world):
    """Killed after the delivery and before it was marked: the inbox takes the event once."""
    events = owe(world)
    for item in relay._take():
        if item.channel == "inbox":
            relay._put_in_inbox(item)
    run("UPDATE kernel_outbox SET lease_until = NULL WHERE cell_id = %s", world.cell.pk)
    drain()
    assert [event for event, _account in told(world)] == events


def test_what_is_due_later_waits(world):
    owe(world)
    run(
        "UPDATE kernel_outbox SET due_at = now() + interval '1 hour' WHERE cell_id = %s",
        world.cell.pk,
    )
    assert drain() == 0
    run("UPDATE kernel_outbox SET due_at = now() WHERE cell_id = %s", world.cell.pk)
    assert drain() == 2


def test_somebody_who_is_gone_gets_no_mail_and_holds_nothing_up(world):
    events = owe(world)
    run("UPDATE kernel_outbox SET recipient = gen_random_uuid() WHERE cell_id = %s", world.cell.pk)
    assert drain() == 2
    assert sent_to(world) == []
    assert [event for event, _account in told(world)] == events


def test_the_worker_sees_no_case():
    with as_role("worker") as connection:
        for table in ("referrals_case", "referrals_party", "kernel_session", "agencies_membership"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}")
            connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT password FROM agencies_account")
