"""Who may read the record. Pure functions: no queries, no requests, no clocks."""

from kernel.viewer import Viewer


def can_read(viewer: Viewer) -> bool:
    """The record is for those who control access, and for nobody who works on cases."""
    return viewer.has("auditor", "dpo")
