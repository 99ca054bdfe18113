"""No file outlives what it is of: a case, a document, an upload that broke, an export."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from kernel.errors import Unavailable
from kernel.exporting.work import TRIES
from kernel.files.store import DiskStore, store
from kernel.ids import uuid7
from kernel.outbox.relay import do_work
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.documents.loose import delete_loose_files, expect_file
from referrals.documents.services import add as adding
from referrals.documents.services import upload as sending
from referrals.documents.services.add import NewDocument
from referrals.documents.services.destroy import destroy
from referrals.exporting.services import make as making
from referrals.models.document import Nature, Reason
from tests.support.database import admin, as_admin
from tests.support.documents import PNG, a_document, a_pdf
from tests.support.exports import asked, made
from tests.support.searching import database_name
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database
NEW = NewDocument(Compartment.FACTS, Nature.OTHER, "x.pdf", intimate=False)


def files_of(case_id):
    folder = Path(settings.FILES_DIR) / "cases" / str(case_id)
    return sorted(path.name for path in folder.glob("*"))


def all_due():
    as_admin("UPDATE referrals_loose_file SET due_at = now() - interval '1 second'")


def reference(case_id):
    with admin(database_name()) as connection:
        row = connection.execute("SELECT reference FROM referrals_case WHERE id = %s", [case_id])
        return row.fetchone()[0]


def begun(seat, case_id):
    """A file in the store whose request died before it was written down."""
    with acting_as(seat.viewer) as viewer:
        ticket = adding.prepare(viewer, case_id, NEW)
    adding.receive(ticket, a_pdf())
    return ticket.document_id


def test_the_files_of_a_shredded_case_go_with_it(world, monkeypatch):
    case_id = world.submitted()
    a_document(world.pilot, case_id)
    made(world.coordinator, case_id)
    with acting_as(world.pilot.viewer) as viewer:
        upload = sending.begin_upload(viewer, case_id, len(PNG)).pk
    with acting_as(world.pilot.viewer) as viewer:
        sending.receive_part(viewer, upload, offset=0, content=PNG)
    assert len(files_of(case_id)) == 3
    call_command("shred_case", reference(case_id), "--even-open", stdout=io.StringIO())
    assert files_of(case_id) == []
    with admin(database_name()) as connection:
        left = connection.execute(
            "SELECT count(*) FROM referrals_upload_part WHERE upload_id = %s", [upload]
        ).fetchone()
    assert left == (0,)
    # A store that is away at that moment: the worker deletes what it left.
    other = world.submitted()
    a_document(world.pilot, other)

    def away(self, name):
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(DiskStore, "delete", away)
        call_command("shred_case", reference(other), "--even-open", stdout=io.StringIO())
        assert delete_loose_files(500) == 0
    assert len(files_of(other)) == 2
    all_due()
    assert delete_loose_files(500) >= 1
    assert files_of(other) == []


def test_what_was_never_written_down_goes_and_what_was_stays(world, monkeypatch):
    case_id = world.submitted()
    document_id, lost = a_document(world.pilot, case_id), begun(world.pilot, case_id)
    export_id = made(world.coordinator, case_id)
    delete_loose_files(500)
    assert len(files_of(case_id)) == 5, "a request may still write it down"
    running = asked(world.coordinator, case_id)

    def dies(*args):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(making, "_finish", dies)
        do_work()
    assert f"{running}-1.export" in files_of(case_id)
    all_due()
    delete_loose_files(500)
    kept = {f"{document_id}.original", f"{document_id}.served", f"{export_id}-1.export"}
    assert set(files_of(case_id)) == kept | {f"{running}-1.export"}
    assert not [name for name in files_of(case_id) if name.startswith(str(lost))]
    # Given up at last: nobody will ever take it.
    as_admin("UPDATE referrals_export SET state = 'failed' WHERE id = %s", running)
    all_due()
    delete_loose_files(500)
    assert set(files_of(case_id)) == kept
    assert world.pilot.browser.get(f"/documents/{document_id}/telecharger/").status_code == 200


def test_only_an_export_has_a_file_for_each_try(world, monkeypatch):
    """A store asks a price for each deletion, and a document has two files."""
    asked_for, delete = [], DiskStore.delete

    def counted(self, name):
        if str(case_id) in name:
            asked_for.append(name.rpartition(".")[2])
        delete(self, name)

    case_id = world.activated()
    document_id = a_document(world.coordinator, case_id)
    running = asked(world.coordinator, case_id)
    as_admin("UPDATE referrals_export SET state = 'failed' WHERE id = %s", running)
    with acting_as(world.coordinator.viewer) as viewer:
        destroy(viewer, document_id, Reason.DUPLICATE)
        expect_file(case_id, running)
    all_due()
    with monkeypatch.context() as patched:
        patched.setattr(DiskStore, "delete", counted)
        delete_loose_files(500)
        assert sorted(asked_for) == ["export"] * (TRIES + 1) + ["original", "served"]
        asked_for.clear()
        a_document(world.coordinator, case_id)
        call_command("shred_case", reference(case_id), "--even-open", stdout=io.StringIO())
    twice = ["original"] * 2 + ["served"] * 2
    assert sorted(asked_for) == ["export"] * (TRIES + 1) + twice, "the destroyed one once more"
    assert files_of(case_id) == []


def test_nobody_has_a_file_deleted_by_naming_it(world):
    """What an injection may say is that a file is on its way: a row that needs it keeps it."""
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    say = "SELECT referrals.expect_file(%s, %s)"
    with injected(world.police) as connection:
        assert connection.execute(say, [uuid7(), case_id]).fetchone() == (False,)
    with injected(world.pilot) as connection:
        connection.execute(say, [document_id, case_id])
        connection.commit()
        for statement in (
            "SELECT * FROM referrals_loose_file",
            "INSERT INTO referrals_loose_file VALUES (gen_random_uuid(), gen_random_uuid(), now())",
            "SELECT * FROM referrals.unclaimed_files(1)",
            "SELECT referrals.files_gone('{}', '{}')",
        ):
            assert refusal(connection, statement) == "42501", statement
    all_due()
    delete_loose_files(500)
    assert len(files_of(case_id)) == 2


def test_what_a_process_leaves_that_dies_while_writing_goes_too(world):
    """The folders are for nobody else: their names are those of cases."""
    case_id, number = world.submitted(), uuid7()
    with acting_as(world.pilot.viewer):
        expect_file(case_id, number)
    name = f"cases/{case_id}/{number}.served"
    store().put(name, [b"x"])
    path = Path(settings.FILES_DIR) / name
    path.rename(path.with_name(f".{path.name}.4711.abcdef01"))
    assert path.parent.stat().st_mode & 0o077 == 0
    assert len(files_of(case_id)) == 1
    all_due()
    delete_loose_files(500)
    assert files_of(case_id) == []


def test_what_one_seat_sends_at_the_same_instant_is_counted(world):
    """The services count one after the other; what passes them by meets the database."""
    case_id = world.submitted()
    values = [world.cell.pk, case_id, world.pilot.viewer.seat_id]
    insert = (
        "INSERT INTO referrals_upload (id, cell_id, case_id, seat_id, size, received, parts,"
        " file_key, created_at) VALUES (gen_random_uuid(), %s, %s, %s, 1, 0, 0, 'x', now())"
    )
    with injected(world.pilot) as connection:
        for _number in range(5):
            connection.execute(insert, values)
        connection.commit()
        assert refusal(connection, insert, *values) == "23514"
    with acting_as(world.pilot.viewer) as viewer:
        mine = sending.begin_upload(viewer, case_id, 10).pk
    part = (
        "INSERT INTO referrals_upload_part (cell_id, upload_id, seat_id, number, sealed)"
        " VALUES (%s, %s, %s, 0, 'x')"
    )
    with injected(world.coordinator) as connection:
        theirs = [world.cell.pk, mine, world.coordinator.viewer.seat_id]
        assert refusal(connection, part, *theirs) == "42501", "under the upload of somebody else"
