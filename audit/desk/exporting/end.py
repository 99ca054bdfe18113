"""Delete the files whose time is over."""

from django.db import connections, transaction

from audit.desk import events
from audit.desk.exporting.make import place_of
from audit.recorder import record_system
from kernel.files.store import store


def end_exports(at_most: int) -> int:
    """End what is over and delete its file, before that is committed: a file never stays alone.

    Its key goes with the row's change, so that a copy in a backup of the files opens no more
    either. What was never finished may have left a file as well. Returns how many.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT * FROM audit.end_exports(%s)", [at_most])
        ended = cursor.fetchall()
        for export_id, cell_id, was_ready in ended:
            if was_ready:
                record_system(
                    events.EXPORT_DELETED,
                    using="worker",
                    cell_id=cell_id,
                    subject_id=export_id,
                    extract=export_id,
                )
            store().delete(place_of(cell_id, export_id))
    return len(ended)
