"""Delete the files whose time is over, and after a month what is left of them."""

from django.db import connections, transaction

from audit.desk import events
from audit.desk.exporting.make import EXTRACTS, place_of
from audit.recorder import record_system
from kernel.files.store import store

AT_ONCE = 10
"""A store that is slow holds no more rows than these, and who dies on the way undoes no more."""


def end_exports(at_most: int) -> int:
    """End what is over, a few at a time, and forget what ended a month ago; how many ended."""
    ended = 0
    while ended < at_most and (some := _end_some(min(AT_ONCE, at_most - ended))):
        ended += some
    EXTRACTS.ask("forget_exports", at_most)
    return ended


def _end_some(at_most: int) -> int:
    """End these and delete their files, before that is committed: a file never stays alone.

    Its key goes with the row's change, so that a copy in a backup of the files opens no more
    either. What was never finished may have left a file as well, and so may each try.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT * FROM audit.end_exports(%s)", [at_most])
        ended = cursor.fetchall()
        for export_id, cell_id, was_ready, tries in ended:
            if was_ready:
                record_system(
                    events.EXPORT_DELETED,
                    using="worker",
                    cell_id=cell_id,
                    subject_id=export_id,
                    extract=export_id,
                )
            for attempt in range(tries + 1):
                store().delete(place_of(cell_id, export_id, attempt))
    return len(ended)
