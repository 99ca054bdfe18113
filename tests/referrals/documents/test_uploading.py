"""A file comes in parts: each is kept as it arrives, and an interrupted one goes on from there."""

import io
import os
import random

import pytest
from django.urls import reverse
from PIL import Image

from kernel.errors import Invalid, NotFound
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.documents.bounds import UPLOADS as AT_ONCE
from referrals.documents.services import upload as sending
from referrals.models.access import Level
from referrals.tasks import sweep_expired_shares
from tests.support.database import admin
from tests.support.documents import PNG, a_pdf
from tests.support.searching import database_name, tables_holding
from tests.support.walls import injected

pytestmark = pytest.mark.database
UPLOADS = "/api/v1/uploads/"


def begun(seat, case_id, size):
    body = {"case": str(case_id), "size": size}
    return seat.browser.post(UPLOADS, body, content_type="application/json")


def part(seat, upload_id, offset, content):
    return seat.browser.post(
        f"{UPLOADS}{upload_id}/parts/",
        content,
        content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def sent(seat, case_id, content, *, step=sending.PART):
    upload_id = begun(seat, case_id, len(content)).json()["id"]
    for start in range(0, len(content), step):
        answer = part(seat, upload_id, start, content[start : start + step])
        assert answer.status_code == 200, answer.content
    return upload_id


def documented(seat, case_id, upload_id, **more):
    body = {"upload": upload_id, "name": "a.png", "nature": "other", "part": "facts"}
    address = f"/api/v1/referrals/{case_id}/documents/"
    return seat.browser.post(
        address, body | {"intimate": False} | more, content_type="application/json"
    )


def rows(case_id):
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT count(*), (SELECT count(*) FROM referrals_upload_part p"
            " JOIN referrals_upload u ON u.id = p.upload_id WHERE u.case_id = %s)"
            " FROM referrals_upload WHERE case_id = %s",
            [case_id, case_id],
        ).fetchone()


def test_a_file_larger_than_a_form_arrives_whole(world):
    case_id = world.submitted()
    content = _large_picture()
    assert len(content) > 5 * 1024 * 1024
    upload_id = sent(world.pilot, case_id, content)
    answer = documented(world.pilot, case_id, upload_id)
    assert answer.status_code == 201, answer.content
    assert rows(case_id) == (0, 0)
    address = f"/api/v1/documents/{answer.json()['id']}/"
    told = world.coordinator.browser.get(address).json()
    assert told["media_type"] == "image/png"
    taken = world.coordinator.browser.get(f"{address}content/")
    assert taken.status_code == 200
    assert taken.content.startswith(b"\x89PNG")
    assert world.police.browser.get(address).status_code == 404
    assert world.police.browser.get(f"{address}content/").status_code == 404


def test_an_interrupted_file_goes_on_where_it_was(world):
    """A part that is sent again, too early or too late is refused with the place to go on from."""
    case_id, content = world.submitted(), a_pdf("x" * 3000)
    upload_id = begun(world.pilot, case_id, len(content)).json()["id"]
    assert part(world.pilot, upload_id, 0, content[:1000]).json()["received"] == 1000
    for offset, piece in ((0, content[:1000]), (2000, content[2000:]), (999, content[999:])):
        refused = part(world.pilot, upload_id, offset, piece)
        assert refused.status_code == 409
        assert refused.json()["error"]["changed"] == {"received": "1000"}
    assert documented(world.pilot, case_id, upload_id).status_code == 422
    standing = world.pilot.browser.get(f"{UPLOADS}{upload_id}/").json()
    assert (standing["received"], standing["size"]) == (1000, len(content))
    assert part(world.pilot, upload_id, 1000, content[1000:]).status_code == 200
    assert documented(world.pilot, case_id, upload_id, name="b.pdf").status_code == 201


def test_a_file_on_its_way_is_nobody_elses(world):
    case_id = world.submitted()
    upload_id = sent(world.pilot, case_id, PNG)
    for who in ("coordinator", "prosecutor", "other_pilot", "gendarme", "auditor"):
        seat = world.everybody()[who]
        assert seat.browser.get(f"{UPLOADS}{upload_id}/").status_code == 404, who
        assert part(seat, upload_id, 0, b"x").status_code == 404, who
        assert documented(seat, case_id, upload_id).status_code == 404, who
        with injected(seat) as connection:
            found = connection.execute("SELECT count(*) FROM referrals_upload_part").fetchone()
            assert found == (0,), who


def test_a_file_goes_to_the_case_it_was_begun_for(world):
    here, there = world.submitted(), world.submitted()
    upload_id = sent(world.pilot, here, PNG)
    assert documented(world.pilot, there, upload_id).status_code == 404
    assert documented(world.pilot, here, upload_id).status_code == 201
    assert documented(world.pilot, here, upload_id).status_code == 404


def test_who_may_not_add_may_not_begin(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    world.shared(case_id, world.police, Compartment.FACTS, level=Level.CONTRIBUTE)
    expected = {"pilot": 201, "police": 201, "gendarme": 403, "prefecture": 404, "auditor": 404}
    for who, status in expected.items():
        assert begun(world.everybody()[who], case_id, 10).status_code == status, who


@pytest.mark.parametrize("size", [0, -1, 25 * 1024 * 1024 + 1, 10**12, "x", None])
def test_a_size_that_cannot_be_is_refused(world, size):
    assert begun(world.pilot, world.submitted(), size).status_code == 422


def test_parts_that_cannot_be_are_refused(world):
    upload_id = begun(world.pilot, world.submitted(), 100).json()["id"]
    assert part(world.pilot, upload_id, 0, b"").status_code == 413
    assert part(world.pilot, upload_id, 0, b"x" * 101).status_code == 413
    assert part(world.pilot, upload_id, 0, b"x" * (sending.PART + 1)).status_code == 413
    for offset in ("", "-1", "1e3", "x", "9" * 20, "0x10"):
        assert part(world.pilot, upload_id, offset, b"x").status_code == 422, offset
    as_json = world.pilot.browser.post(
        f"{UPLOADS}{upload_id}/parts/",
        "{}",
        content_type="application/json",
        headers={"Upload-Offset": "0"},
    )
    assert as_json.status_code == 415


def test_what_arrives_is_sealed_and_forgotten_after_a_day(world):
    case_id = world.submitted()
    mark = f"CNRY{os.urandom(6).hex()}"
    sent(world.pilot, case_id, a_pdf(mark))
    assert tables_holding(mark) == []
    sweep_expired_shares()
    assert rows(case_id) == (1, 1)
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE referrals_upload SET created_at = now() - interval '25 hours'"
            " WHERE case_id = %s",
            [case_id],
        )
    sweep_expired_shares()
    assert rows(case_id) == (0, 0)


def test_somebody_who_begins_and_never_ends_keeps_five_files_at_most(world):
    case_id = world.submitted()
    first = begun(world.pilot, case_id, 100).json()["id"]
    for _number in range(AT_ONCE):
        begun(world.pilot, case_id, 100)
    assert rows(case_id)[0] == AT_ONCE
    assert world.pilot.browser.get(f"{UPLOADS}{first}/").status_code == 404


def test_changed_parts_are_never_put_together(world):
    case_id = world.submitted()
    upload_id = sent(world.pilot, case_id, PNG, step=20)
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE referrals_upload_part p SET sealed = (SELECT q.sealed FROM"
            " referrals_upload_part q WHERE q.upload_id = p.upload_id AND q.number = 1)"
            " WHERE p.upload_id = %s AND p.number = 2",
            [upload_id],
        )
    assert documented(world.pilot, case_id, upload_id).status_code == 503
    with acting_as(world.pilot.viewer) as viewer:
        assert case_file(viewer, case_id).documents == []


def test_the_form_takes_a_file_that_has_arrived(world):
    """What the page's script does: the file in parts, then the form with its identifier."""
    case_id = world.submitted()
    upload_id = sent(world.pilot, case_id, PNG)
    address = reverse("referrals:add_document", args=[case_id])
    form = {"nature": "photo", "part": "facts", "upload": upload_id, "upload_name": "Cour.PNG"}
    again = world.pilot.browser.post(address, form)
    assert again.status_code == 422
    assert "Déjà reçu : Cour.PNG" in again.text
    assert world.pilot.browser.post(address, form | {"intimate": "no"}).status_code == 302
    with acting_as(world.pilot.viewer) as viewer:
        assert [line.about.name for line in case_file(viewer, case_id).documents] == ["Cour.png"]
        with pytest.raises(NotFound):
            sending.my_upload(viewer, upload_id)
    nothing = world.pilot.browser.post(address, form | {"intimate": "no", "upload": ""})
    assert nothing.status_code == 422


def test_an_intimate_image_that_arrived_is_refused_all_the_same(world):
    case_id = world.submitted()
    upload_id = sent(world.pilot, case_id, PNG)
    refused = documented(world.pilot, case_id, upload_id, intimate=True)
    assert refused.status_code == 422
    assert "3018" in str(refused.json())
    with acting_as(world.pilot.viewer) as viewer, pytest.raises(Invalid):
        sending.begin_upload(viewer, case_id, 10**9)


def _large_picture() -> bytes:
    noise = random.Random(3)
    out = io.BytesIO()
    Image.frombytes("RGB", (1400, 1300), noise.randbytes(1400 * 1300 * 3)).save(
        out, "PNG", compress_level=0
    )
    return out.getvalue()
