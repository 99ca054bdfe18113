"""What the defects are planted in: a scene, the people of another cell, all of them signed in."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.authorisation.mutants.furnished import furnish
from tests.authorisation.scene import Scene
from tests.support.world import Seated, World


class Ground:
    """A scene and the people of another cell, all of whom are signed in."""

    def __init__(self) -> None:
        self.scene, self.strangers = Scene.whole(), World()
        for seat in [*self.scene.world.everybody().values(), *self.strangers.everybody().values()]:
            assert seat.viewer
            seat.browser.raise_request_exception = False
        furnish(self.scene)
        self._lost: set[str] = set()

    def lose(self, about: str) -> None:
        """An object that a defect let somebody change: the next one gets another."""
        if about:
            self._lost.add(about)

    def mend(self) -> None:
        """Make what was lost anew."""
        for about in self._lost:
            self.scene._kept.pop(about, None)
            self.scene.the(about)
        self._lost.clear()

    def story(self) -> str:
        """What the scene's case says, as the coordinator reads it."""
        with acting_as(self.scene.world.coordinator.viewer) as viewer:
            return str(case_file(viewer, self.scene.the("activated")).contents)

    def seat(self, name: str) -> Seated:
        """Somebody of the cell, or of the other one when the name says so."""
        world = self.strangers if name.startswith("abroad ") else self.scene.world
        return world.everybody()[name.removeprefix("abroad ")]


@contextmanager
def quiet() -> Iterator[None]:
    """Without the log: what a defect lets happen is not for a reader."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
