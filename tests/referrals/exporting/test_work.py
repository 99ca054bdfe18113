"""What becomes of an export whose asker, worker or time is over: told as it is, then forgotten."""

import json
import secrets
import tracemalloc
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse

from agencies.services.tidy import tidy
from kernel.errors import SignInRequired, Unavailable
from kernel.exporting.work import TRIES, Try
from kernel.files.blobs import new_file_key, seal
from kernel.files.store import store
from kernel.http.sessions import token_hash
from kernel.outbox.relay import do_work
from referrals.documents.loose import delete_loose_files
from referrals.exporting.files import KINDS
from referrals.exporting.services import make as making
from referrals.exporting.services.end import end_exports
from referrals.exporting.services.fetch import Taking, fetch
from referrals.models.export import ExportForm
from tests.agencies.factories import PASSWORD
from tests.support.database import admin, as_admin
from tests.support.exports import asked, line_of, made, taken
from tests.support.searching import database_name
from tests.support.world import browser_of

pytestmark = pytest.mark.database
OLDER = "UPDATE referrals_export SET asked_at = asked_at - %s::interval WHERE id = %s"


def test_closed_sessions_are_not_told_as_an_access_that_ended(world, monkeypatch):
    export_id = asked(world.coordinator, world.activated())
    written = making.Prepared.written

    def meanwhile(prepared):
        seat_id = world.coordinator.viewer.seat_id
        gone = "DELETE FROM kernel_session WHERE seat_id = %s AND channel = 'task'"
        assert as_admin(gone, seat_id) == 1
        return written(prepared)

    with monkeypatch.context() as patched:
        patched.setattr(making.Prepared, "written", meanwhile)
        do_work()
    assert line_of(world.coordinator, export_id).export.failure == "sessions_ended"
    shown = world.coordinator.browser.get(reverse("referrals:exports")).text
    assert "Vos sessions ont été fermées pendant la préparation" in shown


def a_try(export_id):
    token = secrets.token_hex(32)
    number = making.EXPORTS.ask("open_export", export_id, token_hash(token))
    return Try(making.EXPORTS, export_id, token, number)


def files_of(case_id, export_id):
    folder = Path(settings.FILES_DIR) / "cases" / str(case_id)
    return sorted(path.name for path in folder.glob(f"{export_id}*"))


def test_who_changes_a_factor_of_their_own_has_the_file_that_they_asked_for(world):
    export_id = asked(world.coordinator, world.activated())
    attempt, other = a_try(export_id), browser_of(world.coordinator.person)
    own = world.coordinator.browser
    assert own.post("/compte/facteurs/codes/", {"password": PASSWORD}).status_code == 200
    assert other.get(reverse("referrals:exports")).status_code == 302, "any other is closed"
    making._make(attempt)
    assert json.loads(taken(world.coordinator, export_id))


def over(export_id):
    as_admin("UPDATE referrals_export SET expires_at = now() WHERE id = %s", export_id)
    end_exports(500)


def test_who_was_only_slow_spoils_no_file_of_another(world, monkeypatch):
    """The second try is through before the first one writes its file, and finds itself nobody."""
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id)
    slow, sealed = a_try(export_id), making.seal

    def meanwhile(*given):
        patched.setattr(making, "seal", sealed)
        making._make(a_try(export_id))
        return sealed(*given)

    with monkeypatch.context() as patched:
        patched.setattr(making, "seal", meanwhile)
        with pytest.raises(SignInRequired):
            making._make(slow)
    assert files_of(case_id, export_id) == [f"{export_id}-2.export"]
    assert json.loads(taken(world.coordinator, export_id))


def test_what_each_try_has_left_ends_with_the_file(world):
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id)
    dead = a_try(export_id)
    store().put(making.place_of_export(case_id, export_id, dead.number), [b"half"])
    do_work()
    assert files_of(case_id, export_id) == [f"{export_id}-{number}.export" for number in (1, 2)]
    over(export_id)
    assert files_of(case_id, export_id) == []


@pytest.mark.parametrize("tries", [0, 1])
def test_a_file_from_before_files_were_called_by_their_try_is_taken_and_ends(
    tries, world, monkeypatch
):
    """Neither when tries were not counted, nor when they were and no file was called by them."""
    case_id = world.activated()
    with monkeypatch.context() as patched:
        patched.setattr(making, "place_of_export", lambda *of: f"cases/{of[0]}/{of[1]}.export")
        export_id = made(world.coordinator, case_id)
    as_admin("UPDATE referrals_export SET tries = %s WHERE id = %s", tries, export_id)
    assert files_of(case_id, export_id) == [f"{export_id}.export"]
    assert json.loads(taken(world.coordinator, export_id))
    over(export_id)
    assert files_of(case_id, export_id) == []


MANY = 24 * 1024 * 1024


