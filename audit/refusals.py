"""Every refused act of a signed-in person is an entry, on a connection of its own."""

from audit import events
from audit.recorder import record_refused
from audit.shapes import Shape, fits
from kernel.errors import DomainError
from kernel.viewer import Viewer


def refused(viewer: Viewer, refusal: DomainError, operation: str) -> None:
    """Called by the kernel once the refused act has been rolled back.

    An operation without a name of ours is written down as unknown: the refusal is answered.
    """
    record_refused(
        events.REFUSED,
        viewer=viewer,
        code=refusal.code,
        case_id=refusal.case_id,
        operation=operation if fits(Shape.OPERATION, operation) else "unknown",
    )
