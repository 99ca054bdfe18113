"""An export holds what its reader sees of one case and nothing else, for a day."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse

from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import Invalid, NotFound, StepUpRequired, TooMany, WrongState
from kernel.files.blobs import unseal
from kernel.files.store import store
from kernel.outbox import relay
from kernel.outbox.relay import do_work, drain
from kernel.scope import acting_as
from referrals.api import printing
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.exporting import contents
from referrals.exporting.services import make as making
from referrals.exporting.services.end import end_exports
from referrals.exporting.services.fetch import begin_taking
from referrals.keeping.rotate_case import rotate_case
from referrals.sharing.services.answer import revoke
from tests.support.database import admin, as_admin
from tests.support.documents import a_document, a_pdf
from tests.support.exports import asked, line_of, made, taken, text_of_pages, words_in
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
C = Compartment


def entries(world, kind):
    """What the record holds of a kind in this cell: actor and payload."""
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT actor, subject_id, payload FROM audit_entry"
            " WHERE cell_id = %s AND kind = %s AND outcome = 'done' ORDER BY id",
            [world.cell.pk, kind],
        ).fetchall()


def place(case_id, export_id) -> Path:
    return Path(settings.FILES_DIR) / "cases" / str(case_id) / f"{export_id}-1.export"


def test_the_file_is_what_the_page_shows_to_its_reader(world):
    case_id = world.activated(mark="Marque")
    a_document(world.pilot, case_id, content=a_pdf("secret"), name="compte rendu.pdf")
    world.shared(case_id, world.gendarme, C.FACTS, C.IDENTITY_PRESUMED)
    for seat in (world.gendarme, world.coordinator, world.pilot):
        content = json.loads(taken(seat, made(seat, case_id)))
        with acting_as(seat.viewer) as viewer:
            printed = printing.case_file(case_file(viewer, case_id))
        shown = json.dumps(contents.exported(printed), cls=DjangoJSONEncoder)
        assert content["case"] == json.loads(shown)
        assert contents.undecided(printed) == set()
    gendarme = json.loads(taken(world.gendarme, made(world.gendarme, case_id)))["case"]
    assert set(gendarme["contents"]) == {"facts"}
    assert {party["role"] for party in gendarme["parties"]} == {"presumed_perpetrator"}
    assert [line["name"] for line in gendarme["documents"]] == ["compte rendu.pdf"]


@pytest.mark.parametrize("form", ["json", "pdf", "csv"])
def test_nothing_of_another_case_or_part_is_in_it_and_no_number_of_ours(world, form):
    case_id = world.activated(mark="Voisine")
    world.activated(mark="Etrangere")
    world.shared(case_id, world.gendarme, C.FACTS, C.IDENTITY_PRESUMED)
    words = words_in(taken(world.gendarme, made(world.gendarme, case_id, form)), form)
    assert "InsultesrépétéesVoisine" in words or "Insultes répétées Voisine" in words
    assert "Etrangere" not in words
    for hidden in ("Deux entretiens", "Deuxentretiens", "CibleVoisine", "AlbaVoisine"):
        assert hidden not in words
    ours = [str(case_id), str(world.gendarme.viewer.seat_id), str(world.gendarme.viewer.account_id)]
    with acting_as(world.coordinator.viewer) as viewer:
        opened = case_file(viewer, case_id)
    ours += [str(party.id) for party in opened.parties] + [str(s.pk) for s in opened.shares]
    assert not [number for number in ours if number in words]


def test_every_page_of_the_pdf_names_reader_agency_and_time(world):
    mark = "mot " * 900
    case_id = world.activated(mark=mark.strip())
    viewer = world.coordinator.viewer
    pages = text_of_pages(taken(world.coordinator, made(world.coordinator, case_id, "pdf")))
    assert len(pages) > 1
    for page in pages:
        assert viewer.display_name in page
        assert viewer.agency_name in page
        assert "R-" in page
    assert "Élèves, par initiales" in "".join(pages)


def test_one_export_is_one_entry_with_its_digest_and_one_download_another(world):
    case_id = world.activated()
    export_id = made(world.coordinator, case_id)
    ((actor, subject, payload),) = entries(world, "export.made")
    row = line_of(world.coordinator, export_id).export
    facts = json.loads(bytes(payload))["facts"]
    assert (actor, subject) == (world.coordinator.viewer.account_id, export_id)
    assert facts["receipt"] == row.receipt
    assert facts["goal"] == "meeting"
    content = taken(world.coordinator, export_id)
    assert facts["sha256"] == row.sha256 == hashlib.sha256(content).hexdigest()
    called = world.coordinator.browser.get(f"/api/v1/exports/{export_id}/content/")
    assert called.getvalue() == content
    assert row.receipt in called["Content-Disposition"]
    assert len(entries(world, "export.taken")) == 2
    do_work()
    assert len(entries(world, "export.made")) == 1


def test_it_is_asked_and_taken_with_a_fresh_factor_only(world):
    case_id = world.activated()
    export_id = made(world.coordinator, case_id)
    stale = "UPDATE kernel_session SET factor_at = now() - interval '6 minutes' WHERE seat_id = %s"
    seat = world.coordinator.viewer.seat_id
    as_admin(stale, seat)
    with pytest.raises(StepUpRequired), acting_as(world.coordinator.viewer) as viewer:
        begin_taking(viewer, export_id)
    with pytest.raises(StepUpRequired):
        asked(world.coordinator, case_id)
    with injected(world.coordinator) as connection:
        copied = (
            "INSERT INTO referrals_export SELECT gen_random_uuid(), cell_id, seat_id, account_id,"
            " party_id, share_id, recipient_name, form, purpose, 'r-x', state, progress,"
            " failure, scope, size, sha256, file_key, factor_at, asked_at, made_at, expires_at,"
            " case_id FROM referrals_export"
        )
        assert refusal(connection, copied) == "42501"


def test_what_was_asked_survives_a_worker_that_dies(world, monkeypatch):
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id)

    def dies(*args):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(making, "written", dies)
        do_work()
    assert line_of(world.coordinator, export_id).waiting
    as_admin("UPDATE kernel_outbox SET due_at = now() WHERE event_id = %s", export_id)
    do_work()
    assert line_of(world.coordinator, export_id).ready


def test_what_keeps_failing_is_said_plainly(world, monkeypatch):
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id)

    def dies(*args):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(making, "written", dies)
        for _try in range(relay.TRIES):
            as_admin("UPDATE kernel_outbox SET due_at = now() WHERE event_id = %s", export_id)
            do_work()
    line = line_of(world.coordinator, export_id)
    assert (line.export.state, line.export.failure) == ("failed", "broken")
    shown = world.coordinator.browser.get(reverse("referrals:exports")).text
    assert "Le fichier n&#x27;a pas pu être préparé" in shown
    answer = world.coordinator.browser.get(reverse("referrals:download_export", args=[export_id]))
    assert answer.status_code == 409


def test_a_right_that_ends_before_ends_the_export_and_after_ends_the_file(world):
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme, C.FACTS)
    early = made(world.gendarme, case_id)
    late = asked(world.gendarme, case_id)
    address = reverse("referrals:download_export", args=[early])
    assert world.gendarme.browser.get(address).status_code == 200
    with acting_as(world.coordinator.viewer) as viewer:
        revoke(viewer, share_id)
    do_work()
    assert line_of(world.gendarme, late).export.failure == "access_ended"
    assert not place(case_id, late).exists()
    assert world.gendarme.browser.get(address).status_code == 404
    end_exports(500)
    assert not place(case_id, early).exists()
    line = line_of(world.gendarme, early)
    assert (line.export.state, line.reference) == ("expired", "")


def test_who_loses_a_part_loses_the_file_that_holds_it(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    wider = world.shared(case_id, world.gendarme, C.SCHOOL_STEPS)
    export_id = made(world.gendarme, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        revoke(viewer, wider)
    with pytest.raises(NotFound), acting_as(world.gendarme.viewer) as viewer:
        begin_taking(viewer, export_id)
    end_exports(500)
    assert line_of(world.gendarme, export_id).export.state == "expired"


def test_it_ends_after_a_day_to_the_second_and_its_file_and_key_with_it(world):
    case_id = world.activated()
    export_id = made(world.coordinator, case_id)
    row = line_of(world.coordinator, export_id).export
    assert row.expires_at - row.made_at == pytest.approx(
        timedelta(hours=24), abs=timedelta(seconds=1)
    )
    as_admin("UPDATE referrals_export SET expires_at = now() WHERE id = %s", export_id)
    assert line_of(world.coordinator, export_id).export.state == "expired"
    with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
        begin_taking(viewer, export_id)
    assert place(case_id, export_id).exists()
    end_exports(500)
    assert not place(case_id, export_id).exists()
    found = as_key(export_id)
    assert found is None
    assert len(entries(world, "export.deleted")) == 1


def as_key(export_id):
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT file_key FROM referrals_export WHERE id = %s", [export_id]
        ).fetchone()[0]


def test_what_lies_on_the_disk_is_sealed_under_the_case(world):
    case_id = world.activated(mark="Lisible")
    export_id = made(world.coordinator, case_id)
    sealed = place(case_id, export_id).read_bytes()
    assert b"Lisible" not in sealed
    assert b"dossier" not in sealed
    name = f"cases/{case_id}/{export_id}-1.export"
    with pytest.raises(CannotDecrypt):
        unseal(bytes(32), name, store().get(name))


def test_nobody_else_finds_it(world, elsewhere):
    case_id = world.activated()
    export_id = made(world.coordinator, case_id)
    others = (world.prosecutor, world.pilot, world.gendarme, elsewhere.coordinator)
    for seat in others:
        answer = seat.browser.get(reverse("referrals:download_export", args=[export_id]))
        assert answer.status_code == 404
        with injected(seat) as connection:
            seen = connection.execute("SELECT count(*) FROM referrals_export").fetchone()
        assert seen == (0,)


def test_a_session_of_the_work_is_gone_with_it_and_opens_no_other_export(world):
    case_id = world.activated()
    made(world.coordinator, case_id)
    minted = "SELECT FROM kernel_session WHERE channel = 'task' AND seat_id = %s"
    assert as_admin(minted, world.coordinator.viewer.seat_id) == 0
    export_id = asked(world.coordinator, case_id)
    with injected(world.coordinator) as connection:
        for statement in (
            f"SELECT referrals.finish_export('{export_id}', 0, 1, 'x', 'x')",
            f"SELECT referrals.move_export('{export_id}', 50)",
        ):
            assert connection.execute(statement).fetchone()[0] in (None, False)
        for statement in (
            f"SELECT referrals.open_export('{export_id}', 'x')",
            f"SELECT referrals.fail_export('{export_id}', NULL, 'broken')",
        ):
            assert refusal(connection, statement) == "42501"


def test_the_reader_is_told_once_it_is_ready_and_nobody_else(world):
    case_id = world.activated()
    drain()
    made(world.coordinator, case_id)
    drain()
    with admin(database_name()) as connection:
        told = connection.execute(
            "SELECT account_id FROM kernel_notice WHERE cell_id = %s AND kind = 'export.ready'",
            [world.cell.pk],
        ).fetchall()
    assert told == [(world.coordinator.viewer.account_id,)]


def test_more_than_twenty_in_an_hour_are_too_many(world: World):
    case_id = world.activated()
    seat: Seated = world.coordinator
    for _each in range(20):
        asked(seat, case_id)
    with pytest.raises(TooMany):
        asked(seat, case_id)


def test_for_one_recipient_it_is_what_their_own_page_shows(world):
    case_id = world.activated(mark="Marque")
    share_id = world.shared(case_id, world.gendarme, C.FACTS, C.IDENTITY_PRESUMED)
    world.shared(case_id, world.victim_support, C.SCHOOL_STEPS)
    export_id = made(world.coordinator, case_id, share_id=share_id)
    content = json.loads(taken(world.coordinator, export_id))
    own = json.loads(taken(world.gendarme, made(world.gendarme, case_id)))
    assert content["case"] == own["case"]
    assert content["export"]["recipient"] == world.gendarme.viewer.agency_name
    with acting_as(world.coordinator.viewer) as viewer:
        revoke(viewer, share_id)
    with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
        begin_taking(viewer, export_id)
    end_exports(500)
    assert line_of(world.coordinator, export_id).export.state == "expired"


def test_nobody_but_coordination_makes_one_for_a_recipient(world):
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme, C.FACTS)
    for seat in (world.gendarme, world.prosecutor):
        with pytest.raises(Invalid):
            asked(seat, case_id, share_id=share_id)
    other = world.activated()
    with pytest.raises(Invalid):
        asked(world.coordinator, other, share_id=share_id)


def test_a_new_key_of_the_case_opens_what_was_made_before(world):
    case_id = world.activated()
    waits, export_id = asked(world.pilot, case_id), made(world.coordinator, case_id)
    rotate_case(case_id)
    assert json.loads(taken(world.coordinator, export_id))["export"]["receipt"]
    do_work()
    assert line_of(world.pilot, waits).ready
