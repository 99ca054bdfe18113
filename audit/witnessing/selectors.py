"""What every seat of a cell may know of its record: how long it is and what was signed last."""

from audit import keys, log
from audit.selectors import scoped_connection
from kernel.viewer import Viewer


def newest_checkpoint(viewer: Viewer) -> log.Stored | None:
    """The newest signed checkpoint of the viewer's cell."""
    return log.last_checkpoint(scoped_connection(), viewer.cell_id)


def key_notes() -> str:
    """How each key of the log handed over to the next; nothing while the first one signs."""
    return "\n".join(keys.notes(scoped_connection()))
