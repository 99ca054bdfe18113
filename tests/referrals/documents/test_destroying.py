"""A document that should not be there is destroyed: by whom, on record, with all that it was."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from kernel.errors import NotAllowed, WrongState
from kernel.http.given import HEADERS
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casefile.services.give_orders import give_orders
from referrals.compartments import Compartment
from referrals.documents.loose import delete_loose_files
from referrals.documents.services.destroy import destroy
from referrals.keeping.rotate_case import rotate_case
from referrals.models.access import Level
from referrals.models.document import Reason
from referrals.searching.question import Question
from referrals.searching.search import search_within
from referrals.sharing.received import received
from tests.referrals.documents.test_copies import SAID, copied, listed, taken
from tests.referrals.documents.test_loose_files import files_of
from tests.referrals.documents.test_uploading import documented, rows, sent
from tests.support.database import admin, as_admin
from tests.support.documents import PNG, a_document, a_pdf
from tests.support.exports import made
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import stale

pytestmark = pytest.mark.database
GONE = "UPDATE referrals_document SET state = 'destroyed' WHERE id = %s"


def destroyed(seat, document_id, reason=Reason.WRONG_FILE):
    with acting_as(seat.viewer) as viewer:
        return destroy(viewer, document_id, reason)


def row_of(document_id):
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT state, about, file_key FROM referrals_document WHERE id = %s", [document_id]
        ).fetchone()


def test_nothing_is_left_of_it_but_that_it_was_there(world):
    case_id = world.activated()
    kept = a_document(world.pilot, case_id)
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID), name="coquelicot.pdf")
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    copy_id = copied(world.coordinator, document_id, world.gendarme)
    with acting_as(world.gendarme.viewer) as viewer:
        before = received(viewer).running[0].elements
    address = reverse("referrals:destroy_document", args=[document_id])
    page = world.coordinator.browser.get(reverse("referrals:document", args=[document_id]))
    assert address in page.text
    assert world.coordinator.browser.get(address).status_code == 200
    assert world.coordinator.browser.post(address, {}).status_code == 422
    assert world.coordinator.browser.post(address, {"reason": "replaced"}).status_code == 422
    done = world.coordinator.browser.post(address, {"reason": "not_allowed"})
    assert done.status_code == 302
    assert row_of(document_id) == row_of(copy_id) == ("destroyed", None, None)
    for seat, number in ((world.coordinator, document_id), (world.gendarme, copy_id)):
        assert taken(seat, number).status_code == 404
        assert seat.browser.get(f"/documents/{number}/").status_code == 404
        assert seat.browser.get(f"/elements/{number}/qui-voit/").status_code == 404
    assert listed(world.coordinator, case_id) == {kept}
    delete_loose_files(500)
    assert files_of(case_id) == [f"{kept}.original", f"{kept}.served"]
    with acting_as(world.coordinator.viewer) as viewer:
        assert search_within(viewer, Question(words="coquelicot")).count == 0
        told = case_file(viewer, case_id).milestones[-1]
    assert (told.kind, told.detail) == ("document.destroyed", str(Reason.NOT_ALLOWED.label))
    with acting_as(world.gendarme.viewer) as viewer:
        assert received(viewer).running[0].elements == before - 1
    with admin(database_name()) as connection:
        ((payload,),) = connection.execute(
            "SELECT payload FROM audit_entry WHERE cell_id = %s AND kind = 'document.destroyed'",
            [world.cell.pk],
        ).fetchall()
    assert json.loads(bytes(payload))["facts"]["cause"] == "not_allowed"
    assert rotate_case(case_id) > 0, "what is empty is not sealed anew"


def test_who_destroys_what(world):
    case_id = world.activated()
    of_school, of_school_too = (a_document(world.pilot, case_id) for _number in range(2))
    world.shared(case_id, world.gendarme, Compartment.FACTS, level=Level.CONTRIBUTE)
    of_police = a_document(world.gendarme, case_id)
    of_office = a_document(world.prosecutor, case_id)
    for seat, number in (
        (world.gendarme, of_school),
        (world.pilot, of_police),
        (world.pilot, of_office),
        (world.coordinator, of_office),
    ):
        with pytest.raises(NotAllowed):
            destroyed(seat, number)
        with injected(seat) as connection:
            assert refusal(connection, GONE, number) == "42501", "by SQL as well"
        address = reverse("referrals:destroy_document", args=[number])
        assert seat.browser.get(address).status_code == 403
        assert address not in seat.browser.get(reverse("referrals:document", args=[number])).text
    with injected(world.pilot) as connection:
        connection.execute(GONE, [of_school])
        with pytest.raises(Exception, match="without an entry"):
            connection.commit()
    destroyed(world.gendarme, of_police)
    destroyed(world.pilot, of_school)
    # The next day it is no mistake of the moment any more: it may be what somebody looks for.
    as_admin(
        "UPDATE referrals_document SET created_at = now() - interval '25 hours' WHERE id = %s",
        of_school_too,
    )
    with pytest.raises(NotAllowed):
        destroyed(world.pilot, of_school_too)
    with injected(world.pilot) as connection:
        assert refusal(connection, GONE, of_school_too) == "42501"
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(viewer, case_id, freeze_acts=True, pause_interviews=False)
    with pytest.raises(WrongState):
        destroyed(world.coordinator, of_school_too)
    destroyed(world.prosecutor, of_office)
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(viewer, case_id, freeze_acts=False, pause_interviews=False)
    destroyed(world.coordinator, of_school_too)


def test_a_program_destroys_as_a_page_does(world):
    """The same reasons, the same people, a factor shown a moment ago, and once for a key."""
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    copied_too = a_document(world.pilot, case_id, content=a_pdf(SAID), name="rapport.pdf")
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    copy_id = copied(world.coordinator, copied_too, world.gendarme)

    def asked(seat, number, key="", **body):
        return seat.browser.post(
            f"/api/v1/documents/{number}/destroy/",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    for body in ({}, {"reason": "replaced"}, {"reason": "why not"}, {"reason": None}):
        assert asked(world.pilot, document_id, **body).status_code == 422, body
    reason = {"reason": "not_needed"}
    assert asked(world.pilot, document_id, why="x", **reason).status_code == 422
    assert asked(world.gendarme, document_id, **reason).status_code == 403
    unseen = asked(world.police, document_id, **reason)
    assert unseen.status_code == 404
    assert unseen.content == asked(world.police, uuid4(), **reason).content
    stale(world.pilot.person)
    later = asked(world.pilot, document_id, "a", **reason)
    assert (later.status_code, later.json()["error"]["code"]) == (403, "step_up_required")
    page = world.pilot.browser.post(
        reverse("referrals:destroy_document", args=[document_id]), reason
    )
    assert page["Location"].startswith(reverse("agencies:confirm"))
    with injected(world.pilot) as connection, pytest.raises(Exception, match="fresh factor"):
        connection.execute(GONE, [document_id])
    assert row_of(document_id)[0] == "ready"
    done = [asked(world.coordinator, document_id, key, **reason) for key in ("b", "b", "c")]
    assert [answer.status_code for answer in done] == [200, 200, 404]
    told = {"id": str(document_id), "case": str(case_id), "state": "destroyed"}
    assert done[0].json() == done[1].json() == told
    assert asked(world.coordinator, copied_too, "b", **reason).status_code == 409
    assert asked(world.prosecutor, copied_too, **reason).status_code == 200
    assert row_of(copied_too) == row_of(copy_id) == ("destroyed", None, None)


def test_a_copy_says_nothing_that_was_taken_out_of_it(world):
    """Neither its name nor where it comes from is that of the original; a former copy is empty."""
    case_id = world.activated()
    document_id = a_document(
        world.pilot, case_id, content=a_pdf(SAID), name="certificat Nina Alba.pdf"
    )
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    first = copied(world.coordinator, document_id, world.gendarme)
    second = copied(world.prosecutor, document_id, world.gendarme, words=("nina  ALBA", "Paul"))
    assert row_of(first) == ("destroyed", None, None)
    page = world.gendarme.browser.get(f"/api/v1/documents/{second}/")
    assert "Nina" not in page.text
    assert "Nina" not in taken(world.gendarme, second).headers["Content-Disposition"]
    assert page.json()["name"] == "Compte rendu.pdf"
    assert page.json()["source"] == ""


def test_nothing_is_kept_of_an_intimate_image(world):
    """The answer comes after the file, from whoever sends it so: it is forgotten at once."""
    case_id = world.submitted()
    form = {"nature": "photo", "part": "facts", "intimate": "yes", "upload_name": "a.png"}
    upload_id = sent(world.pilot, case_id, PNG)
    address = reverse("referrals:add_document", args=[case_id])
    refused = world.pilot.browser.post(address, form | {"upload": upload_id})
    assert refused.status_code == 422
    assert "3018" in refused.text
    assert rows(case_id) == (0, 0)
    upload_id = sent(world.pilot, case_id, PNG)
    answer = documented(world.pilot, case_id, upload_id, intimate=True)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "intimate_image"
    assert rows(case_id) == (0, 0)
    with admin(database_name()) as connection:
        refusals = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE cell_id = %s AND outcome = 'refused'",
            [world.cell.pk],
        ).fetchone()
    assert refusals == (2,)


def test_bytes_that_people_sent_are_inert_in_every_answer(world):
    """What would need an origin of its own elsewhere: no origin, no guess, no frame, no other."""
    case_id = world.submitted()
    document_id = a_document(world.pilot, case_id)
    export_id = made(world.coordinator, case_id)
    places = {
        reverse("referrals:download_document", args=[document_id]): "attachment",
        reverse("referrals:document_page", args=[document_id, 1]): "inline",
        f"/api/v1/documents/{document_id}/content/": "attachment",
        reverse("referrals:download_export", args=[export_id]): "attachment",
    }
    for address, disposition in places.items():
        answer = world.coordinator.browser.get(address)
        assert answer.status_code == 200, address
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (address, name)
        assert answer.headers["Content-Disposition"].startswith(f"{disposition}; "), address
        assert answer.headers["X-Frame-Options"] == "DENY", address
        assert "sandbox" in HEADERS["Content-Security-Policy"]
