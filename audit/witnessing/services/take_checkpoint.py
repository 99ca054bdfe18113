"""Somebody takes the newest checkpoint away: whoever keeps one can prove a later rewrite."""

from audit import events, log
from audit.recorder import record
from audit.witnessing.selectors import newest_checkpoint
from kernel.errors import NotFound
from kernel.viewer import Viewer


def take_checkpoint(viewer: Viewer) -> log.Stored:
    """The newest checkpoint of the viewer's cell. NotFound when nothing is sealed yet."""
    stored = newest_checkpoint(viewer)
    if stored is None:
        raise NotFound
    record(events.CHECKPOINT_TAKEN, viewer=viewer, entries=stored.size)
    return stored
