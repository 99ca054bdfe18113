"""A real server, a real Chromium, and people who sit down in front of it.

While Chromium is driven, Django takes this thread for an asynchronous one and refuses to talk to
the database: what a journey needs from it is asked ``apart``, in a thread of its own.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connections

from tests.journeys.desk import Desk
from tests.support.cells import dice
from tests.support.chromium import running_chromium
from tests.support.server import Server, web_server
from tests.support.world import Seated, World

Answer = TypeVar("Answer")
Apart = Callable[[Callable[[], Answer]], Answer]
SitsDown = Callable[..., Desk]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a journey at two widths keep one, drawn by the seed, unless both are asked for."""
    if os.environ.get("REMPART_WIDTHS") == "both":
        return
    alike: dict[str, list[pytest.Item]] = {}
    for item in items:
        given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        if given.pop("width", None) and item.path.is_relative_to(HERE):
            name = f"{item.nodeid.partition('[')[0]} {given}"
            alike.setdefault(name, []).append(item)
    kept = {dice(name).choice(several) for name, several in alike.items()}
    left = {item for several in alike.values() for item in several} - kept
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="module")
def server(database: None) -> Iterator[Server]:
    """The web server, on this process's test database."""
    with web_server() as running:
        yield running


@pytest.fixture(scope="module")
def browser(database: None) -> Iterator[Any]:
    """One Chromium for the module: its event loop must be gone before others use the database."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def apart(database: None) -> Iterator[Apart[Any]]:
    """Runs a function where the database may be asked, and returns its answer."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield lambda function: pool.submit(function).result()
        pool.submit(connections.close_all).result()


@pytest.fixture
def cell(apart: Apart[World]) -> World:
    """A cell of this test alone."""
    return apart(World)


@pytest.fixture
def sits_down(browser: Any, server: Server, apart: Apart[Any]) -> Iterator[SitsDown]:
    """Somebody of the cell opens a browser of their own. What it complains about fails the test."""
    desks: list[Desk] = []

    def at_a_desk(seat: Seated, *, width: int = 1280, expecting: tuple[str, ...] = ()) -> Desk:
        person = apart(lambda: seat.person)
        desk = Desk(browser, server.address, person, width=width, expecting=expecting)
        desks.append(desk)
        return desk

    yield at_a_desk
    for desk in desks:
        desk.leave()
    complaints = {desk.person.email: desk.complaints for desk in desks if desk.complaints}
    assert not complaints, complaints
