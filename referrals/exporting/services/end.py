"""Delete the files whose time is over, or whose reader has lost the right to what is in them."""

from django.db import connections, transaction

from audit.recorder import record_system
from kernel.files.store import store
from referrals import events
from referrals.documents.loose import place


def end_exports(at_most: int) -> int:
    """End what is over and delete its file, before that is committed: a file never stays alone.

    The key of the file goes with the row's change, so that a copy in a backup of the files opens
    no more either. Returns how many.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.end_exports(%s)", [at_most])
        ended = cursor.fetchall()
        for export_id, case_id, cell_id, receipt in ended:
            record_system(
                events.EXPORT_DELETED,
                using="worker",
                cell_id=cell_id,
                case_id=case_id,
                subject_id=export_id,
                receipt=receipt,
            )
            store().delete(place(case_id, export_id, "export"))
    return len(ended)
