"""Delete the files whose time is over, or whose reader has lost the right to what is in them."""

from django.db import connections, transaction

from audit.recorder import record_system
from kernel.files.store import store
from referrals import events
from referrals.documents.loose import place_of_export
from referrals.exporting.services.make import EXPORTS

AT_ONCE = 10
"""A store that is slow holds no more rows than these, and who dies on the way undoes no more."""


def end_exports(at_most: int) -> int:
    """End what is over, a few at a time, and forget what ended a month ago; how many ended."""
    ended = 0
    while ended < at_most and (some := _end_some(min(AT_ONCE, at_most - ended))):
        ended += some
    EXPORTS.ask("forget_exports", at_most)
    return ended


def _end_some(at_most: int) -> int:
    """End these and delete their files, before that is committed: a file never stays alone.

    The key of the file goes with the row's change, so that a copy in a backup of the files opens
    no more either. Each try may have left a file of its own.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.end_exports(%s)", [at_most])
        ended = cursor.fetchall()
        for export_id, case_id, cell_id, receipt, tries in ended:
            record_system(
                events.EXPORT_DELETED,
                using="worker",
                cell_id=cell_id,
                case_id=case_id,
                subject_id=export_id,
                receipt=receipt,
            )
            for attempt in range(tries + 1):
                store().delete(place_of_export(case_id, export_id, attempt))
    return len(ended)
