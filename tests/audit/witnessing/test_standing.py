"""A copy that contradicts the log stands until the log agrees again with that very copy."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from psycopg.errors import CheckViolation

from audit import checkpoint, keys, log
from audit.damage import Finding
from audit.health import health_of
from audit.services.verify_log import verify_log
from audit.sql.telling import MOST_COPIES
from audit.verification import MOST_FINDINGS, verify
from audit.verified import Copy, keep, standing
from kernel.scope import acting_as
from tests.audit.working import guards_off, ids_of, seal
from tests.support.at_once import WAITING, Acting
from tests.support.database import as_role
from tests.support.server import wait_for

pytestmark = pytest.mark.database

OTHER = "UPDATE audit_entry SET actor = gen_random_uuid() WHERE id = %s"
BACK = "UPDATE audit_entry SET actor = %s WHERE id = %s"
COMPARED = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, request, payload)"
    " SELECT kernel.session_cell(), 'witness.compared', 'done', kernel.session_account(),"
    " kernel.session_seat(), kernel.session_agency(), gen_random_uuid(), convert_to(%s, 'UTF8')"
)


@pytest.fixture
def grown(opened, cell):
    """Makes the log longer by so many entries; returns the copy that somebody keeps of it."""

    def make(count):
        opened(count)
        seal(cell)
        with log.connect("auditor") as connection:
            note = log.last_checkpoint(connection, cell).note
        return Copy(checkpoint.read(note, keys.public_keys()), note)

    return make


def signed(copy, **changed):
    """A copy that says something else, by the log's own key."""
    said = replace(copy.said, **changed)
    return Copy(said, checkpoint.sign(said, keys.signing_key()))


def looked(cell, *files):
    """A verification that is handed these files, as every command does it."""
    with log.connect("auditor") as connection:
        copies = standing(connection, cell, keys.chain(connection))
        held = [copy.said for copy in (*files, *copies)]
        report = verify(connection, cell, keys.public_keys(), against=held)
        keep(connection, report, copies, handed=files)
    return report


def last_copies(connection, cell):
    """The notes that stand, whoever could have signed them."""
    last = "SELECT copies FROM audit_verified WHERE cell_id = %s ORDER BY at DESC LIMIT 1"
    return log.execute(connection, last, [cell])[0][0]


def actor_of(connection, entry):
    return connection.execute("SELECT actor FROM audit_entry WHERE id = %s", [entry]).fetchone()[0]


def against(auditor):
    with acting_as(auditor) as viewer:
        found = health_of(viewer)
    assert bool(found.findings) == bool(found.against)
    return found.against


def alerting(connection, viewer, copy, finding="forked"):
    """What an injection in somebody's page can say of a copy, in a transaction left open."""
    connection.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
    facts = {"comparison": finding, "entries": copy.said.size}
    connection.execute(COMPARED, [json.dumps({"facts": facts})])
    asked = "SELECT audit.alert(%s, %s, %s)"
    connection.execute(asked, [finding, copy.said.size, copy.note])


def test_each_copy_ends_by_the_log_agreeing_with_that_very_one(
    grown, cell, auditor, rewrite, owner_of_everything
):
    four, six = grown(4), grown(2)
    first, fifth = (ids_of(owner_of_everything, cell)[place] for place in (0, 4))
    actor = actor_of(owner_of_everything, first)
    assert looked(cell, four, six).clean
    assert against(auditor) == []
    rewrite(cell, OTHER, first)
    assert not looked(cell, four).clean
    assert against(auditor) == [4]
    assert not looked(cell).clean, "every verification is held to it"
    looked(cell, six)
    assert against(auditor) == [4, 6]
    looked(cell, grown(3))
    assert against(auditor) == [4, 6], "no other copy says anything of them, however large"
    with acting_as(auditor) as viewer:
        assert [found.what for found in verify_log(viewer).report.findings] == ["forked"] * 2
    with pytest.raises(CommandError, match="DAMAGED"):
        call_command("audit_verify", "--cell", str(cell), "--quiet")
    rewrite(cell, BACK, actor, first)
    rewrite(cell, OTHER, fifth)
    looked(cell)
    assert against(auditor) == [6], "the log agrees with the other one again"
    rewrite(cell, BACK, actor, fifth)
    assert looked(cell).clean
    assert against(auditor) == []


def test_the_watch_is_held_to_each_copy_that_stands(
    grown, cell, auditor, rewrite, owner_of_everything, caplog
):
    four = grown(4)
    first = ids_of(owner_of_everything, cell)[0]
    actor = actor_of(owner_of_everything, first)
    rewrite(cell, OTHER, first)
    looked(cell, four)

    def watched():
        caplog.clear()
        call_command("audit_watch", "--once", "--cell", str(cell))
        return against(auditor), f"LOG DAMAGED, cell {cell}: 1 findings" in caplog.text

    assert watched() == ([4], True), "everything inside agrees, the copy does not"
    rewrite(cell, BACK, actor, first)
    assert watched() == ([], False), "it agrees with that very copy again"


