"""People for tests of the floor: seats and sessions without the apps that usually make them."""

import os
import random
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction

from kernel.clock import FOREVER, now
from kernel.http.sessions import scope_token, token_hash
from kernel.live import announce
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from tests.support.database import admin
from tests.support.promised import promised


@dataclass
class Sitting:
    """One person in one seat with one live session, as a browser has it."""

    cell_id: int
    unit: int
    seat_id: UUID = field(default_factory=uuid4)
    cookie: str = field(default_factory=lambda: os.urandom(16).hex())

    @property
    def token(self) -> str:
        """The scope token of the session."""
        return scope_token(self.cookie)

    @property
    def room(self) -> str:
        """The room of the seat's own unit."""
        return f"unit:{self.unit}"

    def viewer(self) -> Viewer:
        """The viewer as PostgreSQL knows it now."""
        with transaction.atomic():
            viewer = bind(self.token)
        assert viewer is not None
        return viewer

    def ring(self, room: str | None = None, kind: str = "thing.changed", *, times: int = 1) -> int:
        """Announce and commit, as a service does; the last number given out."""
        with acting_as(self.viewer()) as viewer:
            for _each in range(times):
                seq = announce(viewer, room or self.room, kind, uuid4())
        return seq


def a_cell() -> int:
    """The number of a cell that no other test uses."""
    return random.randrange(10**6, 2 * 10**9)


def sit(cell_id: int | None = None, unit: int | None = None) -> Sitting:
    """Seat a person and sign them in with both factors."""
    sitting = Sitting(cell_id or a_cell(), unit or random.randrange(10**6, 10**9))
    account_id = uuid4()
    with admin(database()) as connection:
        promised(connection, sitting.cell_id, account_id)
        connection.execute(
            "INSERT INTO kernel_seat (id, cell_id, account_id, agency_id, agency_kind, roles,"
            " units, bound_by_secrecy, display_name, agency_name, cell_name, valid_from,"
            " valid_until, version) VALUES (%s, %s, %s, %s, 'other', '{agency_partner}', %s,"
            " false, 'Une personne', 'Un service', 'Une cellule', %s, %s, 1)",
            [
                sitting.seat_id,
                sitting.cell_id,
                account_id,
                uuid4(),
                [sitting.unit],
                now() - timedelta(days=1),
                FOREVER,
            ],
        )
    sign_in(sitting)
    return sitting


def sign_in(sitting: Sitting) -> None:
    """Mint the session that the sitting's cookie stands for."""
    moment = now()
    run(
        "INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor_at,"
        " created_at, idle_seconds, idle_until, expires_at, user_agent)"
        " VALUES (%s, %s, %s, 'page', %s, %s, 900, %s, %s, '')",
        token_hash(sitting.token),
        sitting.seat_id,
        uuid4(),
        moment,
        moment,
        moment + timedelta(minutes=15),
        moment + timedelta(hours=8),
    )


def sign_out(sitting: Sitting) -> None:
    """End the session, as signing out does."""
    run("DELETE FROM kernel_session WHERE token_hash = %s", token_hash(sitting.token))


def end_seat(sitting: Sitting) -> None:
    """End the membership behind the seat."""
    run("UPDATE kernel_seat SET valid_until = now() WHERE id = %s", sitting.seat_id)


def run(statement: str, *values: object) -> None:
    """One statement as the administrator of the test database."""
    with admin(database()) as connection:
        connection.execute(statement, values)


def database() -> str:
    """The name of this process's test database."""
    from django.conf import settings

    return str(settings.DATABASES["default"]["NAME"])
