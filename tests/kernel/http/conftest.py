"""One scene for the tests of bad input: what is refused changes nothing in it."""

import pytest

from tests.authorisation.scene import Scene
from tests.support.world import World


@pytest.fixture(scope="session")
def scene(database) -> Scene:
    """A cell with a case at every step."""
    return Scene.whole()


@pytest.fixture(scope="session")
def abroad(database) -> World:
    """Another cell, whose references are as good as invented ones."""
    return World()
