"""Clearing away what is over, a little at each sign-in, so that nothing else has to run."""

from __future__ import annotations

from typing import Final

from agencies.services.origin import SIGNIN
from agencies.services.throttle import WINDOW
from kernel.clock import now
from kernel.statements import Statement, send

AT_ONCE: Final = 200


def tidy() -> None:
    """Delete some ended sessions, counters and questions that nothing depends on any more."""
    moment = now()
    values = [moment, moment - 4 * WINDOW, AT_ONCE]
    send(SIGNIN, Statement("SELECT agencies.clear_away(%s, %s, %s)", values))
