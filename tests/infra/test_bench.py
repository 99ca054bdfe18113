"""The measurements: what they print, what they promise of their data, and that each one runs.

The databases are small here. Figures mean nothing at that size and on a busy machine, so no test
asks for one to be good.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.proof import Drift, prove
from infra.bench.report import (
    Machine,
    Options,
    Report,
    Row,
    difference_at_most,
    figure_at_most,
    ratio_at_most,
)
from infra.bench.report.printing import aligned
from infra.launcher.places import ROOT

CASES = 500
MACHINE = Machine("a processor", 2, 4.0, "3.11", "18.6", "1GB", "on")


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("no goal", 5, "ms"), ""),
        (Row("ratio", 13, "ms", baseline=10, goals=(ratio_at_most(1.3),)), "met"),
        (Row("ratio", 14, "ms", baseline=10, goals=(ratio_at_most(1.3),)), "missed"),
        (Row("nothing to compare with", 14, "ms", goals=(ratio_at_most(1.3),)), "missed"),
        (Row("figure", 300, "ms", goals=(figure_at_most(300, "ms"),)), "met"),
        (Row("figure", 300, "ms", goals=(figure_at_most(300, "ms", strictly=True),)), "missed"),
        (Row("not a number", float("nan"), "ms", goals=(figure_at_most(300, "ms"),)), "missed"),
    ],
)
def test_a_row_says_whether_it_reached_its_goal(row, verdict):
    assert row.verdict == verdict


def test_one_of_several_goals_is_enough():
    goals = (ratio_at_most(1.3), difference_at_most(0.06, "ms"))
    assert Row("small", 0.10, "ms", baseline=0.05, goals=goals).verdict == "met"
    assert Row("large", 10.0, "ms", baseline=5.0, goals=goals).verdict == "missed"
    assert Row("small", 0.10, "ms", baseline=0.05, goals=goals).goal == "<= 1.30x or <= +0.06 ms"


def test_columns_stand_below_each_other():
    lines = aligned([("", "baseline", "figure"), ("a long name", "1.0", "10.0")])
    assert lines == ["             baseline  figure", "a long name       1.0    10.0"]


def _report(*, json: bool) -> Report:
    options = Options(json=json, quick=True, seed=7)
    return Report("thing", MACHINE, options, "3 cases", baseline="the same without")


def test_the_table_says_where_it_was_measured(capsys):
    report = _report(json=False)
    report.add(Row("page", 1.5, "ms", baseline=1.0, goals=(ratio_at_most(2),)))
    report.note("a note")
    assert report.finish() == 0
    told = capsys.readouterr().out
    for part in ("2 cores", "PostgreSQL 18.6", "3 cases, seed 7", "the same without", "quick"):
        assert part in told
    assert "page     1.000   1.500  ms    1.50x  <= 2.00x  met" in told
    assert told.rstrip().endswith("- a note")


def test_json_has_a_line_for_each_row_and_a_missed_goal_ends_with_1(capsys):
    report = _report(json=True)
    report.add(Row("page", 3.0, "ms", baseline=1.0, goals=(ratio_at_most(2),)))
    assert report.finish() == 1
    head, row, foot = map(json.loads, capsys.readouterr().out.splitlines())
    assert head["bench"] == "thing"
    assert head["seed"] == 7
    assert head["machine"]["cores"] == 2
    assert row == {
        "name": "page",
        "baseline": 1.0,
        "figure": 3.0,
        "unit": "ms",
        "ratio": 3.0,
        "goal": "<= 2.00x",
        "verdict": "missed",
    }
    assert foot["missed"] == 1


def test_a_plan_refuses_what_it_cannot_spread():
    with pytest.raises(ValueError, match="Between 100"):
        Plan(10)
    with pytest.raises(ValueError, match="Between 5"):
        Plan(1000, cells=1)
    with pytest.raises(ValueError, match="At least"):
        Plan(1000, schools=20)


def _bench(state: os.PathLike[str], *arguments: str) -> tuple[int, list[dict[str, object]]]:
    """A measurement as the command runs it: its exit code and the objects that it printed."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "platform")))
    done = subprocess.run(
        [sys.executable, "-m", f"infra.bench.{arguments[0]}", *arguments[1:], "--json"],
        env=os.environ | {"PYTHONPATH": path, "REMPART_STATE": str(state)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def _rows(told: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    return {str(row["name"]): row for row in told if "figure" in row}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory):
    """A directory for what a measurement keeps."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def filled(state) -> Iterator[Plan]:
    """A small filled database of this process's own."""
    with pytest.MonkeyPatch.context() as patch:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        patch.setenv("REMPART_BENCH_PREFIX", f"test_bench_{worker}")
        plan = Plan.of(CASES, 1)
        database.drop(plan)
        code, told = _bench(state, "seed", "--cases", str(CASES))
        assert code == 0
        assert _rows(told)["referrals_case, rows"]["figure"] == CASES
        yield plan
        database.drop(plan)


@pytest.fixture
def connection(filled) -> Iterator[psycopg.Connection]:
    """The filled database, as a superuser."""
    with database.admin(filled.database) as connection:
        yield connection


def _count(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_the_same_is_not_filled_twice(filled, state, connection):
    born = "SELECT oid FROM pg_database WHERE datname = current_database()"
    before = _count(connection, born)
    assert _bench(state, "seed", "--cases", str(CASES))[0] == 0
    assert _count(connection, born) == before


def test_other_parameters_are_another_filling(filled):
    assert database.filled_seconds(filled) is not None
    assert database.filled_seconds(Plan.of(CASES, 2)) is None


def test_the_triggers_would_have_written_the_same(filled, connection):
    assert prove(connection, filled.cases) > CASES


def test_the_proof_notices_one_viewer_too_many(filled, connection):
    with connection.transaction(force_rollback=True):
        connection.execute(
            "UPDATE referrals_party SET viewers = viewers || 999999 WHERE id ="
            " (SELECT id FROM referrals_party WHERE now() < recheck_at ORDER BY id LIMIT 1)"
        )
        with pytest.raises(Drift):
            prove(connection, filled.cases)


def test_some_shares_run_and_some_have_run_out(connection):
    granted = "SELECT count(*) FROM referrals_grant WHERE share_id IS NOT NULL AND valid_until"
    assert _count(connection, f"{granted} > now() + interval '1 day'") > CASES // 10
    assert _count(connection, f"{granted} <= now()") > 0
    shares = _count(connection, "SELECT count(*) FROM referrals_share")
    assert CASES < shares < 2 * CASES


def test_every_foreign_key_holds_although_no_trigger_watched(connection):
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace"
    ).fetchall()
    assert keys
    with connection.transaction(force_rollback=True):
        for table, name in keys:
            row = connection.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conname = %s AND conrelid = %s::regclass",
                [name, table],
            ).fetchone()
            assert row is not None
            statement = f"ALTER TABLE {table} ADD CONSTRAINT again_{name[:50]} {row[0]}"
            connection.execute(statement.replace(" NOT VALID", "").encode())


def test_people_of_every_kind_will_open_cases(connection):
    found = dict(connection.execute("SELECT who, count(*) FROM bench.person GROUP BY who"))
    assert found == {"school": 25, "coordinator": 10, "partner": 10, "prosecutor": 5}
    least = "SELECT min(n) FROM (SELECT count(*) AS n FROM bench.opened GROUP BY seat_id) o"
    assert _count(connection, least) >= 1
    assert _count(connection, "SELECT count(DISTINCT seat_id) FROM bench.opened") == 50


def test_lists_compares_both_sides_and_keeps_the_plans(filled, state):
    _code, told = _bench(state, "lists", "--cases", str(CASES), "--runs", "3")
    rows = _rows(told)
    for page in ("list", "detail", "whole case"):
        for who in ("school", "partner", "coordinator"):
            for how in ("unprepared", "prepared"):
                name = next(n for n in rows if f", {page}, {who}, {how} (" in n)
                assert rows[name]["baseline"] > 0 < rows[name]["figure"]
    plan = (state / "plans" / f"{CASES}-list-school.txt").read_text()
    assert "row security" in plan
    assert "InitPlan" in plan
    assert "Buffers:" in plan


def test_the_role_without_row_security_is_gone_afterwards(filled, connection):
    left = "SELECT count(*) FROM pg_roles WHERE rolbypassrls AND rolcanlogin AND NOT rolsuper"
    assert _count(connection, left) == 0


def test_pages_come_back_whole_from_both_kinds_of_server(filled, state):
    sizes = ("--cases", str(CASES), "--rounds", "1", "--seconds", "0.6", "--users", "6")
    _code, told = _bench(state, "pages", *sizes, "--workers", "1")
    rows = _rows(told)
    assert rows["failed pages"]["figure"] == 0
    for kind in ("ASGI (uvicorn)", "WSGI (gunicorn gthread)"):
        assert rows[f"{kind}, list page, p50"]["figure"] > 0
        assert rows[f"{kind}, detail page, p95"]["baseline"] > 0
        assert rows[f"{kind}, memory"]["figure"] > 10


def test_viewer_measures_the_binding_and_pages_with_and_without_it(filled, state):
    _code, told = _bench(state, "viewer", "--cases", str(CASES), "--runs", "3")
    rows = _rows(told)
    for who in ("school", "partner", "coordinator"):
        assert rows[f"{who}, round trips more"]["figure"] == 1
        assert rows[f"{who}, binding"]["figure"] > 0
        for page in ("list", "whole case"):
            assert rows[f"{who}, {page}"]["baseline"] > 0 < rows[f"{who}, {page}"]["figure"]


def test_sharing_grows_a_case_and_leaves_it_as_it_was(filled, state, connection):
    tables = ("share", "grant", "milestone", "document")
    counts = [f"SELECT count(*) FROM referrals_{table}" for table in tables]
    before = [_count(connection, query) for query in counts]
    _code, told = _bench(state, "sharing", "--cases", str(CASES), "--runs", "1")
    rows = _rows(told)
    for act in ("propose", "accept", "revoke"):
        assert rows[f"{act}, 1,000 things in the case"]["figure"] > 0
        assert rows[f"{act}, 100 agencies on the case"]["baseline"] > 0
    assert [_count(connection, query) for query in counts] == before
    assert prove(connection, filled.cases) > CASES
