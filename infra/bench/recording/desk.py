"""How long a page of the journal takes in a long log, for filters that fit often, rarely or never.

Measured as an auditor reads it: as the pages' role under row security, a page and the next ones,
each with the entry that says that the journal was read.
"""

import hashlib
import os
import random
import secrets
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
from django.db import transaction
from django.utils import timezone

from audit.desk.filters import Filters
from audit.pages.lines import shown
from audit.selectors import journal
from audit.tasks import count_entries
from infra.bench import house
from infra.bench.filling import database
from infra.bench.recording.filling import CELL, LogPlan
from infra.bench.report import Row, figure_at_most
from infra.launcher.progress import step
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer

IN_TIME = figure_at_most(300, "ms", strictly=True)
PAGES = 3
"""So many pages are read of each list."""


def rows(size: int, *, quick: bool, seed: int) -> Iterator[Row]:
    """The tally first, then every kind of filter, by turns."""
    plan = LogPlan(size, seed)
    with step("Counting the entries"):
        began, counted = time.perf_counter(), 0
        while more := count_entries():
            counted += more
        took = time.perf_counter() - began
    if counted > size // 2:
        yield Row("entries counted for the tally", counted / took, "/s")
    with database.admin(plan.database) as connection:
        connection.execute("ANALYZE audit_tally, audit_tally_day")
        token = _an_auditor(connection)
    user, password = "rempart_runtime", os.environ["REMPART_DB_PASSWORD_RUNTIME"]
    with house.standing_on(plan.database, user=user, password=password), step("Reading pages"):
        with transaction.atomic():
            viewer = bind(token)
        if viewer is None:
            raise RuntimeError("Nobody is signed in.")
        chance = random.Random(seed)
        took_by: dict[str, list[float]] = {}
        for _round in range(3 if quick else 20):
            for name, filters in _lists(size, chance).items():
                took_by.setdefault(name, []).extend(_read(viewer, filters))
        with acting_as(viewer) as fresh:
            if not journal(fresh, Filters()).lines:
                raise RuntimeError("The journal shows nothing: this would measure something else.")
    for name, times in took_by.items():
        yield Row(f"page of the journal, {name}, p95", _p95(times), "ms", goals=(IN_TIME,))
    every = [each for times in took_by.values() for each in times]
    yield Row("page of the journal, all together, p95", _p95(every), "ms", goals=(IN_TIME,))


def _lists(size: int, chance: random.Random) -> dict[str, Filters]:
    """One filter of each sort; a person, an agency and a day of the log by chance."""
    person = _named("a", chance.randrange(300))
    agency = _named("o", chance.randrange(40))
    day = timezone.now() - timedelta(seconds=chance.randrange(size))
    return {
        "everything": Filters(),
        "a case": Filters(case=_named("c", chance.randrange(9000))),
        "a person": Filters(actor=person),
        "a frequent kind": Filters(kind="document.read"),
        "a rare kind": Filters(kind="export.asked"),
        "what was refused": Filters(outcome="refused"),
        "a rare kind of an agency": Filters(kind="export.asked", agency=agency),
        "a rare kind of a person": Filters(kind="export.asked", actor=person),
        "a rare way": Filters(channel="token"),
        "what never happens": Filters(channel="command", group="rights"),
        "a group of kinds that never happen": Filters(group="rights"),
        "an old day": Filters(since=day - timedelta(days=1), until=day),
        "an agency on an old day": Filters(
            agency=agency, since=day - timedelta(days=1), until=day, group="reads"
        ),
    }


def _read(viewer: Viewer, filters: Filters) -> Iterator[float]:
    """The milliseconds of each of the first pages."""
    before = None
    for _page in range(PAGES):
        began = time.perf_counter()
        with acting_as(viewer) as fresh:
            page = journal(fresh, filters, before=before)
            list(shown(fresh, page.lines))
        yield (time.perf_counter() - began) * 1000
        before = page.next_before
        if before is None:
            return


def _named(prefix: str, number: int) -> UUID:
    """As the filling names people, agencies and cases."""
    return UUID(hashlib.md5(f"{prefix}{number}".encode(), usedforsecurity=False).hexdigest())


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def _an_auditor(connection: psycopg.Connection) -> str:
    """Somebody who has just signed in to read this record; their token."""
    token, seat, account = secrets.token_hex(16), uuid4(), uuid4()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "INSERT INTO kernel_seat VALUES (%s, %s, %s, %s, 'dsden', '{auditor}', '{}', false,"
            " 'Une personne', 'Une structure', 'Une cellule', now(), '9999-12-31', 1)",
            [seat, CELL, account, uuid4()],
        )
        # Who has not signed the charter sees nothing.
        connection.execute("UPDATE kernel_seat SET charter_signed = true WHERE id = %s", [seat])
        connection.execute(
            "INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor_at,"
            " created_at, idle_seconds, idle_until, expires_at, user_agent) VALUES"
            " (%s, %s, %s, 'page', now(), now(), 900, now() + '2 hours', now() + '8 hours', '')",
            [hashlib.sha256(token.encode()).digest(), seat, account],
        )
    return token
