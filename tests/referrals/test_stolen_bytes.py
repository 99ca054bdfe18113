"""Whoever takes the database away, its files, its log or a dump, takes nothing that can be read."""

import base64
import io
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command

from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.models.history import MeasureKind
from tests.agencies.test_sealed_seeds import dump
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import in_days

pytestmark = pytest.mark.database
CANARY = "Xanthophylle"


@pytest.fixture
def stolen(world):
    """A case with the word in all of its texts: saved, shared, searched and keyed anew."""
    case_id = world.activated(mark=f" {CANARY}")
    world.shared(case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        add_measure(
            viewer,
            case_id,
            kind=MeasureKind.OTHER,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(9),
            note=f"Note {CANARY}",
        )
    begun = world.draft()
    for version in ("1", "2"):
        typed = {"steps_narrative": f"Brouillon {CANARY}", "_version": version}
        world.pilot.browser.post(f"/saisines/{begun}/brouillon/", typed)
    named = {"family_name": f"Cible {CANARY}", "given_name": f"Alba {CANARY}"}
    for seat in (world.coordinator, world.gendarme):
        seat.browser.post("/dossiers/rechercher/", {"words": CANARY} | named)
    world.coordinator.browser.get(f"/dossiers/{case_id}/")
    reference = world.coordinator.browser.get(f"/api/v1/referrals/{case_id}/").json()["reference"]
    call_command("rotate_case_keys", reference, stdout=io.StringIO())
    return reference


def spellings(word: str) -> list[bytes]:
    """The word as it may lie in a file: in either width, as digits, in base 64, in either case."""
    plain = [word.encode(), word.lower().encode(), word.upper().encode()]
    wide = [word.encode("utf-16-le"), word.encode("utf-16-be")]
    digits = [word.encode().hex().encode(), word.encode().hex().upper().encode()]
    shifted = [base64.b64encode(b"x" * shift + word.encode())[4:-4] for shift in range(3)]
    return plain + wide + digits + shifted


def files(folder: Path, since: float = 0) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size and path.stat().st_mtime >= since:
            yield path


def holding(paths: Iterator[Path], word: str) -> list[str]:
    """The files that hold the word in one of its spellings."""
    wanted, found = spellings(word), []
    for path in paths:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            if any(text.find(one) >= 0 for one in wanted):
                found.append(str(path))
    return found


def test_neither_the_files_of_the_database_nor_its_log_nor_a_dump_hold_what_was_written(stolen):
    with admin(database_name()) as connection:
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
        number = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()[0]
        began = connection.execute("SELECT extract(epoch FROM pg_postmaster_start_time())")
        since = float(began.fetchone()[0])
        connection.execute("CHECKPOINT")
    if not os.access(folder / "base", os.R_OK):
        pytest.skip("SKIPPED: the files of this server belong to somebody else")
    tables, log = folder / "base" / str(number), folder / "pg_wal"
    # What stands in clear is found in each of them: the search sees.
    assert holding(files(tables), stolen)
    assert holding(files(log, since), stolen)
    taken = dump()
    assert stolen in taken
    assert holding(files(tables), CANARY) == []
    assert holding(files(log, since), CANARY) == []
    assert holding(files(folder / "log"), CANARY) == []
    assert [one for one in spellings(CANARY) if one.decode("latin-1") in taken] == []
    assert holding(files(Path(settings.FILES_DIR)), CANARY) == []


ATTEMPTS = (
    "SELECT set_config('app.token', 'invented', false)",
    "SELECT set_config('app.token', '', false)",
    "SELECT set_config('app.units', '{{1,2,3,4,5,6,7,8,9}}', false)",
    "SELECT set_config('app.cell', '{cell}', false)",
    "SELECT set_config('app.cell_id', '{cell}', false)",
    "SELECT set_config('app.token', encode(sha256('{token}'), 'hex'), false)",
    "SET role rempart_maintenance",
    "SET role rempart_owner",
    "SET role rempart_keeper",
    "SET SESSION AUTHORIZATION rempart_owner",
    "SET row_security = off",
    "SET session_replication_role = replica",
    "SET search_path = pg_temp, public",
    "CREATE FUNCTION pg_temp.session_units() RETURNS int[] LANGUAGE sql AS 'SELECT ARRAY[1]'",
    "CREATE SCHEMA mine",
    "ALTER ROLE rempart_runtime BYPASSRLS",
    "UPDATE kernel_session SET seat_id = seat_id",
    "SELECT kernel.open_session('{token}')",
    "INSERT INTO kernel_session (token_hash) VALUES (sha256('x'))",
)
REASONS = ("permission denied", "row-level security", "must be", "must have", "does not exist")
TABLES = ("case", "case_key", "compartment", "party", "measure", "share", "document")


def seen(connection) -> dict[str, set[object]]:
    """Every row that is there for this connection, by its key."""
    found = {}
    for table in TABLES:
        key = "case_id" if table == "case_key" else "id"
        rows = connection.execute(f"SELECT {key} FROM public.referrals_{table}").fetchall()
        found[table] = {row[0] for row in rows}
    keys = connection.execute("SELECT id FROM public.kernel_period_key").fetchall()
    return found | {"period_key": {row[0] for row in keys}}


def test_no_setting_that_is_injected_opens_anything(stolen, world, elsewhere):
    """As the role of the pages, with the token of one person: the worst that a page could do."""
    elsewhere.submitted()
    with injected(world.gendarme) as connection:
        own, refusals = seen(connection), {}
        assert own["case"]
        for attempt in ATTEMPTS:
            words = {"cell": elsewhere.cell.pk, "token": elsewhere.pilot.viewer.token}
            try:
                connection.execute(attempt.format(**words))
                opened = seen(connection)
            except psycopg.Error as refusal:
                refusals[attempt] = str(refusal)
                opened = own
            connection.rollback()
            assert all(opened[table] <= own[table] for table in own), attempt
        assert seen(connection) == own
    for attempt, said in refusals.items():
        assert any(reason in said for reason in REASONS), (attempt, said)
