"""How long the pages of the auditor's desk take in a long log, and everybody's own view of it.

Measured as people read them: through the whole stack, as the pages' role under row security, page
after page, near the end of the log and deep in it, each with the entry that says it was read.
"""

import os
import random
import re
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
from django.test import Client
from django.utils import timezone

from audit.tasks import count_entries, keep_findings
from infra.bench import house
from infra.bench.filling import database
from infra.bench.measuring.percentile import percentile
from infra.bench.recording.filling import CELL, LogPlan
from infra.bench.report import Row, figure_at_most
from infra.launcher.progress import step
from kernel.http.sessions import scope_token, token_hash
from referrals.tasks import keep_share_reads

IN_TIME = figure_at_most(300, "ms", strictly=True)
PAGES = 3
"""So many pages are read of each list, one after the other."""
WAITING = re.compile(r'name="constat" value="([^"]+)"')
NEXT = re.compile(r'href="(\?[^"]*(?:avant|actes)=[^"]*)"')

JOURNAL, CHART, FINDINGS = "/journal/", "/journal/frise/", "/journal/constats/"
OWN, OWN_API = "/mon-journal/", "/api/v1/my-journal/"

# Somebody of each sort in the cell of the log, with what they are asked about.
SEATS = """
SELECT 'auditor', seat, account_id FROM bench.member WHERE no = -1
UNION ALL
(SELECT DISTINCT ON (who) who, seat_id, account_id FROM bench.person
  WHERE cell_id = %(cell)s ORDER BY who, seat_id)
"""
SIGNED_IN = """
INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor_at, created_at,
       idle_seconds, idle_until, expires_at, user_agent)
VALUES (%s, %s, %s, 'page', now(), now(), 1800, now() + '8 hours', now() + '8 hours', '')
"""
CASES = """
SELECT c.id, c.reference, p.id FROM referrals_case c
  JOIN referrals_party p ON p.case_id = c.id AND p.role = 'target'
 WHERE c.cell_id = %s AND c.submitted_at < now() - interval '10 days'
 ORDER BY c.submitted_at DESC LIMIT 400
"""
SEEN = """
SELECT c.case_id FROM referrals_case_access c JOIN kernel_seat k ON c.unit_id = ANY (k.units)
 WHERE k.id = %s AND now() < c.valid_until ORDER BY c.sort_at DESC LIMIT 40
"""
PEOPLE = "SELECT account_id, agency_id FROM bench.member WHERE no > 0"


def rows(size: int, *, quick: bool, seed: int) -> Iterator[Row]:
    """What is left to count and to keep first, then every sort of page, by turns."""
    plan = LogPlan(size, seed)
    yield from _counted()
    yield from _kept()
    with database.admin(plan.database) as connection:
        desk = Desk(connection, size, random.Random(seed))
    user, password = "rempart_runtime", os.environ["REMPART_DB_PASSWORD_RUNTIME"]
    took_by: dict[str, list[float]] = {}
    rounds = 2 if quick else 10
    standing = house.standing_on(plan.database, user=user, password=password)
    with standing, step("Reading pages") as tell:
        # First of all, while the factor that was shown is fresh.
        took_by["a conclusion about a finding"] = [
            took for _ in range(rounds) for took in desk.conclude()
        ]
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}")
            for name, who, path, asked in desk.pages():
                took_by.setdefault(name, []).extend(desk.read(who, path, asked))
    took_by = {name: times for name, times in took_by.items() if times}
    for name, times in took_by.items():
        yield Row(f"{name}, p95", percentile(times, 95), "ms", goals=(IN_TIME,))
    every = [each for times in took_by.values() for each in times]
    yield Row(f"all {len(every)} pages, p95", percentile(every, 95), "ms", goals=(IN_TIME,))
    yield Row("the slowest page", max(every), "ms")


def _kept() -> Iterator[Row]:
    """What the worker keeps of three months for the findings; the page asks for what follows."""
    for name, keep in (("bulk reading", keep_findings), ("reading by a share", keep_share_reads)):
        with step(f"Keeping what stands out: {name}"):
            began = time.perf_counter()
            while keep():
                pass
            yield Row(f"keeping what stands out: {name}", time.perf_counter() - began, "s")


def _counted() -> Iterator[Row]:
    with step("Counting the last entries"):
        began, counted = time.perf_counter(), 0
        while more := count_entries():
            counted += more
        took = time.perf_counter() - began
    if counted > 1000:
        yield Row("entries counted for the tally", counted / took, "/s")