def test_a_download_holds_a_few_segments_and_is_the_whole_file():
    place, key, content = f"cases/{uuid4()}/x.export", new_file_key(), secrets.token_bytes(MANY)
    store().put(place, seal(key, place, content))
    of = (uuid4(), uuid4(), KINDS[ExportForm.JSON], "x.json")
    seen = sha256()
    tracemalloc.start()
    try:
        file = fetch(Taking(*of, (place,), key))
        for piece in file.pieces():
            seen.update(piece)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (file.length, seen.digest()) == (MANY, sha256(content).digest())
    assert peak < MANY / 3
    with pytest.raises(Unavailable):
        fetch(Taking(*of, (place,), new_file_key()))
    store().delete(place)
    with pytest.raises(Unavailable):
        fetch(Taking(*of, (place,), key))


def test_whoever_signs_in_meanwhile_clears_no_session_of_a_task_that_was_too_slow(world):
    export_id = asked(world.coordinator, world.activated())
    slow = a_try(export_id)
    ended = (
        "UPDATE kernel_session SET idle_until = now() - interval '1 second', expires_at = now()"
        " - interval '1 second', created_at = now() - %s::interval WHERE token_hash = %s"
    )
    as_admin(ended, "16 minutes", token_hash(slow.token))
    tidy()
    with pytest.raises(Unavailable):
        slow.leave()
    as_admin(ended, "61 minutes", token_hash(slow.token))
    tidy()
    there = "SELECT FROM kernel_session WHERE token_hash = %s"
    assert as_admin(there, token_hash(slow.token)) == 0


def test_what_kills_every_worker_is_told_as_failed(world):
    export_id = asked(world.coordinator, world.activated())
    for number in range(1, TRIES + 1):
        assert making.EXPORTS.ask("open_export", export_id, bytes([number])) == number
    assert line_of(world.coordinator, export_id).waiting
    do_work()
    assert line_of(world.coordinator, export_id).export.failure == "broken"


def test_what_nobody_ever_made_has_failed_after_a_day(world):
    export_id = asked(world.coordinator, world.activated())
    as_admin(OLDER, "23 hours 50 minutes", export_id)
    end_exports(500)
    assert line_of(world.coordinator, export_id).waiting
    as_admin(OLDER, "11 minutes", export_id)
    end_exports(500)
    assert line_of(world.coordinator, export_id).export.failure == "broken"


def test_they_fail_a_few_at_a_time_and_nobody_waits_for_a_row_that_is_held(world):
    case_id = world.activated()
    waiting = [asked(world.coordinator, case_id) for _ in range(3)]
    for number, export_id in enumerate(waiting):
        as_admin(OLDER, f"{30 - number} hours", export_id)
    with admin(database_name()) as keeper, keeper.transaction():
        held = "SELECT FROM referrals_export WHERE id = %s FOR UPDATE"
        keeper.execute(held, [waiting[0]])
        with connections["worker"].cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
            cursor.execute("SELECT FROM referrals.end_exports(1)")
            cursor.execute("RESET statement_timeout")
    states = [line_of(world.coordinator, export_id).waiting for export_id in waiting]
    assert states == [True, False, True]
    end_exports(500)


def test_a_row_goes_a_month_after_it_was_asked_for_and_never_before_its_file(world):
    export_id = made(world.coordinator, world.activated())
    as_admin("UPDATE referrals_loose_file SET due_at = now() WHERE id = %s", export_id)
    delete_loose_files(500)
    as_admin(OLDER, "31 days", export_id)
    end_exports(500)
    assert line_of(world.coordinator, export_id).ready
    as_admin("UPDATE referrals_export SET expires_at = now() WHERE id = %s", export_id)
    as_admin(OLDER, "-2 days", export_id)
    end_exports(500)
    assert line_of(world.coordinator, export_id).export.state == "expired"
    as_admin(OLDER, "2 days", export_id)
    end_exports(500)
    assert as_admin("SELECT FROM referrals_export WHERE id = %s", export_id) == 0


def test_a_row_stays_while_a_file_of_it_may_be_left(world):
    """What a store that was down for a month still has is deleted as an export's."""
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id)
    store().put(making.place_of_export(case_id, export_id, a_try(export_id).number), [b"half"])
    as_admin("UPDATE referrals_export SET state = 'failed' WHERE id = %s", export_id)
    as_admin(OLDER, "31 days", export_id)
    left = "INSERT INTO referrals_loose_file (id, case_id, due_at) VALUES (%s, %s, now())"
    as_admin(left, export_id, case_id)
    end_exports(500)
    assert line_of(world.coordinator, export_id).export.state == "failed"
    assert delete_loose_files(500) >= 1
    assert files_of(case_id, export_id) == []
    end_exports(500)
    assert as_admin("SELECT FROM referrals_export WHERE id = %s", export_id) == 0
