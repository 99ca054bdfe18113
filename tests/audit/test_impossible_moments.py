"""A moment that no calendar knows, written by who owns the database, stops nobody who reads."""

import csv
import io
import json
import struct
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections

from audit import payload
from audit.desk import reading
from audit.desk.filters import Filters
from audit.heart import beat
from audit.leaf import BEGINNING, NOBODY, TAG, Entry
from audit.log import connect
from audit.standalone import rempart_verify
from audit.tasks import count_entries
from audit.witnessing.readable import readable
from kernel.scope import acting_as
from tests.audit.working import ids_of, seal
from tests.support.exports import extracted, text_of_pages, verdict
from tests.support.world import World

pytestmark = pytest.mark.database

MOMENTS = (
    *("infinity", "-infinity", "10000-01-01 00:00Z", "294276-12-31 23:59:59Z"),
    *("0001-01-01 00:00Z", "0044-03-15 00:00Z BC", "4714-11-24 00:00Z BC"),
)
KIND = "case.read"
TOLD = "Moment illisible"
AN_ENTRY = Entry(
    epoch=1,
    xid=2,
    id=3,
    at=datetime(2026, 1, 1, tzinfo=UTC),
    cell_id=4,
    kind=KIND,
    outcome="done",
    actor=NOBODY,
    seat=None,
    agency=None,
    case_id=None,
    subject_id=None,
    request=UUID(int=1),
    payload=payload.encode("page", {}),
)


@pytest.fixture(scope="module")
def world(database):
    return World()


@pytest.fixture(scope="module")
def case_id(world, owner_of_everything):
    """A case with one entry of each of these moments, ordinary ones around them, counted."""
    made = world.activated()
    share = world.shared(made, world.gendarme)
    # Read by a share of long ago: that is a finding.
    with owner_of_everything.transaction():
        owner_of_everything.execute("SET LOCAL session_replication_role = replica")
        owner_of_everything.execute(
            "UPDATE referrals_share SET decided_at = '1970-01-01' WHERE id = %s", [share]
        )
    who, facts = world.gendarme.viewer, {"by": share}
    assert world.cell_admin.viewer
    for at in ("2026-01-01", *MOMENTS, "2026-01-02"):
        written(owner_of_everything, world, made, who, at, facts)
    seal(world.cell.pk)
    count_entries()
    # Two more that nothing has sealed or counted yet.
    for at in MOMENTS[:2]:
        written(owner_of_everything, world, made, who, at, facts)
    return made


def written(connection, world, case_id, who, at, facts):
    connection.execute(
        "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, seat, agency, case_id,"
        " request, payload) VALUES (%s, %s, %s, 'done', %s, %s, %s, %s, gen_random_uuid(), %s)",
        [
            *(at, world.cell.pk, KIND, who.account_id, who.seat_id, who.agency_id, case_id),
            payload.encode("page", facts),
        ],
    )


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("auditor", "/journal/"),
        ("auditor", "/journal/?evenement=case.read&du=2026-01-01"),
        ("auditor", "/journal/?dossier={case}"),
        ("auditor", "/journal/constats/?jours=90"),
        ("auditor", "/journal/frise/?dossier={case}"),
        ("auditor", "/journal/frise/"),
        ("auditor", "/journal/exports/"),
        ("auditor", "/journal/verification/"),
        ("auditor", "/journal/conservation/"),
        ("cell_admin", "/journal/conservation/"),
        ("coordinator", "/mon-journal/"),
        ("auditor", "/mon-journal/"),
        ("auditor", "/api/v1/audit/entries/"),
        ("auditor", "/api/v1/audit/entries/?case={case}"),
        ("auditor", "/api/v1/audit/findings/"),
        ("auditor", "/api/v1/audit/keeping/"),
        ("auditor", "/api/v1/audit/exports/"),
        ("coordinator", "/api/v1/my-journal/"),
    ],
)
def test_every_page_answers(who, path, world, case_id):
    seat = getattr(world, who)
    assert seat.browser.get(path.format(case=case_id)).status_code == 200


