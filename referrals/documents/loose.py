"""Files by their names in the store: said before they are written, deleted when nobody needs them.

What is on the list of loose files is looked at by the worker, which deletes what no row claims. So
a request that dies between its file and its row leaves nothing behind, and neither does a document
that is destroyed, nor a case.
"""

import logging
from uuid import UUID

from django.db import connection, connections, transaction

from kernel.errors import NotFound, Unavailable
from kernel.exporting.work import TRIES
from kernel.files.store import store

logger = logging.getLogger(__name__)
ENDINGS = ("original", "served")


def place(case_id: UUID, number: UUID, ending: str) -> str:
    """The name of a file of the document with this number."""
    return f"cases/{case_id}/{number}.{ending}"


def place_of_export(case_id: UUID, number: UUID, attempt: int) -> str:
    """The name of the file of one try: who was only slow spoils no file of another.

    What was made before tries were counted says 0 of them.
    """
    tried = f"-{attempt}" if attempt else ""
    return f"cases/{case_id}/{number}{tried}.export"


def expect_file(case_id: UUID, number: UUID) -> None:
    """Say that a file will be written, in the transaction before. Raises NotFound out of scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.expect_file(%s, %s)", [number, case_id])
        if not cursor.fetchone()[0]:
            raise NotFound(case_id=case_id)


def delete_files(case_id: UUID, number: UUID, *, of_export: bool = False) -> bool:
    """Delete whatever a document keeps under its number, or an export; whether it is all gone."""
    documents = [place(case_id, number, ending) for ending in ENDINGS]
    exports = [place_of_export(case_id, number, attempt) for attempt in range(TRIES + 1)]
    try:
        for name in exports if of_export else documents:
            store().delete(name)
    except Unavailable:
        logger.warning("a file that nobody needs could not be deleted; it is tried again")
        return False
    return True


def delete_loose_files(at_most: int) -> int:
    """Delete the files that are due and that no row claims; returns how many numbers are done.

    A file is deleted before its line of the list: who dies on the way leaves the line.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        unclaimed = "SELECT of_case, number, of_export FROM referrals.unclaimed_files(%s)"
        cursor.execute(unclaimed, [at_most])
        found = cursor.fetchall()
        gone = [
            number
            for of_case, number, of_export in found
            if delete_files(of_case, number, of_export=of_export)
        ]
        stayed = [number for _case, number, _of_export in found if number not in gone]
        cursor.execute("SELECT referrals.files_gone(%s, %s)", [gone, stayed])
        return int(cursor.fetchone()[0])
