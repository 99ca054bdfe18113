"""Those who watch hear of an alert at once; agencies are sent the newest checkpoint once a day."""

import json
import re
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from audit import log
from audit.health import health_of
from audit.tasks import send_checkpoints
from audit.witnessing.events import COMPARED
from kernel.outbox.relay import drain
from kernel.scope import acting_as
from tests.agencies.factories import a_person
from tests.audit.working import ids_of, seal
from tests.kernel.outbox.owing import rows, run
from tests.support.at_once import at_once
from tests.support.world import World

pytestmark = pytest.mark.database

CHANGE = "UPDATE audit_entry SET actor = gen_random_uuid() WHERE id = %s"


@pytest.fixture(scope="module")
def ground(database):
    """A cell with those who watch it and those who lead its agencies, whose log grows."""
    world = World()
    dpo = a_person(world.auditor.accession, "dpo")
    for seat in (*world.everybody().values(), world.gendarme_lead):
        assert seat.viewer
    world.qualified()
    seal(world.cell.pk)
    return SimpleNamespace(world=world, watching={dpo.account_id, world.auditor.person.account_id})


@pytest.fixture(autouse=True)
def _empty(ground):
    """What other tests of this database are still owed has been delivered."""
    run("UPDATE kernel_outbox SET done_at = now() WHERE done_at IS NULL")
    run("DELETE FROM kernel_outbox WHERE cell_id = %s", ground.world.cell.pk)
    mail.outbox.clear()
    yield
    run("DELETE FROM kernel_outbox WHERE kind = 'witness.daily'")


def newest(world):
    with log.connect("auditor") as connection:
        return log.last_checkpoint(connection, world.cell.pk)


def grown(world):
    """One entry more, sealed."""
    world.auditor.browser.get("/journal/")
    seal(world.cell.pk)
    return newest(world)


def seen(world):
    with acting_as(world.auditor.viewer) as viewer:
        return health_of(viewer)


def compared(seat, note):
    page = seat.browser.post("/journal/temoin/", {"copy": note})
    assert page.status_code == 200
    return page.context["compared"].comparison


def alerted(world, kind="witness.alert"):
    owed = rows(world, "event_id, recipient, channel", f"kind = '{kind}'")
    return {event for event, _who, _how in owed}, {(who, how) for _event, who, how in owed}


def test_a_copy_that_the_log_does_not_prolong_is_told_at_once_to_those_who_watch(
    ground, rewrite, owner_of_everything, tmp_path
):
    world = ground.world
    first, second = grown(world), grown(world)
    grown(world)
    assert compared(world.gendarme, first.note) == "extends"
    assert alerted(world) == (set(), set())
    rewrite(world.cell.pk, CHANGE, ids_of(owner_of_everything, world.cell.pk)[1])

    for seat in (world.gendarme, world.gendarme, world.pilot):
        assert compared(seat, first.note) == "forked"
    events, told = alerted(world)
    both = {(who, how) for who in ground.watching for how in ("inbox", "email")}
    assert (len(events), told) == (1, both), "the same copy, one letter a day to each"

    stands = seen(world)
    assert (stands.findings, stands.against, stands.verified_at) == (1, [first.size], None)
    call_command("audit_watch", "--once", "--cell", str(world.cell.pk), stdout=StringIO())
    stands = seen(world)
    assert (stands.findings, stands.against) == (1, [first.size]), "it is held to the copy"
    assert stands.verified_at is not None
    page = world.auditor.browser.get("/journal/").content.decode()
    assert f"Une copie gardée à {first.size} entrées contredit le journal" in page
    assert "Intact" not in page
    kept = tmp_path / "kept.txt"
    kept.write_text(newest(world).note, encoding="utf-8")
    with pytest.raises(CommandError, match="DAMAGED"):
        call_command("audit_verify", "--cell", str(world.cell.pk), "--against", str(kept))
    assert seen(world).against == [first.size], "a larger one that agrees says nothing of it"
    assert len(alerted(world)[0]) == 1, "and is no alert"
    page = world.auditor.browser.post("/journal/verification/").content.decode()
    assert "Le journal a été altéré" in page

    kept.write_text(second.note, encoding="utf-8")
    with pytest.raises(CommandError, match="DAMAGED"):
        call_command("audit_verify", "--cell", str(world.cell.pk), "--against", str(kept))
    assert len(alerted(world)[0]) == 2, "at a terminal as on the page"

    for text in (first.note.replace("time 2", "time 3"), first.note.replace("time 2", "time 4")):
        assert compared(world.gendarme, text) == "unsigned"
    assert len(alerted(world)[0]) == 2, "what anybody can write says nothing of the log"
    events, told = alerted(world, "witness.unsigned")
    assert len(events) == 1, "one a day and agency"
    assert told == {(who, "inbox") for who in ground.watching}, "and no mail"

    drain()
    told = [letter for letter in mail.outbox if "ALERTE" in letter.subject]
    assert len(told) == len(mail.outbox) == 2 * len(ground.watching)
    assert {letter.to[0] for letter in told} >= {world.auditor.person.email}
    [place] = {re.search(r"/journal/\S+", letter.body)[0] for letter in told}
    page = world.auditor.browser.get(place)
    assert {line.label for line in page.context["lines"]} == {COMPARED.label}
    assert "ALERTE : le journal a été réécrit" in page.content.decode()
    [content] = owner_of_everything.execute(
        "SELECT payload FROM audit_entry WHERE cell_id = %s AND kind = 'witness.compared'"
        " ORDER BY id DESC LIMIT 1",
        [world.cell.pk],
    ).fetchone()
    assert json.loads(content)["facts"] == {"comparison": "unsigned", "entries": first.size}


def test_each_lead_is_sent_the_newest_checkpoint_once_a_day(ground):
    world = ground.world
    grown(world)
    at_once("LOCK TABLE kernel_outbox IN SHARE MODE", acts=[send_checkpoints] * 4)
    leads = [world.gendarme_lead.person, world.prosecutor.person]
    owed = rows(world, "recipient, channel", "kind = 'witness.daily'")
    assert sorted(owed, key=str) == sorted(
        [(person.account_id, "email") for person in leads], key=str
    )
    last = grown(world)
    run("UPDATE kernel_outbox SET due_at = now() WHERE cell_id = %s", world.cell.pk)
    drain()
    owed = rows(world, "recipient, channel", "kind = 'witness.daily'")
    send_checkpoints()
    assert rows(world, "recipient, channel", "kind = 'witness.daily'") == owed, "once a day"
    # Leads of other tests' cells are written to as well.
    sent = [letter for letter in mail.outbox if letter.to[0] in {each.email for each in leads}]
    assert len(sent) == len(leads)
    here = {seat.person.email for seat in world.everybody().values()}
    others = [each for each in mail.outbox if each not in sent and each.to[0] in here]
    assert others == [], "nobody but the leads"
    for letter in sent:
        [(name, text, _kind)] = letter.attachments
        assert (name, text) == (f"journal-{world.cell.pk}-{last.size}.txt", last.note)
        assert letter.body.count("\n\n") == 1
        parts = letter.message().get_payload()
        copy = SimpleUploadedFile(name, parts[1].get_payload(decode=True), "text/plain")
        page = world.prosecutor.browser.post("/journal/temoin/", {"file": copy})
        assert page.context["compared"].agrees, "as it arrives, it can be compared"
