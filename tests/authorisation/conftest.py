"""One scene and one server for all tests of this folder that change nothing in them."""

from collections.abc import Iterator

import pytest

from tests.authorisation.leaving import Record
from tests.authorisation.scene import Scene
from tests.support.server import Server, web_server
from tests.support.world import World


@pytest.fixture(scope="session")
def scene(database) -> Scene:
    """A cell with a case at every step, kept for the whole run."""
    return Scene.whole()


@pytest.fixture(scope="session")
def strangers(database) -> World:
    """The people of another cell."""
    return World()


@pytest.fixture(scope="module")
def record(database) -> Iterator[Record]:
    """What is in the record, of all cells."""
    opened = Record()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server(database) -> Iterator[Server]:
    """A web server for the sockets of this folder."""
    with web_server() as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is left behind is looked for when everything else has been asked."""
    items.sort(key=lambda item: item.path.name == "test_what_is_left.py")