def test_one_beyond_the_end_stands_when_the_log_has_grown_past_it(grown, cell, auditor):
    beyond = signed(grown(3), size=5)
    looked(cell, beyond)
    assert against(auditor) == [5]
    looked(cell, grown(4))
    assert against(auditor) == [5], "as long as it, and not what it says"


def test_two_that_say_the_same_size_stand_each(grown, cell, auditor, rewrite, owner_of_everything):
    true = grown(4)
    first = ids_of(owner_of_everything, cell)[0]
    actor = actor_of(owner_of_everything, first)
    rewrite(cell, OTHER, first)
    looked(cell, true, signed(true, root=bytes(32)))
    with log.connect("auditor") as connection:
        assert len(standing(connection, cell, keys.public_keys())) == 2
    rewrite(cell, BACK, actor, first)
    assert [found.what for found in looked(cell).findings] == ["forked"]
    assert against(auditor) == [4]


def test_what_no_key_has_signed_ends_by_the_next_verification_and_nothing_else_does(
    grown, cell, auditor, viewer
):
    true = grown(6)
    made_up = checkpoint.sign(replace(true.said, root=bytes(32)), Ed25519PrivateKey.generate())
    elsewhere = replace(true.said, root=bytes(32), origin=keys.origin(cell + 1))
    prank = Copy(true.said, made_up)
    other = Copy(true.said, checkpoint.sign(elsewhere, keys.signing_key()))
    real = signed(true, size=5, root=bytes(32))
    with as_role("runtime") as connection:
        for copy in (prank, real, other, Copy(true.said, "x\n6\nx")):
            alerting(connection, viewer, copy)
            connection.commit()
    assert against(auditor) == [5, 6]
    looked(cell)
    assert against(auditor) == [5]


def test_while_the_keys_are_unknown_no_copy_is_let_go(
    grown, cell, auditor, viewer, owner_of_everything
):
    copy = signed(grown(4), root=bytes(32))
    looked(cell, copy)
    assert against(auditor) == [4]
    broken = "INSERT INTO audit_key (n, note) VALUES (2, 'x')"
    try:
        owner_of_everything.execute(broken)
        call_command("audit_watch", "--once", "--cell", str(cell))
    finally:
        with guards_off(owner_of_everything, "audit_key"):
            owner_of_everything.execute("DELETE FROM audit_key WHERE note = 'x'")
    assert against(auditor) == [4]
    looked(cell)
    assert against(auditor) == [4]


def test_who_knows_another_key_or_name_of_the_log_lets_no_copy_go(
    grown, cell, auditor, viewer, settings, owner_of_everything
):
    true = grown(4)
    looked(cell, signed(true, root=bytes(32)))

    def watched():
        call_command("audit_watch", "--once", "--cell", str(cell))
        return against(auditor)

    known, name = settings.LOG_PUBLIC_KEYS, settings.LOG_ORIGIN
    stranger = Ed25519PrivateKey.generate()
    settings.LOG_PUBLIC_KEYS = [stranger.public_key().public_bytes_raw().hex()]
    assert watched() == [4]
    settings.LOG_PUBLIC_KEYS, settings.LOG_ORIGIN = known, "elsewhere"
    assert watched() == [4]
    settings.LOG_ORIGIN = name
    three = replace(true.said, size=3)
    with as_role("runtime") as connection:
        alerting(connection, viewer, Copy(three, checkpoint.sign(three, stranger)))
        connection.commit()
    with log.connect("auditor") as connection:
        report = verify(connection, cell, keys.public_keys())
        for found in (
            {"findings": [Finding("signature", cell, 1)]},
            {"findings": [Finding("changed", cell, 1)] * MOST_FINDINGS},
            {"resumed": True},
        ):
            keep(connection, replace(report, **found))
            assert against(auditor) == [3, 4], "some of the log may be by another key: so may it be"
    assert watched() == [4]
    with guards_off(owner_of_everything, "audit_checkpoint"):
        owner_of_everything.execute("DELETE FROM audit_checkpoint WHERE cell_id = %s", [cell])
    settings.LOG_PUBLIC_KEYS = [stranger.public_key().public_bytes_raw().hex()]
    assert watched() == [4], "nothing of the log is left that says whose it is"


def test_one_of_which_the_size_alone_is_known_ends_by_a_copy_of_that_size(
    grown, cell, auditor, viewer, owner_of_everything
):
    four, six = grown(4), grown(2)
    owner_of_everything.execute(
        "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 6, 1, %s)",
        [cell, ["\n4\n"]],
    )
    assert against(auditor) == [4]
    with acting_as(auditor) as fresh:
        found = health_of(fresh)
    assert (found.without_a_copy, found.copies) == ([4], []), "and is told as such"
    looked(cell, six)
    assert against(auditor) == [4]
    looked(cell, signed(four, root=bytes(32)))
    assert against(auditor) == [4]
    with log.connect("auditor") as connection:
        assert len(standing(connection, cell, keys.public_keys())) == 1
    with as_role("runtime") as connection:
        alerting(connection, viewer, four)
        connection.commit()
    call_command("audit_watch", "--once", "--cell", str(cell))
    with log.connect("auditor") as connection:
        assert "\n4\n" in last_copies(connection, cell), "an injection hands nobody's copy over"
    looked(cell, four)
    with log.connect("auditor") as connection:
        assert [note.split("\n")[0] for note in last_copies(connection, cell)] == [
            keys.origin(cell)
        ]
    with as_role("runtime") as connection, pytest.raises(CheckViolation):
        alerting(connection, viewer, Copy(four.said, "\n4\n"))


