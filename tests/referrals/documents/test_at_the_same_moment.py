"""Two people, or one twice, at the same moment: one document of a file, and nothing left behind."""

import io
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse

from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.documents.services import upload as sending
from tests.referrals.documents.test_copies import SAID, copied, listed
from tests.referrals.documents.test_loose_files import files_of, reference
from tests.referrals.documents.test_uploading import documented, rows, sent
from tests.support.at_once import WAITING, Acting, at_once
from tests.support.database import admin
from tests.support.documents import PNG, a_document, a_pdf
from tests.support.searching import database_name
from tests.support.server import wait_for

pytestmark = pytest.mark.database
HOLD = "SELECT 1 FROM referrals_case WHERE id = %s FOR UPDATE"


def test_a_file_sent_twice_at_once_becomes_one_document(world):
    case_id = world.submitted()
    upload_id = sent(world.pilot, case_id, PNG)

    def finish():
        return documented(world.pilot, case_id, upload_id).status_code

    def by_page():
        said = {"nature": "other", "part": "facts", "intimate": "no", "_key": str(uuid4())}
        form = said | {"upload": upload_id, "upload_name": "a.png"}
        address = reverse("referrals:add_document", args=[case_id])
        return world.pilot.browser.post(address, form).status_code

    assert sorted(at_once(HOLD, case_id, acts=[finish, finish])) == [201, 404]
    upload_id = sent(world.pilot, case_id, PNG)
    assert sorted(at_once(HOLD, case_id, acts=[by_page, by_page])) == [302, 404]
    with acting_as(world.pilot.viewer) as viewer:
        assert len(case_file(viewer, case_id).documents) == 2
    assert len(files_of(case_id)) == 4


def test_a_part_that_arrives_while_the_case_is_destroyed_goes_with_it(world):
    case_id = world.submitted()
    with acting_as(world.pilot.viewer) as viewer:
        upload_id = sending.begin_upload(viewer, case_id, len(PNG)).pk
    with acting_as(world.pilot.viewer) as viewer:
        sending.receive_part(viewer, upload_id, offset=0, content=PNG)
        named = reference(case_id)
        shredding = Acting(
            lambda: call_command("shred_case", named, "--even-open", stdout=io.StringIO())
        )
        with admin(database_name()) as watcher:
            wait_for(
                lambda: watcher.execute(WAITING).fetchone()[0],
                within=10,
                what="the command waits for the part",
            )
    assert shredding.done() is None
    assert rows(case_id) == (0, 0)


def test_two_copies_at_once_for_one_agency_leave_one(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    world.shared(case_id, world.gendarme)
    acts = [
        lambda seat=seat: copied(seat, document_id, world.gendarme)
        for seat in (world.coordinator, world.prosecutor)
    ]
    at_once(HOLD, case_id, acts=acts)
    assert len(listed(world.gendarme, case_id)) == 1
