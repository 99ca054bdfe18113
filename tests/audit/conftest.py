"""What every test of the record starts from."""

from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
import pytest
from django.conf import settings

from kernel.viewer import Viewer
from tests.audit import seats
from tests.support.database import admin


@pytest.fixture(scope="module")
def owner_of_everything() -> Iterator[psycopg.Connection]:
    """The hostile administrator: a superuser in the test database."""
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        yield connection


@pytest.fixture
def cell() -> int:
    """A cell of this test alone."""
    return seats.a_cell()


@pytest.fixture
def seat(cell: int, owner_of_everything: psycopg.Connection) -> Callable[..., Viewer]:
    """Makes somebody with these roles who has just signed in."""

    def make(*roles: str, cell_id: int = cell) -> Viewer:
        return seats.a_seat(owner_of_everything, cell_id, *roles)

    return make


@pytest.fixture
def viewer(seat: Callable[..., Viewer]) -> Viewer:
    """Somebody who works on cases."""
    return seat("cell_coordinator")


@pytest.fixture
def auditor(seat: Callable[..., Viewer]) -> Viewer:
    """Somebody who reads the record of this cell."""
    return seat("auditor")


@pytest.fixture
def opened(viewer: Viewer) -> Callable[..., UUID]:
    """Records so many openings of one case, some in each transaction; returns the case's id."""

    def make(count: int = 1, *, each: int = 50, by: Viewer = viewer) -> UUID:
        return seats.openings(by, count, each=each)

    return make