class Desk:
    """People who are signed in, and what they ask for: another thing each time."""

    def __init__(self, connection: psycopg.Connection, size: int, chance: random.Random) -> None:
        self.size, self.chance = size, chance
        self.cases = connection.execute(CASES, [CELL]).fetchall()
        self.people = connection.execute(PEOPLE).fetchall()
        self.cookies: dict[str, str] = {}
        self.seen: dict[str, list[UUID]] = {}
        for who, seat, account in connection.execute(SEATS, {"cell": CELL}).fetchall():
            cookie = secrets.token_hex(16)
            hashed = token_hash(scope_token(cookie))
            connection.execute(SIGNED_IN, [hashed, seat, account])
            self.cookies[who] = cookie
            self.seen[who] = [case for (case,) in connection.execute(SEEN, [seat]).fetchall()]

    def pages(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """A page of each sort: what it is, who reads it, its address and what is asked."""
        for name, asked in self._lists().items():
            yield f"journal: {name}", "auditor", JOURNAL, asked
        for asked in self._lists().values():
            yield "journal, from deep places", "auditor", JOURNAL, asked | self._deep()
        for name, asked in self._charts().items():
            yield f"chart: {name}", "auditor", CHART, asked
        for days in (7, 30, 90):
            yield f"findings of {days} days", "auditor", FINDINGS, {"jours": days}
        year = {"du": self._day(365)}
        for who in sorted(self.cookies):
            yield f"own view of 30 days: {who}", who, OWN, {}
            yield f"own view of a year: {who}", who, OWN, year
            if self.seen[who]:
                case = str(self.chance.choice(self.seen[who]))
                yield f"own view of a case, a year: {who}", who, OWN, year | {"dossier": case}
        yield "own view through the API, a year", "coordinator", OWN_API, {"since": self._day(365)}

    def read(self, who: str, path: str, asked: dict[str, Any]) -> Iterator[float]:
        """The milliseconds of a page and of those that follow it; of one that never came too."""
        browser = Client(headers={"host": "localhost"})
        browser.cookies["rempart"] = self.cookies[who]
        address = f"{path}?{urlencode(asked)}"
        for _page in range(PAGES):
            began = time.perf_counter()
            answer = browser.get(address)
            yield (time.perf_counter() - began) * 1000
            if answer.status_code == 503:
                return
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.status_code} at {address}")
            following = NEXT.search(answer.content.decode())
            if following is None:
                return
            address = path + following[1].replace("&amp;", "&")

    def conclude(self) -> Iterator[float]:
        """The milliseconds of a conclusion about one of the findings of a month that wait."""
        browser = Client(headers={"host": "localhost"})
        browser.cookies["rempart"] = self.cookies["auditor"]
        waiting = WAITING.findall(browser.get(FINDINGS).content.decode())
        if waiting:
            name = self.chance.choice(waiting)
            sent = {"constat": name, f"{name}-conclusion": "justified"}
            began = time.perf_counter()
            answer = browser.post(FINDINGS, sent)
            yield (time.perf_counter() - began) * 1000
            if not answer.headers.get("Location", "").startswith(FINDINGS):
                raise RuntimeError(f"{answer.status_code} for a conclusion about {name}")

    def _lists(self) -> dict[str, dict[str, Any]]:
        person, agency = map(str, self.chance.choice(self.people))
        _case, reference, name = self.chance.choice(self.cases)
        old = self._day(self.chance.randrange(20, 360))
        month = {"du": self._day(60), "au": self._day(30)}
        return {
            "everything": {},
            "who saw this case": {"dossier": reference, "nature": "reads"},
            "who saw this name": {"dossier": reference, "objet": str(name)},
            "a case": {"dossier": reference},
            "what this person did": {"personne": person},
            "what this agency did": {"organisme": agency},
            "searches": {"nature": "searches"},
            "names": {"nature": "names"},
            "rights": {"nature": "rights"},
            "exports": {"nature": "exports"},
            "refusals": {"resultat": "refused"},
            "refusals of an agency": {"resultat": "refused", "organisme": agency},
            "a frequent kind": {"evenement": "document.read"},
            "a rare kind": {"evenement": "export.asked"},
            "a rare kind of an agency": {"evenement": "export.asked", "organisme": agency},
            "a rare kind of a person": {"evenement": "export.asked", "personne": person},
            "a rare way": {"moyen": "token"},
            "what never happens": {"moyen": "command", "nature": "rights"},
            "a month": month,
            "an old day": {"du": old, "au": old},
            "an agency on an old day": {"organisme": agency, "du": old, "au": old},
            "names that a person saw in a month": month | {"personne": person, "nature": "names"},
            "refused searches of a month": month | {"nature": "searches", "resultat": "refused"},
            "reads through the API in a month": month | {"nature": "reads", "moyen": "api"},
            "a case, a person, reads": {
                "dossier": reference,
                "personne": person,
                "nature": "reads",
            },
        }

    def _charts(self) -> dict[str, dict[str, Any]]:
        person, agency = map(str, self.chance.choice(self.people))
        year = {"du": self._day(365)}
        return {
            "30 days": {},
            "a year": year,
            "a year of reads": year | {"nature": "reads"},
            "a year of a frequent kind": year | {"evenement": "case.read"},
            "a year of refusals": year | {"resultat": "refused"},
            "a year of a person": year | {"personne": person},
            "a year of an agency": year | {"organisme": agency},
            "a year of a case": year | {"dossier": self.chance.choice(self.cases)[1]},
        }

    def _deep(self) -> dict[str, str]:
        place = self.chance.randrange(self.size // 100, self.size)
        return {"avant": f"1-{place}-{place}"}

    @staticmethod
    def _day(ago: int) -> str:
        return (timezone.localdate() - timedelta(days=ago)).isoformat()
