"""The real PostgreSQL, migrated once; real commits; tests kept apart by cells of their own.

Nothing is rolled back or truncated between tests: every test founds its own cell, as tenants do.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connections

from tests.support.cells import Cells, asks_all, dice, seed
from tests.support.database import migrated_database
from tests.support.scanner import Scanner, listening
from tests.support.world import World


def pytest_configure(config):
    """Draw the seed of the samples before other processes are started: they inherit it."""
    seed()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Where a fifth is asked for, keep the tests of a fifth of the files, drawn by the seed."""
    if os.environ.get("REMPART_FIFTH") and not asks_all():
        files = sorted({str(item.path) for item in items})
        chosen = set(dice("fifth").sample(files, (len(files) + 4) // 5))
        config.hook.pytest_deselected(items=[i for i in items if str(i.path) not in chosen])
        items[:] = [item for item in items if str(item.path) in chosen]


def pytest_terminal_summary(terminalreporter):
    """Say how many cells of the tables were asked, and how to ask the same or all of them."""
    _say_items(terminalreporter)
    found = [
        count
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, count in report.user_properties
        if name == "cells"
    ]
    if found and asks_all():
        terminalreporter.write_line(f"{sum(found):,} cells of the tables asked: all there are.")
    elif found:
        terminalreporter.write_line(
            f"{sum(found):,} cells of the tables asked, drawn by REMPART_SEED={seed()};"
            " ./infra/bin/authz asks them all."
        )


def _say_items(terminalreporter) -> None:
    """Say how many items of each class of bad input were asked."""
    asked = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                for name, told in report.user_properties:
                    if name == "items":
                        asked[told[0]] += told[1]
    if asked:
        classes = ", ".join(f"{label} {count}" for label, count in sorted(asked.items()))
        terminalreporter.write_line(
            f"{sum(asked.values()):,} items of bad input asked, made by REMPART_SEED={seed()}:"
            f" {classes}."
        )


@pytest.fixture(scope="session", autouse=True)
def database(django_db_blocker):
    """A migrated database for this test process, reached through the same roles as for real."""
    with django_db_blocker.unblock():
        migrated_database()
        yield
        connections.close_all()


@pytest.fixture(scope="session", autouse=True)
def scanner() -> Iterator[Scanner]:
    """A virus scanner for this test process and for the servers that it starts."""
    with listening() as found:
        settings.CLAMD = os.environ["REMPART_CLAMD"] = found.address
        yield found


@pytest.fixture(autouse=True)
def _no_connection_left_in_a_transaction():
    yield
    for connection in connections.all(initialized_only=True):
        assert not connection.in_atomic_block, "a test left a transaction open"


@pytest.fixture
def cells(request) -> Cells:
    """Asks the cells of a table; the test fails when any was wrong."""
    asking = Cells()
    yield asking
    request.node.user_properties.append(("cells", asking.asked))
    verdict = asking.verdict()
    if verdict:
        pytest.fail(verdict, pytrace=False)


@pytest.fixture
def items(request) -> Callable[[str, int], None]:
    """Tells how many items of a class of bad input a test has asked."""

    def told(label: str, count: int) -> None:
        request.node.user_properties.append(("items", (label, count)))

    return told


@pytest.fixture
def world() -> World:
    """A cell of this test alone, with a person in every seat."""
    return World()


@pytest.fixture
def elsewhere() -> World:
    """A second cell, whose people must see nothing of the first."""
    return World()
