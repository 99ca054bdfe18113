"""How much one seat sends and takes along: asked by the services, and kept by the database."""

from typing import Final

from django.db import connection

from kernel.viewer import Viewer

DOCUMENTS: Final = 100
"""Within an hour. A file that is sent is looked at, cleaned and kept: that is work for all."""

UPLOADS: Final = 5
"""Files on their way at the same time."""

EXPORTS: Final = 20
"""Within an hour. Nobody needs more: that would be a case file that walks away."""

_LOCK: Final = 7310045


def one_after_the_other(viewer: Viewer, table: str) -> None:
    """Wait until whatever the same seat writes into this table at this moment is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, f"{table}{viewer.seat_id}"]
        )
