"""One scene for all tests of this folder that change nothing in it."""

import pytest

from tests.authorisation.scene import Scene
from tests.support.world import World


@pytest.fixture(scope="session")
def scene(database) -> Scene:
    """A cell with a case at every step, kept for the whole run."""
    return Scene.whole()


@pytest.fixture(scope="session")
def strangers(database) -> World:
    """The people of another cell."""
    return World()
