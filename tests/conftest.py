"""The real PostgreSQL, migrated once; real commits; tests kept apart by cells of their own.

Nothing is rolled back or truncated between tests: every test founds its own cell, as tenants do.
"""

import pytest
from django.db import connections

from tests.support.database import migrated_database
from tests.support.world import World


@pytest.fixture(scope="session", autouse=True)
def database(django_db_blocker):
    """A migrated database for this test process, reached through the same roles as for real."""
    with django_db_blocker.unblock():
        migrated_database()
        yield
        connections.close_all()


@pytest.fixture(autouse=True)
def _no_connection_left_in_a_transaction():
    yield
    for connection in connections.all(initialized_only=True):
        assert not connection.in_atomic_block, "a test left a transaction open"


@pytest.fixture
def world() -> World:
    """A cell of this test alone, with a person in every seat."""
    return World()


@pytest.fixture
def elsewhere() -> World:
    """A second cell, whose people must see nothing of the first."""
    return World()
