"""A document is added by those who may fill its part, and given out to those who see that part."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.files.receiving import LARGEST_IN_A_FORM
from kernel.http.given import POLICY
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.documents.services import add as adding
from referrals.documents.services.add import NewDocument
from referrals.models.access import Level
from referrals.models.document import Nature
from referrals.sharing.services import answer
from tests.support.database import admin
from tests.support.documents import PNG, a_document, a_docx, a_pdf, an_odt
from tests.support.searching import database_name
from tests.support.walls import injected, refusal, without_row_security
from tests.support.world import World

pytestmark = pytest.mark.database
C = Compartment
FORM = {"nature": "report", "part": "facts", "intimate": "no"}


def sent(seat, case_id, content, name="compte rendu.pdf", **fields):
    """What the page answers to the form with this file."""
    address = reverse("referrals:add_document", args=[case_id])
    file = SimpleUploadedFile(name, content, "text/html")
    return seat.browser.post(address, {**FORM, "file": file, **fields})


def downloaded(seat, document_id):
    return seat.browser.get(reverse("referrals:download_document", args=[document_id]))


def names(seat, case_id):
    with acting_as(seat.viewer) as viewer:
        return [line.about.name for line in case_file(viewer, case_id).documents]


def listed(seat, case_id):
    with acting_as(seat.viewer) as viewer:
        return {line.id for line in case_file(viewer, case_id).documents}


def stored(case_id) -> list[Path]:
    return sorted((Path(settings.FILES_DIR) / "cases" / str(case_id)).glob("*"))


@pytest.mark.parametrize(
    ("content", "media", "suffix"),
    [
        (a_pdf(), "application/pdf", ".pdf"),
        (PNG, "image/png", ".png"),
        (
            a_docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ".docx",
        ),
        (an_odt(), "application/vnd.oasis.opendocument.text", ".odt"),
    ],
)
def test_a_file_is_what_its_content_says(world, content, media, suffix):
    """Whatever name and type came with it; and it is saved, never run, by who downloads it."""
    case_id = world.submitted()
    assert sent(world.pilot, case_id, content, name="photo.exe").status_code == 302
    with acting_as(world.pilot.viewer) as viewer:
        (line,) = case_file(viewer, case_id).documents
    assert line.about.name == f"photo{suffix}"
    assert line.about.sha256 == hashlib.sha256(content).hexdigest()
    response = downloaded(world.coordinator, line.id)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == media
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["Cache-Control"] == "no-store"


def test_what_lies_in_the_store_is_sealed(world):
    case_id = world.submitted()
    mark = b"CNRY-en-clair"
    a_document(world.pilot, case_id, content=a_pdf(mark.decode()), name=f"{mark.decode()}.pdf")
    files = stored(case_id)
    assert files
    for path in files:
        assert mark not in path.read_bytes()
        assert b"%PDF" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("change", [b"flip", b"cut", b"more"])
def test_a_changed_file_is_never_given_out(world, change):
    case_id = world.submitted()
    document_id = a_document(world.pilot, case_id)
    (path,) = [p for p in stored(case_id) if p.suffix in {".served", ".original"}][-1:]
    whole = path.read_bytes()
    middle = len(whole) // 2
    changed = {
        b"flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        b"cut": whole[:-1],
        b"more": whole + b"\x00",
    }
    path.write_bytes(changed[change])
    assert downloaded(world.pilot, document_id).status_code == 503


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 422), (b"<html><script>alert(1)</script>", 422), (b"MZ\x90\x00" + b"\0" * 99, 422)],
)
def test_what_is_not_accepted_leaves_nothing(world, content, code):
    case_id = world.submitted()
    response = sent(world.pilot, case_id, content)
    assert response.status_code == code
    assert names(world.pilot, case_id) == []
    assert stored(case_id) == []


def test_a_file_too_large_for_a_form_takes_nothing_typed_away(world):
    case_id = world.submitted()
    large = b"%PDF-1.7" + b"0" * LARGEST_IN_A_FORM
    response = sent(world.pilot, case_id, large, nature="screenshot", source="Groupe de classe")
    assert response.status_code == 422
    assert "Ce fichier dépasse 5 Mo" in response.text
    assert "Groupe de classe" in response.text
    assert stored(case_id) == []


def test_an_intimate_image_is_refused_with_the_number_to_call(world):
    case_id = world.submitted()
    response = sent(world.pilot, case_id, PNG, intimate="yes")
    assert response.status_code == 422
    assert "appelez le 3018" in response.text
    assert stored(case_id) == []
    with acting_as(world.pilot.viewer) as viewer, pytest.raises(Invalid) as refused:
        adding.prepare(viewer, case_id, NewDocument(C.FACTS, Nature.PHOTO, "x", intimate=True))
    assert refused.value.code == "intimate_image"


def test_a_screenshot_says_when_and_where_it_was_taken(world):
    case_id = world.submitted()
    response = sent(world.pilot, case_id, PNG, nature="screenshot")
    assert response.status_code == 422
    assert "jour où la capture a été faite" in response.text
    told = {"captured_on": "2026-11-02", "source": "Groupe de classe"}
    assert sent(world.pilot, case_id, PNG, nature="screenshot", **told).status_code == 302
    page = world.coordinator.browser.get(reverse("referrals:case", args=[case_id]))
    assert "Groupe de classe" in page.text
    assert "02/11/2026" in page.text


def test_sending_the_form_twice_adds_one_document(world):
    case_id = world.submitted()
    assert [sent(world.pilot, case_id, PNG, _key="same").status_code for _ in range(2)] == [
        302,
        302,
    ]
    assert len(names(world.pilot, case_id)) == 1
    assert len({path.stem for path in stored(case_id)}) == 1


def test_a_document_is_seen_by_those_who_see_its_part(world):
    case_id = world.activated()
    facts = a_document(world.pilot, case_id, C.FACTS, name="faits.pdf")
    cell = a_document(world.coordinator, case_id, C.CELL, name="cellule.pdf")
    judicial = a_document(world.prosecutor, case_id, C.JUDICIAL, name="parquet.pdf")
    world.shared(case_id, world.gendarme, C.FACTS)
    seen = {
        "pilot": {facts},
        "coordinator": {facts, cell},
        "prosecutor": {facts, cell, judicial},
        "gendarme": {facts},
    }
    for who, seat in world.everybody().items():
        for document_id in (facts, cell, judicial):
            expected = 200 if document_id in seen.get(who, set()) else 404
            assert downloaded(seat, document_id).status_code == expected, (who, document_id)


def test_a_share_covers_documents_as_it_covers_everything(world):
    """What came before it, later ones only when it says so, and nothing once it has ended."""
    case_id = world.activated()
    before = a_document(world.pilot, case_id)
    narrow = world.shared(case_id, world.gendarme, C.FACTS)
    world.shared(case_id, world.police, C.FACTS, include_future=True)
    later = a_document(world.pilot, case_id)
    assert downloaded(world.gendarme, before).status_code == 200
    assert downloaded(world.gendarme, later).status_code == 404
    assert downloaded(world.police, later).status_code == 200
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, narrow)
    assert downloaded(world.gendarme, before).status_code == 404
    with admin(database_name()) as connection:
        assert connection.execute(
            "SELECT count(*) FROM referrals.drift() d WHERE d = %s", [case_id]
        ).fetchone() == (0,)


def test_an_expired_share_opens_no_document_though_nothing_has_tidied(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    world.shared(case_id, world.gendarme, C.FACTS)
    assert downloaded(world.gendarme, document_id).status_code == 200
    with admin(database_name()) as connection:
        for table, column in (
            ("grant", "valid_until"),
            ("document", "recheck_at"),
            ("case", "recheck_at"),
            ("case_key", "recheck_at"),
            ("compartment", "recheck_at"),
            ("party", "recheck_at"),
        ):
            where = (
                "share_id IS NOT NULL AND case_id"
                if table == "grant"
                else "id"
                if table == "case"
                else "case_id"
            )
            connection.execute(
                f"UPDATE referrals_{table} SET {column} = now() - %s WHERE {where} = %s",
                [timedelta(seconds=1), case_id],
            )
    assert downloaded(world.gendarme, document_id).status_code == 404
    assert downloaded(world.pilot, document_id).status_code == 200
    with admin(database_name()) as connection:
        connection.execute("SELECT referrals.sync_case(%s)", [case_id])


def test_who_contributes_adds_to_their_parts_and_sees_what_they_added(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS, level=Level.CONTRIBUTE)
    world.shared(case_id, world.police, C.FACTS)
    document_id = a_document(world.gendarme, case_id)
    assert downloaded(world.gendarme, document_id).status_code == 200
    assert downloaded(world.coordinator, document_id).status_code == 200
    assert downloaded(world.police, document_id).status_code == 404
    with pytest.raises(Invalid):
        a_document(world.gendarme, case_id, C.SCHOOL_STEPS)
    with pytest.raises(NotAllowed):
        a_document(world.police, case_id)
    with pytest.raises(NotFound):
        a_document(world.victim_support, case_id)


def test_a_closed_case_takes_no_document_and_still_gives_out_those_it_has(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    world.closed(case_id)
    with pytest.raises(WrongState):
        a_document(world.pilot, case_id)
    assert sent(world.pilot, case_id, PNG).status_code == 409
    assert downloaded(world.pilot, document_id).status_code == 200


INSERT = (
    "INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,"
    " file_key, copy_of_id, only_for, owner_unit, owner_name, withheld, added_by, created_at,"
    " since, version, viewers, editors, recheck_at) VALUES (gen_random_uuid(), %s, %s, %s,"
    " 'other', 'pdf', 1, 'ready', 'x', 'x', NULL, NULL, %s, 'x', '{}', gen_random_uuid(), now(),"
    " now() - interval '1 year', 1, %s, %s, 'infinity')"
)


@pytest.mark.parametrize(
    ("who", "bit", "code"),
    [
        ("gendarme", 3, "1 rows"),
        ("gendarme", 4, "42501"),
        ("gendarme", 6, "42501"),
        ("police", 3, "42501"),
        ("coordinator", 6, "42501"),
        ("coordinator", 10, "1 rows"),
        ("prosecutor", 6, "1 rows"),
        ("auditor", 3, "42501"),
    ],
)
def test_the_database_alone_keeps_documents_out_of_other_parts(ground, who, bit, code):
    """By SQL, with invented viewers, an invented owner and an invented age."""
    world, case_id, _document = ground
    seat = world.everybody()[who]
    mine = list(seat.viewer.units)
    values = [world.cell.pk, case_id, bit, seat.accession.unit_id, mine, mine]
    with injected(seat) as connection:
        assert refusal(connection, INSERT, *values) == code


@pytest.fixture(scope="module")
def ground(database):
    """A case with a document of its facts, to which the gendarmerie contributes."""
    world = World()
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    world.shared(case_id, world.gendarme, C.FACTS, level=Level.CONTRIBUTE)
    return world, case_id, document_id


def test_each_wall_alone_keeps_documents_from_others(ground):
    world, case_id, document_id = ground
    count = "SELECT count(*) FROM referrals_document WHERE id = %s"
    for who, seat in world.everybody().items():
        expected = 1 if who in {"pilot", "coordinator", "prosecutor", "gendarme"} else 0
        with injected(seat) as connection:
            assert connection.execute(count, [document_id]).fetchone() == (expected,), who
    judicial = a_document(world.prosecutor, case_id, C.JUDICIAL)
    with without_row_security("referrals_document"):
        for who in ("police", "victim_support", "auditor", "cell_admin", "other_pilot"):
            assert downloaded(world.everybody()[who], document_id).status_code == 404, who
        for who in ("pilot", "coordinator", "gendarme"):
            # They see the case, and this part of it is not theirs.
            assert downloaded(world.everybody()[who], judicial).status_code == 404, who
            assert judicial not in listed(world.everybody()[who], case_id), who


@pytest.mark.parametrize("column", ["viewers", "editors", "withheld", "only_for", "bit", "about"])
def test_the_runtime_role_changes_nothing_of_who_sees_it(ground, column):
    world, _case_id, document_id = ground
    with injected(world.coordinator) as connection:
        statement = f"UPDATE referrals_document SET {column} = {column} WHERE id = %s"
        assert refusal(connection, statement, document_id) == "42501"


def test_reading_and_adding_are_on_record(world):
    case_id = world.submitted()
    document_id = a_document(world.pilot, case_id)
    downloaded(world.coordinator, document_id)
    with admin(database_name()) as connection:
        kinds = connection.execute(
            "SELECT kind, count(*) FROM audit_entry WHERE cell_id = %s AND kind LIKE 'document.%%'"
            " GROUP BY kind ORDER BY 1",
            [world.cell.pk],
        ).fetchall()
    assert kinds == [("document.added", 1), ("document.read", 1)]
