"""Whoever dies, is slow or loses a right while an export of the record is made: whole, or told."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from audit.desk.exporting import ask as asking
from audit.desk.exporting import end as ending
from audit.desk.exporting import make as making
from audit.desk.exporting.end import end_exports
from audit.desk.exporting.rows import my_extract
from audit.desk.filters import Filters
from kernel.clock import now
from kernel.errors import SignInRequired, Unavailable
from kernel.exporting.work import TRIES, Try
from kernel.http.sessions import token_hash
from kernel.models import OutboxItem
from kernel.outbox.relay import AT_WORK, _take, do_work
from kernel.outbox.works import CHANNEL, Overtaken
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import seal, verified
from tests.support.at_work import a_worker
from tests.support.database import admin, as_admin
from tests.support.exports import verdict
from tests.support.searching import database_name
from tests.support.server import wait_for
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
READS = Filters(kind="trial.opened")
HELD = 4_711


@pytest.fixture(scope="module")
def ground(database):
    """A sealed cell with thirty entries, and who reads its record."""
    world = World()
    seats.openings(world.coordinator.viewer, 30)
    seal(world.cell.pk)
    return SimpleNamespace(world=world, cell=world.cell.pk, auditor=world.auditor)


@pytest.fixture
def export_id(ground):
    """An export that waits to be made, in an hour in which nothing else was asked for."""
    older = "UPDATE audit_export SET asked_at = asked_at - interval '2 hours' WHERE cell_id = %s"
    as_admin(older, ground.cell)
    with acting_as(ground.auditor.viewer) as viewer:
        return asking.ask(viewer, READS)


def row_of(ground, export_id):
    with acting_as(ground.auditor.viewer) as viewer:
        return my_extract(viewer, export_id)


def files_of(ground, export_id):
    folder = Path(settings.FILES_DIR) / "journal" / str(ground.cell)
    return sorted(path.name for path in folder.glob(f"*{export_id}*"))


def told_of(export_id):
    """What the record says of this export."""
    found = as_admin("SELECT kind, payload FROM audit_entry WHERE kind LIKE 'audit.export%%'")
    return [
        kind
        for kind, payload in found
        if json.loads(payload)["facts"].get("extract") == str(export_id)
    ]


def its_time_has_come(export_id):
    """Whoever was at work has been silent for longer than the lease."""
    changed = as_admin(
        "UPDATE kernel_outbox SET lease_until = now(), due_at = now() WHERE event_id = %s",
        export_id,
    )
    assert changed == 1


def a_try(export_id):
    token = secrets.token_hex(32)
    number = making.EXTRACTS.ask("open_export", export_id, token_hash(token))
    return Try(making.EXTRACTS, export_id, token, number)


def killed(export_id, where):
    """A worker's process is killed at the moment when the row is about to say this."""
    held = f"PERFORM pg_advisory_xact_lock({HELD}); RETURN NEW"
    with admin(database_name()) as connection, admin(database_name()) as keeper:
        connection.execute(
            "CREATE FUNCTION public.planted() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {held}; END $$;"
            "CREATE TRIGGER planted BEFORE UPDATE ON audit_export FOR EACH ROW"
            f" WHEN ({where}) EXECUTE FUNCTION public.planted()"
        )
        keeper.execute("SELECT pg_advisory_lock(%s)", [HELD])
        waiting = (
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        worker = a_worker()
        try:
            wait_for(
                lambda: connection.execute(waiting, [HELD]).fetchone() is not None,
                within=60,
                what=f"the worker comes to {where}",
            )
        finally:
            worker.kill()
            worker.communicate()
            keeper.execute("SELECT pg_advisory_unlock(%s)", [HELD])
        assert worker.returncode == -9
        gone = "SELECT pg_try_advisory_lock(%s)"
        wait_for(
            lambda: keeper.execute(gone, [HELD]).fetchone()[0], within=60, what="nobody is left"
        )
        # A table that somebody still holds is not changed: the dead one's transaction is over.
        connection.execute("DROP TRIGGER planted ON audit_export; DROP FUNCTION public.planted()")


def test_a_worker_killed_in_the_middle_leaves_an_export_that_is_made_anew(
    ground, export_id, tmp_path, capsys
):
    """In the midst of reading, and with the file there and its entry not committed."""
    address = f"/journal/exports/{export_id}/"
    for number, where in enumerate(("NEW.progress = 40", "NEW.state = 'ready'"), start=1):
        killed(export_id, where)
        row = row_of(ground, export_id)
        assert (row.state, row.tries) == ("running", number)
        assert told_of(export_id) == ["audit.export_asked"]
        assert ground.auditor.browser.get(address).status_code == 409
        assert do_work() == 0, "nobody takes up what may still be at work"
        its_time_has_come(export_id)
    assert files_of(ground, export_id) == [f"{export_id}-2.export"]
    assert do_work() == 1
    row = row_of(ground, export_id)
    assert (row.state, row.tries, row.entries) == ("ready", 3, 30)
    assert told_of(export_id) == ["audit.export_asked", "audit.exported"]
    seal(ground.cell)
    content = ground.auditor.browser.get(address).getvalue()
    code, said = verdict(ground.cell, content, tmp_path, capsys)
    assert (code, " 30 of " in said) == (0, True), said
    assert verified(ground.cell).clean
    as_admin("UPDATE audit_export SET ends_at = now() WHERE id = %s", export_id)
    end_exports(500)
    assert files_of(ground, export_id) == [], "what the dead have left goes with it"


def test_what_kills_every_worker_is_told_as_failed(ground, export_id):
    for number in range(1, TRIES + 1):
        assert a_try(export_id).number == number
        assert row_of(ground, export_id).waiting
    do_work()
    row = row_of(ground, export_id)
    assert (row.state, row.failure) == ("failed", "broken")
    assert "Le fichier n&#x27;a pas pu être préparé" in (
        ground.auditor.browser.get("/journal/exports/").text
    )
    assert files_of(ground, export_id) == []


def test_who_was_only_slow_is_nobody_and_spoils_nothing(ground, export_id):
    slow, other = a_try(export_id), a_try(export_id)
    with pytest.raises(SignInRequired):
        slow.move(50)
    with pytest.raises(Overtaken):
        slow.fail("broken")
    with pytest.raises(Overtaken):
        slow.leave()
    assert row_of(ground, export_id).state == "running"
    other.move(50)
    its_time_has_come(export_id)
    assert do_work() == 1
    assert row_of(ground, export_id).ready
    with pytest.raises((SignInRequired, Overtaken)):
        other.move(60)


@pytest.mark.parametrize(("taken", "trouble"), [(True, None), (True, OSError), (False, None)])
def test_who_was_overtaken_leaves_what_owes_the_work_to_the_other(
    ground, export_id, monkeypatch, taken, trouble
):
    """The slow one is through, or fails, while another is at work, or one that came late to it."""
    made, owed = making.exports.made, OutboxItem.objects.using("worker").filter(event_id=export_id)

    def meanwhile(*given, **options):
        if taken:
            its_time_has_come(export_id)
            assert [item.event_id for item in _take((CHANNEL,), 1, AT_WORK)] == [export_id]
        a_try(export_id)
        if trouble:
            raise trouble
        return made(*given, **options)

    with monkeypatch.context() as patched:
        patched.setattr(making.exports, "made", meanwhile)
        assert do_work() == 0
    assert owed.filter(done_at=None, attempts=0, lease_until__gt=now()).exists()
    its_time_has_come(export_id)
    assert do_work() == 1, "the other one has died"
    assert row_of(ground, export_id).ready


def test_who_was_taken_over_prolongs_no_lease_of_the_other(ground, export_id, monkeypatch):
    """The other has only just begun: nothing else would tell the slow one."""
    made, owed = making.exports.made, OutboxItem.objects.using("worker").filter(event_id=export_id)
    leases = []

    def meanwhile(*given, **options):
        its_time_has_come(export_id)
        leases.extend(item.lease_until for item in _take((CHANNEL,), 1, AT_WORK))
        return made(*given, **options)

    with monkeypatch.context() as patched:
        patched.setattr(making.exports, "made", meanwhile)
        assert do_work() == 0
    assert [item.lease_until for item in owed.filter(done_at=None, attempts=0)] == leases
    its_time_has_come(export_id)
    assert do_work() == 1
    assert row_of(ground, export_id).ready


def test_the_work_goes_on_for_as_long_as_it_says_so_and_not_for_ever(ground, export_id):
    attempt = a_try(export_id)
    hashed = token_hash(attempt.token)

    def left():
        [(idle, over)] = as_admin(
            "SELECT idle_until - now(), expires_at - now() FROM kernel_session"
            " WHERE token_hash = %s",
            hashed,
        )
        assert idle == over
        return over.total_seconds()

    def moved(interval):
        as_admin(
            "UPDATE kernel_session SET idle_until = now() + '5 seconds', expires_at = now()"
            " + '5 seconds', created_at = now() - %s::interval WHERE token_hash = %s",
            *(interval, hashed),
        )
        OutboxItem.objects.using("worker").filter(event_id=export_id).update(lease_until=now())
        attempt.move(50)
        return left()

    assert left() == pytest.approx(120, abs=30)
    assert moved("3 minutes") == pytest.approx(120, abs=30)
    lease = OutboxItem.objects.using("worker").get(event_id=export_id).lease_until
    assert lease - now() > timedelta(seconds=100)
    assert moved("14 minutes 30 seconds") == pytest.approx(30, abs=15)
    as_admin("UPDATE kernel_session SET expires_at = now() WHERE token_hash = %s", hashed)
    with pytest.raises(SignInRequired):
        attempt.move(60)


ENDINGS = {
    "sessions_ended": "DELETE FROM kernel_session WHERE seat_id = %s AND channel = 'task'",
    "access_ended": "UPDATE kernel_seat SET valid_until = now() WHERE id = %s",
    "again": "UPDATE kernel_session SET expires_at = now() WHERE seat_id = %s AND channel = 'task'",
}


@pytest.mark.parametrize("why", ENDINGS)
def test_what_ended_while_it_was_made_is_told_as_it_is(ground, monkeypatch, why):
    """Replaced factors close every session; a place ends; a machine was too slow."""
    somebody = Seated(ground.world.auditor.accession, "auditor")
    seat_id = somebody.viewer.seat_id
    with acting_as(somebody.viewer) as viewer:
        export_id = asking.ask(viewer, READS)
    made = making.exports.made

    def meanwhile(*given, **options):
        as_admin(ENDINGS[why], seat_id)
        return made(*given, **options)

    with monkeypatch.context() as patched:
        patched.setattr(making.exports, "made", meanwhile)
        do_work()
    state = "SELECT state, failure FROM audit_export WHERE id = %s"
    if why == "again":
        assert as_admin(state, export_id) == [("running", "")]
        its_time_has_come(export_id)
        do_work()
        assert as_admin(state, export_id) == [("ready", "")]
        return
    assert as_admin(state, export_id) == [("failed", why)]
    assert files_of(ground, export_id) == []
    assert told_of(export_id) == ["audit.export_asked"]
    if why == "sessions_ended":
        shown = somebody.browser.get("/journal/exports/").text
        assert "Vos sessions ont été fermées pendant la préparation" in shown
        assert "demandez l&#x27;export à nouveau" in shown


def test_a_try_that_ran_out_of_time_is_made_again_by_the_outbox(ground, export_id):
    attempt = a_try(export_id)
    as_admin(ENDINGS["again"], ground.auditor.viewer.seat_id)
    with pytest.raises(Unavailable):
        attempt.leave()


def test_files_end_a_few_at_a_time_and_rows_a_month_later(ground, export_id, monkeypatch):
    with acting_as(ground.auditor.viewer) as viewer:
        asking.ask(viewer, READS)
    do_work()
    older = "UPDATE audit_export SET asked_at = now() - make_interval(days => %s) WHERE id = %s"
    as_admin(older, 40, export_id)
    end_exports(500)
    assert row_of(ground, export_id).ready, "no row goes before its file"
    as_admin(older, 0, export_id)
    as_admin("UPDATE audit_export SET ends_at = now() WHERE is_kept AND cell_id = %s", ground.cell)
    kept = "SELECT count(*) FROM audit_export WHERE is_kept AND cell_id = %s"
    [(before,)] = as_admin(kept, ground.cell)
    assert before > 1
    taken = []

    def dies(place):
        taken.append(place)
        raise Unavailable

    monkeypatch.setattr(ending, "AT_ONCE", 1)
    store = SimpleNamespace(delete=dies)
    with monkeypatch.context() as patched:
        patched.setattr(ending, "store", lambda: store)
        with pytest.raises(Unavailable):
            end_exports(500)
    assert len(taken) == 1
    assert as_admin(kept, ground.cell) == [(before,)], "what could not be deleted is still to be"
    end_exports(500)
    assert as_admin(kept, ground.cell) == [(0,)]
    there = "SELECT count(*) FROM audit_export WHERE id = %s"
    for days, left in ((29, 1), (30, 0)):
        as_admin(older, days, export_id)
        end_exports(500)
        assert as_admin(there, export_id) == [(left,)]
    assert "audit.exported" in told_of(export_id)


def test_a_file_from_before_tries_were_counted_is_taken_and_ends(ground, export_id, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(
            making, "place_of", lambda cell, number, _: f"journal/{cell}/{number}.export"
        )
        do_work()
    as_admin("UPDATE audit_export SET tries = 0 WHERE id = %s", export_id)
    assert files_of(ground, export_id) == [f"{export_id}.export"]
    assert ground.auditor.browser.get(f"/journal/exports/{export_id}/").getvalue()[:2] == b"PK"
    as_admin("UPDATE audit_export SET ends_at = now() WHERE id = %s", export_id)
    end_exports(500)
    assert files_of(ground, export_id) == []
