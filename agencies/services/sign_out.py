"""Leaving: the session ends in the database, whatever the browser still holds."""

from __future__ import annotations

from django.db import connection

from agencies import events
from audit import record
from kernel.viewer import Viewer


def sign_out(viewer: Viewer) -> None:
    """End the session that this viewer is bound by, in the viewer's own transaction.

    The sign-in connection would wait for this very transaction, which holds the session's row
    since it was last seen alive. The database therefore lets whoever shows a token end it.
    """
    record(events.CLOSED, viewer=viewer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.end_session(%s)", [viewer.token])