def test_a_copy_that_is_kept_is_told_beside_a_lost_one_of_the_same_size(
    grown, cell, auditor, owner_of_everything
):
    owner_of_everything.execute(
        "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 4, 1, %s)",
        [cell, ["\n4\n", grown(4).note]],
    )
    with acting_as(auditor) as fresh:
        found = health_of(fresh)
    assert (found.against, found.without_a_copy, found.copies) == ([4], [4], [4])


def test_whoever_asks_is_told_of_an_alarm_that_stands_where_all_agrees_inside(
    grown, cell, auditor, owner_of_everything, caplog, capsys, tmp_path
):
    file = tmp_path / "kept.txt"
    file.write_text(grown(4).note, encoding="utf-8")
    owner_of_everything.execute(
        "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 4, 1, %s)",
        [cell, ["\n4\n"]],
    )
    asked = ("audit_verify", "--cell", str(cell))
    for quiet in ((), ("--quiet",)):
        with pytest.raises(CommandError, match="ALARM: copies stand against 1 of 1 logs") as told:
            call_command(*asked, *quiet)
        assert told.value.returncode == 1
        said = capsys.readouterr().out
        assert ("copies of 4 entries stand" in said, "intact" in said) == (True, False)
    call_command("audit_watch", "--once", "--cell", str(cell))
    assert f"ALARM STANDS, cell {cell}: copies of 4 entries" in caplog.text
    call_command(*asked, "--against", str(file))
    assert "intact" in capsys.readouterr().out
    caplog.clear()
    call_command("audit_watch", "--once", "--cell", str(cell))
    assert (caplog.text, against(auditor)) == ("", [])


def test_no_injection_makes_every_verification_read_more_and_more(
    grown, cell, auditor, viewer, owner_of_everything
):
    true = grown(6)
    kept = "SELECT count(*), max(cardinality(copies)) FROM audit_verified WHERE cell_id = %s"
    for many, left in ((2, 2), (2, 2), (2 * MOST_COPIES, MOST_COPIES)):
        with as_role("runtime") as connection:
            for number in range(many):
                alerting(connection, viewer, Copy(true.said, f"{number}\n6\n"))
            connection.commit()
        assert owner_of_everything.execute(kept, [cell]).fetchone() == (left, left)
    assert against(auditor) == [6]
    looked(cell)
    assert against(auditor) == []
    with as_role("runtime") as connection:
        alerting(connection, viewer, signed(true, root=bytes(32)))
        connection.commit()
    looked(cell)
    assert against(auditor) == [6]


def test_what_one_person_brings_crowds_out_nobody_else_s_copy(grown, cell, auditor, viewer):
    true = grown(6)
    with as_role("runtime") as connection:
        for number in range(MOST_COPIES):
            alerting(connection, viewer, Copy(true.said, f"{number}\n6\n"))
        connection.commit()
        real, later = (signed(true, size=size, root=bytes(32)) for size in (4, 5))
        alerting(connection, viewer, later)
        connection.commit()
        alerting(connection, auditor, real)
        connection.commit()
        assert against(auditor) == [4, 6], "one person's own are counted, and no one else's"
        looked(cell)
        assert against(auditor) == [4]
        alerting(connection, viewer, later)
        connection.commit()
    assert against(auditor) == [4, 5], "and anew after each verification"


def until_it_waits(acting, watcher):
    """It waits for the other one, or has not and is over."""

    def waits():
        return not acting.running or watcher.execute(WAITING).fetchone()[0]

    wait_for(waits, within=20, what="the other one waits")


def test_a_verification_goes_on_from_the_alert_that_came_before_it(
    grown, cell, auditor, viewer, owner_of_everything
):
    copy = signed(grown(4), root=bytes(32))

    def verified():
        with log.connect("auditor") as connection:
            keep(connection, verify(connection, cell, keys.public_keys()))

    with as_role("runtime") as connection:
        alerting(connection, viewer, copy)
        acting = Acting(verified)
        until_it_waits(acting, owner_of_everything)
        connection.commit()
    assert acting.done() is None
    assert against(auditor) == [4]


def test_an_alert_goes_on_from_the_verification_that_came_before_it(
    grown, cell, auditor, viewer, owner_of_everything
):
    true = grown(4)
    one, other = (signed(true, size=size, root=bytes(32)) for size in (3, 4))

    def alerted():
        with as_role("runtime") as connection:
            alerting(connection, viewer, other)
            connection.commit()

    with log.connect("auditor") as connection:
        report = verify(connection, cell, keys.public_keys(), against=[one.said])
        with connection.transaction():
            keep(connection, report, [one])
            acting = Acting(alerted)
            until_it_waits(acting, owner_of_everything)
    assert acting.done() is None
    assert against(auditor) == [3, 4]
