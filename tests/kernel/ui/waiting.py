"""Waiting for a page, without the polling that a strict policy forbids."""

import time
from collections.abc import Callable
from typing import Any

from tests.kernel.ui.site import Asked, Site


def until(page: Any, true: Callable[[], Any], *, within: float = 6) -> Any:
    """The first true answer, while the page goes on living."""
    end = time.monotonic() + within
    while not (answer := true()):
        assert time.monotonic() < end, "it did not happen in time"
        page.wait_for_timeout(40)
    return answer


def sent_to(page: Any, site: Site, path: str) -> Asked:
    """The only post that a form made, once the page that answers it is shown.

    Chromium does not always survive being closed between the two.
    """
    page.get_by_role("heading", name="Reçu").wait_for()
    [sent] = site.posts(path)
    return sent
