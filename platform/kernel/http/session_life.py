"""How long the session of a request still lasts, and putting its end off."""

from datetime import timedelta
from typing import Final

from kernel.clock import now
from kernel.scope import keep
from kernel.viewer import Viewer

LEFT: Final = "X-Session-Left"
"""The header that tells a page how many seconds remain after the request."""

WRITTEN_EVERY: Final = timedelta(seconds=15)
"""Being there is written down this often at most."""


def seconds_left(viewer: Viewer) -> int:
    """Whole seconds until the session ends when nobody does anything more."""
    ends = min(viewer.idle_until, viewer.expires_at)
    return max(0, int((ends - now()).total_seconds()))


def is_final(viewer: Viewer) -> bool:
    """Whether nothing can put the end off any more, because the longest life is reached."""
    return viewer.expires_at - now() <= timedelta(seconds=viewer.idle_seconds)


def seconds_left_after(viewer: Viewer, *, present: bool) -> int:
    """Put the idle end off when the person is there, and say how many seconds remain."""
    if not present:
        return seconds_left(viewer)
    idle = timedelta(seconds=viewer.idle_seconds)
    moment = now()
    if viewer.idle_until < moment + idle - min(WRITTEN_EVERY, idle / 10):
        keep(viewer)
        ends = min(moment + idle, viewer.expires_at)
        return max(0, int((ends - moment).total_seconds()))
    return seconds_left(viewer)
