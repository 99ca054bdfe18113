"""Signs in the people of a filled database, as the sign-in would have left them."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from infra.bench.filling.copying import copy_rows
from infra.bench.filling.database import admin
from kernel.clock import now
from kernel.http.sessions import scope_token, token_hash

HOURS = 8
LONGEST_IDLE = 1800
SESSION = (
    "token_hash, seat_id, account_id, channel, factor_at, created_at, idle_seconds, idle_until,"
    " expires_at, user_agent"
)
PEOPLE = """
SELECT p.seat_id, p.account_id, p.who, p.cell_id,
       array_agg(o.case_id ORDER BY o.n DESC) FILTER (WHERE o.case_id IS NOT NULL)
  FROM bench.person p LEFT JOIN bench.opened o USING (seat_id)
 GROUP BY p.seat_id ORDER BY p.cell_id, p.who, p.seat_id
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One person with a live session, and the cases that they can open."""

    who: str
    cell: int
    cookie: str = field(repr=False)
    cases: list[UUID] = field(repr=False)

    @property
    def token(self) -> str:
        """The scope token of the session."""
        return scope_token(self.cookie)


def sign_in_people(database: str, seed: int) -> list[SignedIn]:
    """Give everybody a session for a day's work; those of earlier measurements end."""
    chance = random.Random(seed)
    moment = now()
    later = moment + timedelta(hours=HOURS)
    with admin(database) as connection:
        connection.execute("DELETE FROM kernel_session")
        rows: list[tuple[object, ...]] = []
        people = []
        for seat, account, who, cell, cases in connection.execute(PEOPLE).fetchall():
            cookie = f"{chance.getrandbits(160):032x}"[:32]
            person = SignedIn(who, cell, cookie, cases or [])
            people.append(person)
            head = (token_hash(person.token), seat, account, "page", moment, moment)
            rows.append((*head, LONGEST_IDLE, later, later, ""))
        copy_rows(connection, "kernel_session", SESSION, rows)
        connection.execute("UPDATE kernel_session SET idle_until = expires_at")
        connection.execute("ANALYZE kernel_session")
    return people
