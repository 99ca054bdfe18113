"""One round: people open pages of one server for some seconds, and what everybody used."""

import json
import math
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field

from infra.bench.filling.database import admin
from infra.bench.load.servers import Server
from infra.bench.load.usage import cpu_seconds, memory_mb, more
from infra.bench.load.users import Result
from infra.bench.measuring.people import SignedIn
from infra.bench.measuring.percentile import percentile
from infra.launcher.places import ROOT

PAGES = ("list", "detail")


@dataclass
class Tally:
    """Everything that was seen of one server under one kind of load, over all its rounds."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {page: [] for page in PAGES})
    failures: Counter[str] = field(default_factory=Counter)
    elapsed: float = 0.0
    web_cpu: float = 0.0
    database_cpu: float = 0.0
    users_cpu: float = 0.0
    memory_mb: float = 0.0

    @property
    def requests(self) -> int:
        """Pages that came back whole."""
        return sum(map(len, self.seconds.values()))

    @property
    def per_second(self) -> float:
        """Pages a second."""
        return self.requests / self.elapsed if self.elapsed else 0.0

    def percentile(self, page: str, hundredth: int) -> float:
        """The time in milliseconds that so many of a hundred pages did not exceed."""
        return percentile(self.seconds[page], hundredth) * 1000

    def per_page(self, seconds: float) -> float:
        """Milliseconds of something for each page."""
        return seconds * 1000 / self.requests if self.requests else math.nan


def play(
    tally: Tally,
    server: Server,
    people: list[SignedIn],
    *,
    database: str,
    seconds: float,
    think: float,
    seed: int,
) -> None:
    """Add one round to the tally."""
    backends = _backends(database)
    before_web, before_database = cpu_seconds(server.processes()), cpu_seconds(backends)
    result = _people_work(server, people, seconds, think, seed)
    after_web = cpu_seconds(server.processes())
    after_database = cpu_seconds(_backends(database))
    for page in PAGES:
        tally.seconds[page] += result.seconds[page]
    tally.failures.update(result.failures)
    tally.elapsed += result.elapsed
    tally.users_cpu += result.own_cpu
    tally.web_cpu += more(before_web, after_web)
    tally.database_cpu += more(before_database, after_database)
    tally.memory_mb = memory_mb(server.processes())


def _people_work(
    server: Server, people: list[SignedIn], seconds: float, think: float, seed: int
) -> Result:
    job = {
        "port": server.port,
        "seconds": seconds,
        "think": think,
        "seed": seed,
        "users": [
            {
                "cookie": f"rempart={person.cookie}",
                "list": "/dossiers/",
                "details": [f"/dossiers/{case}/" for case in person.cases],
            }
            for person in people
        ],
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.bench.load.users"],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return Result(**json.loads(done.stdout))


def _backends(database: str) -> list[int]:
    with admin() as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s", [database]
        ).fetchall()
    return [pid for (pid,) in rows]
