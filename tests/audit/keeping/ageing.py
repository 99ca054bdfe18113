"""A log that is years old: entries written and sealed when the test says so."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg

from audit import keys, log
from audit.keeping import carrying
from audit.keeping.periods import ordinary_kinds
from audit.keeping.services import purging
from audit.sealer import Sealer
from kernel.scope import acting_as
from kernel.viewer import Viewer
from tests.audit import seats
from tests.audit.working import at_work, guards_off, seal, waiting

ORDINARY = "case.read"
CONTROL = "role.changed"
PURGED = 200
"""So many of the usual log have outlived their term."""
INSERT = (
    "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, case_id, request, payload)"
    " SELECT %s, %s, %s, 'done', %s, %s, gen_random_uuid(),"
    ' convert_to(\'{"channel":"page","facts":{},"nonce":"\''
    " || md5(random()::text) || '\"}', 'UTF8') FROM generate_series(1, %s)"
)


def months_ago(months: int) -> datetime:
    """A moment in a month that is surely so long ago, and not a month more."""
    return datetime.now(UTC) - timedelta(days=31 * months + 3)


class Earlier(Sealer):
    """A sealer that signs at another time."""

    moment: datetime

    def _now(self) -> datetime:
        return self.moment


@dataclass
class Ground:
    """A cell with an old log, and those who answer for it."""

    connection: psycopg.Connection
    cell_id: int
    auditor: Viewer
    dpo: Viewer
    admin: Viewer
    coordinator: Viewer
    case_id: UUID = field(default_factory=uuid4)

    def aged(self, *written: tuple[int, int, str, UUID | None]) -> None:
        """So many entries, written and sealed so many months ago, of this kind and case."""
        actor = self.coordinator.account_id
        with log.connect("sealer") as connection:
            sealer = at_work(Earlier(connection, keys.signing_key()))
            for count, months, kind, case_id in written:
                at = months_ago(months)
                row = [at, self.cell_id, kind, actor, case_id, count]
                self.connection.execute(INSERT, row)
                sealer.moment = at + timedelta(seconds=1)
                while waiting(self.cell_id):
                    sealer.seal()

    def seal(self) -> None:
        seal(self.cell_id)

    def propose(self, by: Viewer | None = None) -> UUID:
        with acting_as(by or self.auditor) as viewer:
            return purging.propose(viewer).id

    def sign(self, purge_id: UUID, by: Viewer | None = None) -> None:
        with acting_as(by or self.admin) as viewer:
            purging.sign(viewer, purge_id)

    def signed(self) -> UUID:
        """A purge that two people have decided."""
        purge_id = self.propose()
        self.sign(purge_id)
        return purge_id

    def carried_out(self) -> UUID:
        """A purge that has come to its end."""
        purge_id = self.signed()
        carrying.carry_out()
        self.seal()
        carrying.carry_out()
        self.seal()
        return purge_id

    def state(self, purge_id: UUID) -> str:
        return self.one("SELECT state FROM audit_purge WHERE id = %s", purge_id)

    def tidied(self) -> None:
        """Nothing open, nothing held, everybody fresh: for the next test of the same log."""
        self.connection.execute(
            "UPDATE audit_purge SET state = 'withdrawn' WHERE cell_id = %s", [self.cell_id]
        )
        self.connection.execute("DELETE FROM audit_hold WHERE cell_id = %s", [self.cell_id])
        everybody = [self.auditor, self.dpo, self.admin, self.coordinator]
        self.connection.execute(
            "UPDATE kernel_session SET factor_at = now() WHERE account_id = ANY(%s)",
            [[viewer.account_id for viewer in everybody]],
        )

    def one(self, query: str, *parameters: object) -> object:
        return self.connection.execute(query, parameters).fetchone()[0]

    def count(self, where: str = "true", *parameters: object) -> int:
        """How many of the cell's entries there are."""
        query = f"SELECT count(*) FROM audit_entry WHERE cell_id = %s AND {where}"
        return self.one(query, self.cell_id, *parameters)

    def moves(self, purge_id: UUID) -> list[tuple[str, object, object]]:
        """What the record says of one purge, in order: the step, from what and to what."""
        rows = self.connection.execute(
            "SELECT split_part(kind, '.', 2), convert_from(payload, 'UTF8')::jsonb -> 'facts'"
            " FROM audit_entry WHERE subject_id = %s ORDER BY epoch, xid, id",
            [purge_id],
        )
        return [(step, facts["before"], facts["after"]) for step, facts in rows]

    def kinds(self) -> list[str]:
        """What the record says of its own keeping, in order."""
        rows = self.connection.execute(
            "SELECT kind FROM audit_entry WHERE cell_id = %s AND kind LIKE 'keeping.%%'"
            " ORDER BY epoch, xid, id",
            [self.cell_id],
        )
        return [kind for (kind,) in rows]


def ground(connection: psycopg.Connection, *written: tuple[int, int, str, UUID | None]) -> Ground:
    """What is written, or 700 entries: two tiles and a tail. Of the 512 below, 150 ordinary ones
    have outlived their term, 50 more are of the case that a hold may keep, and 20 are of control.
    """
    assert ORDINARY in ordinary_kinds()
    assert CONTROL not in ordinary_kinds()
    cell_id = seats.a_cell()
    roles = ("auditor", "dpo", "cell_admin", "cell_coordinator")
    made = Ground(connection, cell_id, *(seats.a_seat(connection, cell_id, role) for role in roles))
    usual = (
        (50, 30, ORDINARY, made.case_id),
        (20, 20, CONTROL, None),
        (150, 14, ORDINARY, None),
        (480, 2, ORDINARY, None),
    )
    made.aged(*(written or usual))
    return made


def first_of(connection: psycopg.Connection, thinned: Ground, kind: str, months: int) -> int:
    """The number of the first entry of a kind that is older."""
    return connection.execute(
        "SELECT id FROM audit_entry WHERE cell_id = %s AND kind = %s"
        " AND at < now() - make_interval(months => %s) ORDER BY epoch, xid, id LIMIT 1",
        [thinned.cell_id, kind, months],
    ).fetchone()[0]


def delete(connection: psycopg.Connection, number: int) -> None:
    """What only a superuser or the owner can do."""
    with guards_off(connection):
        assert connection.execute("DELETE FROM audit_entry WHERE id = %s", [number]).rowcount == 1
