"""kill -9 of the web process: what was acknowledged is there once, with its record and its notices.

Schools send referrals over HTTP while the server is killed again and again. A client whose answer
was lost (or that hung up before it came) sends the same request again with the same key.
"""

import http.client
import json
import os
import signal
import threading
from dataclasses import dataclass, field

import pytest
from django.conf import settings

from kernel.scope import acting_as
from referrals.casefile.selectors import case_list
from tests.support.database import admin
from tests.support.server import wait_for, web_server
from tests.support.world import World, in_days

KILLS = 4
TOKEN = "a" * 32


def body() -> dict[str, object]:
    """A complete referral of an invented pupil."""
    return {
        "danger": False,
        "parties": [{"role": "target", "family_name": "Saule", "given_name": "Ode"}],
        "facts": [
            {
                "kind": "verbal",
                "place": "yard",
                "began_on": in_days(-9).isoformat(),
                "source": "seen",
                "narrative": "Moqueries répétées",
            }
        ],
        "steps": {"parents_informed": "no_not_reached", "rights_notice_given": True},
    }


@dataclass
class School(threading.Thread):
    """Sends referrals until told to stop; keeps a journal of what was acknowledged."""

    cookie: str
    number: int
    port: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def __hash__(self) -> int:
        return id(self)

    def __post_init__(self) -> None:
        super().__init__()

    def run(self) -> None:
        sent = 0
        while not self.stop.is_set():
            key = f"school-{self.number}-{sent}"
            if sent % 3 == 0:
                self._send(key, listen=False)
            identifier = self._send(key)
            if identifier is not None:
                self.acknowledged[key] = identifier
                sent += 1

    def _send(self, key: str, *, listen: bool = True) -> str | None:
        """The identifier once acknowledged; None when the answer was lost: then sent again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(
                "POST",
                "/api/v1/referrals/",
                json.dumps(body()),
                {
                    "Content-Type": "application/json",
                    "Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}; csrftoken={TOKEN}",
                    "X-CSRFToken": TOKEN,
                    "Idempotency-Key": key,
                },
            )
            if not listen:
                return None
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.stop.wait(0.05)
            return None
        finally:
            connection.close()
        assert answer.status == 201, content
        return str(content["id"])


@pytest.fixture
def schools(world: World):
    """Two schools of the world, each with a browser's cookie."""
    cookies = [
        seat.browser.cookies[settings.SESSION_COOKIE_NAME].value
        for seat in (world.pilot, world.other_pilot)
    ]
    assert world.coordinator.viewer
    return [School(cookie, number) for number, cookie in enumerate(cookies)]


def test_killing_the_web_process_loses_and_doubles_nothing(world, schools):
    total = 0
    for attempt in range(KILLS + 1):
        with web_server() as server:
            for school in schools:
                school.port = server.port
                if attempt == 0:
                    school.start()
            total = sum(len(school.acknowledged) for school in schools)
            wait_for(
                lambda before=total: sum(len(s.acknowledged) for s in schools) > before + 3,
                within=30,
                what="some referrals are acknowledged",
            )
            if attempt < KILLS:
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
            else:
                for school in schools:
                    school.stop.set()
                for school in schools:
                    school.join(20)
    acknowledged = {k: v for school in schools for k, v in school.acknowledged.items()}
    assert len(set(acknowledged.values())) == len(acknowledged), "one key, one referral"
    _nothing_is_missing(world, set(acknowledged.values()))


def _nothing_is_missing(world: World, acknowledged: set[str]) -> None:
    """Every acknowledged referral has its row, its record and what it owes; nothing else exists."""
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        rows = connection.execute(
            "SELECT c.id::text, c.state, c.reference,"
            " (SELECT count(*) FROM audit_entry e WHERE e.case_id = c.id"
            "   AND e.kind = 'referral.submitted'),"
            " (SELECT count(*) FROM kernel_outbox o WHERE o.subject_id = c.id"
            "   AND o.kind = 'referral.submitted'),"
            " (SELECT count(*) FROM kernel_live_event l WHERE l.room = 'case:' || c.id)"
            " FROM referrals_case c WHERE c.cell_id = %s",
            [world.cell.pk],
        ).fetchall()
    assert {row[0] for row in rows} == acknowledged, "a referral is lost, or was made twice"
    for identifier, state, reference, entries, owed, events in rows:
        assert (state, entries, events) == ("submitted", 1, 1), identifier
        assert owed == 2, f"{reference}: an inbox line and a mail for the one coordinator"
    assert len({row[2] for row in rows}) == len(rows), "a reference was given twice"
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_list(viewer).cases
