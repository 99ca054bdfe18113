"""Cells and seats made directly in the kernel's tables: the record knows nothing above them."""

import hashlib
import random
import secrets
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from audit.registry import EventKind
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from tests.support.database import admin

OPENED = EventKind("trial.opened", frozenset({"compartment"}), "Dossier ouvert")
CLOSED = EventKind("trial.closed", frozenset(), "Dossier fermé")

Seats = Callable[..., Viewer]


@pytest.fixture
def cell() -> int:
    """A cell of this test alone."""
    return random.randrange(10**8, 2**31 - 1)


@pytest.fixture
def owner_of_everything() -> Iterator[psycopg.Connection]:
    """The hostile administrator: a superuser in the test database."""
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        yield connection


@pytest.fixture
def seat(cell: int, owner_of_everything: psycopg.Connection) -> Seats:
    """Makes somebody with these roles who has just signed in."""

    def make(*roles: str, cell_id: int = cell) -> Viewer:
        token = secrets.token_hex(16)
        seat_id, account_id, agency_id = uuid4(), uuid4(), uuid4()
        owner_of_everything.execute(
            "INSERT INTO kernel_seat VALUES (%s, %s, %s, %s, 'dsden', %s, '{}', false,"
            " 'Une personne', 'Une structure', 'Une cellule', now(), '9999-12-31', 1)",
            [seat_id, cell_id, account_id, agency_id, list(roles)],
        )
        owner_of_everything.execute(
            "INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor_at,"
            " created_at, idle_seconds, idle_until, expires_at, user_agent) VALUES"
            " (%s, %s, %s, 'page', now(), now(), 900, now() + '1 hour', now() + '8 hours', '')",
            [hashlib.sha256(token.encode()).digest(), seat_id, account_id],
        )
        with transaction.atomic():
            viewer = bind(token)
        assert viewer is not None
        return viewer

    return make


@pytest.fixture
def viewer(seat: Seats) -> Viewer:
    """Somebody who works on cases."""
    return seat("cell_coordinator")


@pytest.fixture
def auditor(seat: Seats) -> Viewer:
    """Somebody who reads the record of this cell."""
    return seat("auditor")


@pytest.fixture
def opened(viewer: Viewer) -> Callable[..., UUID]:
    """Records so many openings of one case, some in each transaction; returns the case's id."""
    from audit import record

    def make(count: int = 1, *, each: int = 50, by: Viewer = viewer) -> UUID:
        case_id = uuid4()
        while count > 0:
            with acting_as(by) as fresh:
                for _ in range(min(each, count)):
                    record(OPENED, viewer=fresh, case_id=case_id, compartment="facts")
            count -= each
        return case_id

    return make
