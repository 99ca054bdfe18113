"""A log of a given size in a database of its own: entries as a cell writes them, really sealed."""

import json
import os
import time
from dataclasses import dataclass

from infra.bench import house
from infra.bench.filling import database
from infra.launcher.progress import step

CELL = 1

# The transaction of each entry is its own, as in a cell at work. They are numbered by hand in the
# first epoch, so the database goes on in the second, as after a restore.
ENTRIES = """
INSERT INTO audit_entry (id, epoch, xid, at, cell_id, kind, outcome, actor, seat, agency, case_id,
                         subject_id, request, payload) OVERRIDING SYSTEM VALUE
SELECT g, 1, g::text::xid8, now() - make_interval(secs => %(size)s - g), %(cell)s,
       CASE WHEN g %% %(rare)s = 7 THEN 'export.asked'
            ELSE (ARRAY['case.read', 'document.read', 'case.searched', 'meeting.read'])[1 + g %% 4]
       END,
       CASE WHEN g %% %(rare)s = 11 THEN 'refused' ELSE 'done' END,
       md5('a' || g %% 300)::uuid, md5('s' || g %% 400)::uuid, md5('o' || g %% 40)::uuid,
       md5('c' || g %% 9000)::uuid, NULL, md5('r' || g)::uuid,
       convert_to('{"channel":"' || CASE WHEN g %% %(rare)s = 13 THEN 'token' ELSE 'page' END
                  || '","facts":{"compartments":["facts","school_steps"],"right":'
                  || '"coordination"},"nonce":"' || md5(%(seed)s || 'n' || g) || '"}', 'UTF8')
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) g
"""
AT_ONCE = 250_000
RARE = 200
"""So many entries of a long log are exports, refused, or made with a token."""


@dataclass(frozen=True, slots=True)
class LogPlan:
    """The parameters of a filled log; the same ones give the same entries."""

    entries: int
    seed: int = 1

    @property
    def database(self) -> str:
        """The name of the database."""
        return f"rempart_bench_log_{self.entries}"

    def parameters(self, code: str, keys: str) -> str:
        """What the database is marked with."""
        return json.dumps({"entries": self.entries, "seed": self.seed, "code": code, "keys": keys})

    def __str__(self) -> str:
        return f"{self.entries:,} entries of one cell"


def ensure(plan: LogPlan) -> float:
    """Fill the database unless it holds exactly this; the seconds that the filling took."""
    known = database.filled_seconds(plan)  # type: ignore[arg-type]  # a plan in all that is asked
    if known is not None:
        return known
    began = time.monotonic()
    with step(f"Tables of {plan.database}"):
        database.make(plan)  # type: ignore[arg-type]
    with step(f"{plan.entries:,} entries"), database.admin(plan.database) as connection:
        connection.execute("ALTER TABLE audit_entry ALTER epoch SET DEFAULT 2")
        for first in range(1, plan.entries + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, plan.entries)
            about = {"size": plan.entries, "cell": CELL, "seed": str(plan.seed)}
            about |= {"rare": max(20, plan.entries // RARE)}
            connection.execute(ENTRIES, about | {"first": first, "last": last})
        connection.execute("VACUUM (ANALYZE) audit_entry")
    with step("Sealing them"), on(plan):
        _seal()
    seconds = time.monotonic() - began
    database.mark(plan, seconds)  # type: ignore[arg-type]
    return seconds


def on(plan: LogPlan):  # type: ignore[no-untyped-def]  # the context of house.standing_on
    """Django on this database; its roles are those of the record."""
    user, password = os.environ["REMPART_DB_ADMIN_USER"], os.environ["REMPART_DB_PASSWORD_ADMIN"]
    return house.standing_on(plan.database, user=user, password=password)


def _seal() -> None:
    # These know the product's own code, which can be imported from here on.
    from audit import keys, log
    from audit.sealer import Sealer

    with log.connect("sealer") as connection:
        sealer = Sealer(connection, keys.signing_key())
        if not sealer.takes_over():
            raise RuntimeError("Another sealer is at work on this database.")
        while sealer.seal():
            pass
