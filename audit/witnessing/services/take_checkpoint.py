"""Somebody takes the newest checkpoint away: whoever keeps one can prove a later rewrite."""

from dataclasses import replace

from audit import events, log
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing.cosigned import with_cosignatures
from audit.witnessing.selectors import newest_checkpoint
from kernel.errors import NotFound
from kernel.viewer import Viewer


def take_checkpoint(viewer: Viewer) -> log.Stored:
    """The newest checkpoint of the viewer's cell, with the lines of those who have cosigned it.

    NotFound when nothing is sealed yet.
    """
    stored = newest_checkpoint(viewer)
    if stored is None:
        raise NotFound
    record(events.CHECKPOINT_TAKEN, viewer=viewer, entries=stored.size)
    return replace(stored, note=with_cosignatures(scoped_connection(), stored))
