"""Destroy the key of a case, or of a whole period: nobody reads it again."""

from django.db import transaction

from audit.recorder import record_system
from kernel.clock import now
from kernel.crypto.keeping import ALIAS, Watch, asked, told
from referrals import events
from referrals.documents.loose import delete_files
from referrals.keeping.found import Found
from referrals.states import ENDS

_WITH_FILES = (
    "SELECT id, false FROM referrals_document WHERE case_id = %s"
    " UNION ALL SELECT id, true FROM referrals_export WHERE case_id = %s"
)


def is_over(found: Found) -> bool:
    """Whether nobody works on the case any more."""
    return found.state in ENDS


def shred_case(found: Found) -> bool:
    """Destroy a case's key and the marks that find its pupils; whether there was a key.

    At once nobody sees the case, and its files are deleted; those that cannot be now, the worker
    deletes. Its entries stay in the record, which holds no name.
    """
    with transaction.atomic(using=ALIAS):
        asked("SELECT 1 FROM referrals_case WHERE id = %s FOR UPDATE", [found.case_id])
        gone = told("DELETE FROM referrals_case_key WHERE case_id = %s", [found.case_id])
        told(
            "UPDATE referrals_party SET blind = NULL, blind_name = NULL, blind_born = NULL"
            " WHERE case_id = %s",
            [found.case_id],
        )
        told(
            "UPDATE referrals_case SET shredded_at = coalesce(shredded_at, %s) WHERE id = %s",
            [now(), found.case_id],
        )
        if gone:
            record_system(
                events.CASE_SHREDDED, using=ALIAS, cell_id=found.cell_id, case_id=found.case_id
            )
        with_files = asked(_WITH_FILES, [found.case_id, found.case_id])
    for number, of_export in with_files:
        delete_files(found.case_id, number, of_export=of_export)
    return bool(gone)


def cases_in(cell_id: int, period: str) -> list[Found]:
    """The cases whose keys are of this period."""
    rows = asked(
        "SELECT c.id, c.cell_id, c.state FROM referrals_case_key k"
        " JOIN kernel_period_key p ON p.id = k.period_key_id"
        " JOIN referrals_case c ON c.id = k.case_id"
        " WHERE p.cell_id = %s AND p.period = %s ORDER BY c.id",
        [cell_id, period],
    )
    return [Found(*row) for row in rows]


def shred_period(cell_id: int, period: str, watch: Watch) -> int:
    """Destroy a period's key and every case of it; how many cases.

    Backups of the database still hold the wrapped key: see ``rotate_root_key``.
    """
    cases = cases_in(cell_id, period)
    for found in cases:
        shred_case(found)
        watch(1)
    with transaction.atomic(using=ALIAS):
        told("DELETE FROM kernel_period_key WHERE cell_id = %s AND period = %s", [cell_id, period])
        record_system(
            events.PERIOD_SHREDDED,
            using=ALIAS,
            cell_id=cell_id,
            period=f"year.{period}",
            cases=len(cases),
        )
    return len(cases)
