"""Every refused act of a signed-in person is an entry, on a connection of its own."""

from audit import events
from audit.recorder import record_refused
from kernel.errors import DomainError
from kernel.viewer import Viewer


def refused(viewer: Viewer, refusal: DomainError, operation: str) -> None:
    """Called by the kernel once the refused act has been rolled back."""
    record_refused(
        events.REFUSED,
        viewer=viewer,
        code=refusal.code,
        case_id=refusal.case_id,
        operation=operation,
    )