def test_the_journal_shows_such_a_row_and_says_so(world, case_id, owner_of_everything):
    query = {"dossier": str(case_id), "evenement": KIND}
    page = world.auditor.browser.get("/journal/", query)
    assert page.content.decode().count(TOLD) == len(MOMENTS) + 2
    said = [line.at is None for line in page.context["lines"]]
    assert said == [True, True, False, *[True] * len(MOMENTS), False]
    asked = {"case": str(case_id), "kind": KIND}
    found = world.auditor.browser.get("/api/v1/audit/entries/", asked).json()["results"]
    assert [line["at"] is None for line in found] == said


def test_pages_follow_one_another_over_such_rows(world, case_id, owner_of_everything):
    seen, before = [], None
    with acting_as(world.auditor.viewer):
        for _ in range(60):
            rows = reading.newest(world.cell.pk, Filters(), before, 2)
            if not rows:
                break
            seen += [row[2] for row in rows]
            before = reading.Key(*rows[-1][:3])
    assert seen == ids_of(owner_of_everything, world.cell.pk)[::-1]


@pytest.mark.parametrize("walked", [1, 3, 1000])
def test_the_tally_leads_to_such_rows_as_well(walked, world, case_id, owner_of_everything):
    [(counted, all_of_them)] = owner_of_everything.execute(
        "SELECT (SELECT sum(n) FROM audit_tally WHERE cell_id = %s AND kind = %s), count(*)"
        " FROM audit_entry WHERE cell_id = %s AND kind = %s",
        [world.cell.pk, KIND] * 2,
    )
    assert counted == all_of_them - 2
    with acting_as(world.auditor.viewer):
        rows = reading.newest(world.cell.pk, Filters(kind=KIND), None, 40, walked=walked)
    assert len(rows) == all_of_them


def test_the_sealer_s_heart_beats_on_and_the_figures_are_told(world, case_id):
    assert case_id
    with connect("sealer") as connection:
        beat(connection, after=BEGINNING, damaged=[])
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.measures()")
        assert cursor.fetchone()[0] > 5


def test_an_export_of_such_rows_holds_without_rempart_and_says_how_many(
    world, case_id, tmp_path, capsys
):
    number = extracted(world.auditor, Filters(case=case_id, kind=KIND))
    seal(world.cell.pk)
    whole = world.auditor.browser.get(f"/journal/exports/{number}/").getvalue()
    code, said = verdict(world.cell.pk, whole, tmp_path, capsys)
    assert code == 0, said
    assert f"left out, {len(MOMENTS)} at a moment that no calendar has, exported on" in said
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    lines = [json.loads(line)["read"]["at"] for line in parts["entries.jsonl"].splitlines()]
    table = list(csv.DictReader(io.StringIO(parts["entries.csv"].decode())))
    said = ["2026-01-01T00:00:00.000000Z", *[None] * len(MOMENTS), "2026-01-02T00:00:00.000000Z"]
    assert lines == said
    assert [row["at"] or None for row in table] == said
    paper = "".join("".join(text_of_pages(parts["record.pdf"])).split())
    assert paper.count(TOLD.replace(" ", "")) == len(MOMENTS)


@pytest.mark.parametrize(
    ("moment", "at"),
    [
        (timedelta(days=-730119), None),
        (timedelta(days=-730119, microseconds=1), "0001-01-01T00:00:00.000001Z"),
        (timedelta(days=-714000), "0045-02-18T00:00:00.000000Z"),
        (timedelta(days=2921940, microseconds=-2), "9999-12-31T23:59:59.999998Z"),
        (timedelta(days=2921940, microseconds=-1), None),
        (timedelta(days=2921940), None),
    ],
)
def test_the_verifier_and_the_export_write_a_moment_alike_to_the_edge_of_the_calendar(moment, at):
    leaf = bytearray(AN_ENTRY.leaf())
    # Behind the tag, the epoch, the transaction and the number: each with its length.
    place = len(TAG) + 6 + 12 + 12 + 4
    leaf[place : place + 8] = struct.pack(">q", moment // timedelta(microseconds=1))
    assert readable(bytes(leaf))["at"] == rempart_verify.read(bytes(leaf))["at"] == at
