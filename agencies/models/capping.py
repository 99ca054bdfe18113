"""How long a device refuses everything after a wrong code: a moment, and never days."""

from __future__ import annotations

from typing import Final

DOUBLINGS: Final = 3
"""Wrong codes that are counted: the wait after them is 1, 2 and then always 4 seconds.

The library doubles without end, so that somebody who knows a password could keep the owner of the
device out for days. What bounds the number of guesses is ``services.throttle``, which slows down
addresses that are not the owner's: to one try in ten seconds, longer than the wait here, so that
the owner gets a turn in between.
"""


class CappedThrottling:
    """Before the library's own throttling in the bases of a device."""

    throttling_failure_count: int

    def throttle_increment(self, commit: bool = True) -> None:
        """Note a wrong code, and the time of it, but count no further than the cap."""
        super().throttle_increment(commit=False)  # type: ignore[misc]  # of the next base
        self.throttling_failure_count = min(self.throttling_failure_count, DOUBLINGS)
        if commit:
            self.save()  # type: ignore[attr-defined]  # of a model
