"""Who answers for what is kept. Pure functions: no queries, no requests, no clocks."""

from kernel.viewer import Viewer


def may_propose(viewer: Viewer) -> bool:
    """Whoever controls access proposes a purge, withdraws it, and places and lifts holds."""
    return viewer.has("auditor", "dpo")


def may_sign(viewer: Viewer) -> bool:
    """They, and whoever administers the cell, sign what somebody else has proposed."""
    return viewer.has("auditor", "dpo", "cell_admin")
