"""An export of the record from its pages holds without Rempart, and is its auditor's alone."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from audit.desk.exporting import ask as asking
from audit.desk.exporting import make as making
from audit.desk.exporting.end import end_exports
from audit.desk.exporting.rows import my_extract
from audit.desk.filters import Filters
from audit.desk.pages import exports
from kernel.bounds import IN_TURN
from kernel.errors import NotFound, TooMany, WrongState
from kernel.outbox.relay import do_work
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.audit.working import seal, verified
from tests.support.at_once import Acting, held
from tests.support.database import admin, as_admin
from tests.support.exports import extracted, text_of_pages, verdict
from tests.support.searching import database_name
from tests.support.walls import injected, refusal, said_to_be_elsewhere, without_row_security
from tests.support.world import Seated, World, stale

pytestmark = pytest.mark.database
EXPORTS = "/journal/exports/"
READS = Filters(kind="case.read")


@pytest.fixture(scope="module")
def ground(database):
    """A case that was read three times, sealed, and two who read the record."""
    world = World()
    case_id = world.qualified()
    with acting_as(world.coordinator.viewer) as viewer:
        for _ in range(3):
            reference = case_file(viewer, case_id).case.reference
    seal(world.cell.pk)
    return SimpleNamespace(
        world=world,
        cell=world.cell.pk,
        case=case_id,
        reference=reference,
        auditor=world.auditor,
        browser=world.auditor.browser,
        colleague=Seated(world.auditor.accession, "dpo"),
    )


@pytest.fixture(autouse=True)
def room_for_more(ground):
    """Nobody has asked for anything in this hour."""
    older = "UPDATE audit_export SET asked_at = asked_at - interval '2 hours' WHERE cell_id = %s"
    as_admin(older, ground.cell)


def file_of(ground, export_id, attempt=1):
    folder = Path(settings.FILES_DIR) / "journal" / str(ground.cell)
    return folder / f"{export_id}-{attempt}.export"


def row_of(ground, export_id, seat=None):
    with acting_as((seat or ground.auditor).viewer) as viewer:
        return my_extract(viewer, export_id)


def asked(ground, filters=READS):
    with acting_as(ground.auditor.viewer) as viewer:
        return asking.ask(viewer, filters)


def kinds(ground):
    """What the record says of exports in this cell, in order."""
    return as_admin(
        "SELECT kind, actor, payload FROM audit_entry WHERE cell_id = %s AND outcome = 'done'"
        " AND kind LIKE 'audit.export%%' ORDER BY id",
        ground.cell,
    )


def test_what_is_taken_through_the_page_holds_without_rempart(ground, tmp_path, capsys):
    query = f"dossier={ground.reference}&evenement=case.read"
    assert f"{EXPORTS}?{query}" in ground.browser.get(f"/journal/?{query}").text.replace(
        "&amp;", "&"
    )
    page = ground.browser.get(f"{EXPORTS}?{query}")
    assert ground.reference in page.text
    assert "demandez-la à un organisme qui a un témoin" in page.text
    assert ground.browser.post(EXPORTS, {"filtres": query}).status_code == 302
    assert "Demandé" in ground.browser.get(EXPORTS).text
    before = len(kinds(ground))
    do_work()
    shown = ground.browser.get(EXPORTS).text
    assert "Le sceau manque encore" in shown
    [(export_id,)] = as_admin(
        "SELECT id FROM audit_export WHERE cell_id = %s ORDER BY asked_at DESC LIMIT 1", ground.cell
    )
    address = f"{EXPORTS}{export_id}/"
    waiting = ground.browser.get(address)
    assert "-sans-sceau.zip" in waiting["Content-Disposition"]
    code, said = verdict(ground.cell, waiting.getvalue(), tmp_path, capsys)
    assert code == 1
    assert "its files are not" in said
    seal(ground.cell)
    shown = ground.browser.get(EXPORTS).text
    assert "Le sceau manque encore" not in shown
    taken = ground.browser.get(address)
    content = taken.getvalue()
    assert int(taken["Content-Length"]) == len(content)
    assert "sans-sceau" not in taken["Content-Disposition"]
    code, said = verdict(ground.cell, content, tmp_path, capsys)
    assert (code, "Everything holds" in said) == (0, True), said
    called = ground.browser.get(f"/api/v1/audit/exports/{export_id}/content/")
    assert called.getvalue() == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    lines = [json.loads(line)["read"] for line in parts["entries.jsonl"].splitlines()]
    assert [(line["kind"], line["case_id"]) for line in lines] == [
        ("case.read", str(ground.case))
    ] * 3
    manifest = json.loads(parts["manifest.json"])
    assert manifest["filters"] == {"case": str(ground.case), "kind": "case.read"}
    paper = "".join("".join(text_of_pages(parts["record.pdf"])).split())
    assert ground.reference in paper
    assert ground.world.coordinator.viewer.display_name.replace(" ", "") not in paper
    digest = sha256(parts["manifest.json"]).hexdigest()
    assert digest[:8] in shown
    left = [(kind, json.loads(payload)["facts"]) for kind, _actor, payload in kinds(ground)]
    which, chosen = {"extract": str(export_id)}, ["case", "kind"]
    assert left[before:] == [
        ("audit.exported", which | {"filters": chosen, "sha256": digest, "entries": 3}),
        *[("audit.export_taken", which | {"sha256": digest})] * 3,
    ]
    assert left[before - 1] == ("audit.export_asked", which | {"filters": chosen})
    assert {actor for _kind, actor, _payload in kinds(ground)} == {ground.auditor.viewer.account_id}
    for damage in (parts["entries.jsonl"][40:41], parts["record.pdf"][-9:-8]):
        place = content.index(damage, 2000)
        bad = bytearray(content)
        bad[place] ^= 1
        assert verdict(ground.cell, bytes(bad), tmp_path, capsys)[0] == 1
    assert verified(ground.cell).clean


def test_a_worker_that_dies_leaves_work_that_is_taken_up_once(ground, monkeypatch):
    export_id = asked(ground)
    assert making.EXTRACTS.ask("open_export", export_id, b"gone") == 1

    def dies(*args, **options):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(making, "root_key", dies)
        do_work()
    row = row_of(ground, export_id)
    assert (row.state, row.progress, row.tries) == ("running", 95, 2)
    assert file_of(ground, export_id, 2).exists()
    before = len(kinds(ground))
    as_admin("UPDATE kernel_outbox SET due_at = now() WHERE event_id = %s", export_id)
    do_work()
    making.make(export_id)
    assert row_of(ground, export_id).ready
    assert [kind for kind, *_rest in kinds(ground)[before:]] == ["audit.exported"]
    [(left,)] = as_admin(
        "SELECT count(*) FROM kernel_session WHERE channel = 'task' AND seat_id = %s",
        ground.auditor.viewer.seat_id,
    )
    assert left == 0


def test_it_is_asked_and_taken_with_a_fresh_factor_by_who_reads_the_record(ground):
    export_id = extracted(ground.colleague, READS)
    insert = (
        "INSERT INTO audit_export (id, cell_id, seat_id, account_id, filters, state, asked_at,"
        " ends_at) SELECT gen_random_uuid(), kernel.session_cell(), {seat}, gen_random_uuid(),"
        " '{{}}', 'requested', now(), now()"
    )
    own = insert.format(seat="kernel.session_seat()")
    of_another = insert.format(seat=f"'{ground.auditor.viewer.seat_id}'")
    with injected(ground.colleague) as connection:
        assert refusal(connection, own) == "1 rows"
        assert refusal(connection, of_another) == "42501"
        elsewhere = own.replace("kernel.session_cell()", "kernel.session_cell() + 1")
        assert refusal(connection, elsewhere) == "42501"
    for other in (ground.auditor, ground.world.coordinator, ground.world.pilot):
        address = f"{EXPORTS}{export_id}/"
        assert other.browser.get(address).status_code == 404
        assert other.browser.get(f"/api/v1/audit/exports/{export_id}/").status_code == 404
        with injected(other) as connection:
            seen = "SELECT FROM audit_export WHERE id = %s"
            assert connection.execute(seen, [export_id]).rowcount == 0
    coordinator = ground.world.coordinator
    with injected(coordinator) as connection:
        assert refusal(connection, own) == "42501"
    with pytest.raises(NotFound), acting_as(coordinator.viewer) as viewer:
        asking.ask(viewer, READS)
    assert ground.colleague.browser.get(f"{EXPORTS}{export_id}/").status_code == 200
    stale(ground.colleague.person)
    with injected(ground.colleague) as connection:
        assert refusal(connection, own) == "42501"
    assert ground.colleague.browser.get(f"{EXPORTS}{export_id}/").status_code == 303
    assert ground.colleague.browser.post(EXPORTS, {"filtres": ""}).status_code == 303
    called = ground.colleague.browser.get(f"/api/v1/audit/exports/{export_id}/content/")
    assert (called.status_code, called.json()["error"]["code"]) == (403, "step_up_required")


def test_nothing_is_looked_up_for_who_does_not_read_the_record(ground, monkeypatch):
    monkeypatch.setattr(exports, "FiltersForm", None)
    browser = ground.world.coordinator.browser
    assert browser.get(f"{EXPORTS}?dossier={ground.reference}").status_code == 404
    assert browser.post(EXPORTS, {"filtres": "evenement=case.read"}).status_code == 404


def test_it_ends_after_a_day_and_its_file_and_key_with_it(ground):
    export_id, failed = extracted(ground.auditor, READS), asked(ground)
    row = row_of(ground, export_id)
    assert row.ends_at - row.asked_at == pytest.approx(timedelta(days=1), abs=timedelta(minutes=5))
    sealed = file_of(ground, export_id).read_bytes()
    assert b"PK" not in sealed[:8]
    assert b"entries.jsonl" not in sealed
    end_exports(500)
    assert row_of(ground, export_id).ready
    as_admin("UPDATE audit_export SET ends_at = now() WHERE id IN (%s, %s)", export_id, failed)
    assert row_of(ground, export_id).state == "expired"
    address = f"{EXPORTS}{export_id}/"
    assert ground.browser.get(address).status_code == 409
    assert file_of(ground, export_id).exists()
    end_exports(500)
    assert not file_of(ground, export_id).exists()
    assert ground.browser.get(address).status_code == 409
    assert as_admin("SELECT state, file_key FROM audit_export WHERE id = %s", export_id) == [
        ("expired", None)
    ]
    assert row_of(ground, failed).failure == "broken"
    do_work()
    assert row_of(ground, failed).state == "failed"
    gone = [number for number in deleted(ground) if number in (export_id, failed)]
    assert gone == [export_id]
    end_exports(500)
    assert len(deleted(ground)) == len(set(deleted(ground)))


def deleted(ground):
    rows = as_admin(
        "SELECT payload FROM audit_entry WHERE cell_id = %s AND kind = 'audit.export_deleted'",
        ground.cell,
    )
    return [UUID(json.loads(payload)["facts"]["extract"]) for (payload,) in rows]


def test_what_no_page_may_give_out_is_refused_with_what_to_do(ground, monkeypatch):
    with pytest.raises(WrongState, match="nothing"):
        asked(ground, Filters(kind="case.read", outcome="refused"))
    export_id = asked(ground)
    monkeypatch.setattr(asking, "MOST", 2)
    in_sql = CaptureQueriesContext(connections["default"])
    with in_sql as captured, pytest.raises(WrongState, match="too_many"):
        asked(ground)
    read = [each["sql"] for each in captured if "FROM audit_entry" in each["sql"]]
    assert read
    assert [sql for sql in read if "payload" in sql] == [], "only keys are counted"
    page = ground.browser.post(EXPORTS, {"filtres": "evenement=case.read"})
    assert page.status_code == 409
    assert "audit_export" in page.text
    assert ground.browser.post(EXPORTS, {"filtres": "du=hier"}).status_code == 422
    do_work()
    assert row_of(ground, export_id).failure == "too_many"
    assert ground.browser.get(f"{EXPORTS}{export_id}/").status_code == 409
    called = ground.browser.post(
        "/api/v1/audit/exports/", {"kind": "case.read"}, content_type="application/json"
    )
    assert (called.status_code, called.json()["error"]["code"]) == (409, "too_many")


def test_a_right_that_ends_before_leaves_no_file(ground):
    leaver = Seated(ground.world.auditor.accession, "auditor")
    with acting_as(leaver.viewer) as viewer:
        export_id = asking.ask(viewer, READS)
    as_admin(
        "UPDATE kernel_seat SET roles = ARRAY['cell_admin'] WHERE id = %s", leaver.viewer.seat_id
    )
    do_work()
    [(state, failure)] = as_admin(
        "SELECT state, failure FROM audit_export WHERE id = %s", export_id
    )
    assert (state, failure) == ("failed", "access_ended")
    assert not file_of(ground, export_id).exists()


def test_who_asks_waits_behind_whoever_counts_the_exports_of_that_seat(ground):
    of_the_seat = [IN_TURN, f"audit_export{ground.auditor.viewer.seat_id}"]
    with held("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", *of_the_seat) as until_waiting:
        acting = Acting(lambda: asked(ground))
        until_waiting(1)
    assert row_of(ground, acting.done()).waiting


def test_more_than_twenty_in_an_hour_are_too_many_for_both_walls(ground):
    export_id = asked(ground)
    as_admin("UPDATE kernel_outbox SET done_at = now() WHERE event_id = %s", export_id)
    with admin(database_name()) as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "INSERT INTO audit_export SELECT (jsonb_populate_record(e, jsonb_build_object("
            "'id', gen_random_uuid()))).* FROM audit_export e, generate_series(1, 19)"
            " WHERE e.id = %s",
            [export_id],
        )
    nothing = Filters(kind="case.read", outcome="refused")
    with CaptureQueriesContext(connections["default"]) as captured, pytest.raises(TooMany):
        asked(ground, nothing)
    assert [each["sql"] for each in captured if "FROM audit_entry" in each["sql"]] == []
    with injected(ground.auditor) as connection:
        own = (
            "INSERT INTO audit_export (id, cell_id, seat_id, account_id, filters, state, asked_at,"
            " ends_at) SELECT gen_random_uuid(), kernel.session_cell(), kernel.session_seat(),"
            " gen_random_uuid(), '{}', 'requested', now(), now()"
        )
        assert refusal(connection, own) == "23514"
        rung = "SELECT audit.ring_export('extracts:x', 'changed', NULL)"
        assert refusal(connection, rung) == "42501"


def test_only_the_work_itself_moves_and_finishes_an_export(ground):
    export_id = asked(ground)
    moved = "SELECT audit.move_export(%s, 50)"
    finished = "SELECT audit.finish_export(%s, 1, 1, 1, 'x', 'x')"

    def answers(seat, channel, state, at_work=ground.auditor):
        """What both functions say to a session of this seat, of this channel."""
        with admin(database_name()) as connection, connection.transaction(force_rollback=True):
            connection.execute(
                "UPDATE kernel_session SET channel = %s WHERE seat_id = %s",
                [channel, seat.viewer.seat_id],
            )
            connection.execute(
                "UPDATE audit_export SET state = %s WHERE id = %s", [state, export_id]
            )
            connection.execute(
                "UPDATE audit_export SET at_work = sha256(convert_to(%s, 'UTF8')) WHERE id = %s",
                [at_work.viewer.token, export_id],
            )
            connection.execute("SELECT set_config('app.token', %s, true)", [seat.viewer.token])
            connection.execute("SET LOCAL ROLE rempart_runtime")
            return [
                connection.execute(statement, [export_id]).fetchone()[0]
                for statement in (moved, finished)
            ]

    assert answers(ground.auditor, "task", "running") == [True, True]
    assert answers(ground.auditor, "page", "running") == [False, False]
    assert answers(ground.colleague, "task", "running") == [False, False]
    assert answers(ground.colleague, "task", "running", ground.colleague) == [False, False]
    assert answers(ground.auditor, "task", "running", ground.colleague) == [False, False]
    assert answers(ground.auditor, "task", "failed") == [False, False]
    with injected(ground.auditor) as connection:
        opened = f"SELECT audit.open_export('{export_id}', 'x')"
        assert refusal(connection, opened) == "42501"
    assert ground.browser.get(f"{EXPORTS}{export_id}/").status_code == 409
    do_work()
    making.given_up(export_id)
    assert row_of(ground, export_id).ready
    with without_row_security("audit_export"), pytest.raises(NotFound):
        row_of(ground, export_id, ground.colleague)
    with said_to_be_elsewhere("audit_export", ground.cell), pytest.raises(NotFound):
        row_of(ground, export_id)
