"""Give a case a new key: every value of it is sealed anew, in one transaction."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from audit.recorder import record_system
from kernel.crypto.cases import CaseCipher, new_case_key
from kernel.crypto.keeping import ALIAS, asked, told
from referrals import events
from referrals.casefile.sealed import Sealed, everything_sealed
from referrals.keeping.found import opened_period

_SELECT = "SELECT {row_id}, {columns} FROM {table} WHERE case_id = %s"
_UPDATE = "UPDATE {table} SET {setting} WHERE {row_id} = %s"


def rotate_case(case_id: UUID) -> int:
    """Replace the key of a case; how many values were sealed anew, none for a destroyed case.

    The case is held as by everybody who writes in it. Whoever reads meanwhile sees the former
    values under the former key or the present ones under the present key, and reads on.
    """
    with transaction.atomic(using=ALIAS):
        asked("SELECT 1 FROM referrals_case WHERE id = %s FOR UPDATE", [case_id])
        rows = asked(
            "SELECT cell_id, period_key_id, wrapped, number FROM referrals_case_key"
            " WHERE case_id = %s FOR UPDATE",
            [case_id],
        )
        if not rows:
            return 0
        cell_id, period_key_id, wrapped, number = rows[0]
        before = CaseCipher(case_id, period_key_id, wrapped, number, period=opened_period)
        fresh = new_case_key(case_id, period_key_id, number + 1, period=opened_period)
        after = CaseCipher(case_id, period_key_id, fresh, number + 1, period=opened_period)
        # The key first: what is written from here on is asked for by which key it was sealed.
        told(
            "UPDATE referrals_case_key SET wrapped = %s, number = %s WHERE case_id = %s",
            [fresh, number + 1, case_id],
        )
        done = sum(
            told(statement, values)
            for place in everything_sealed()
            for statement, values in _sealed_anew(case_id, place, before, after)
        )
        record_system(events.CASE_KEY_ROTATED, using=ALIAS, cell_id=cell_id, case_id=case_id)
    return done


def _sealed_anew(
    case_id: UUID, place: Sealed, before: CaseCipher, after: CaseCipher
) -> Iterator[tuple[str, list[object]]]:
    """A statement for each row of a table."""
    named = {
        "table": place.table,
        "row_id": place.row_id,
        "columns": ", ".join(place.columns),
        "setting": ", ".join(f"{column} = %s" for column in place.columns),
    }
    update = _UPDATE.format(**named)
    rows = asked(_SELECT.format(**named), [case_id])
    for row_id, *values in rows:
        fresh = [
            None
            if value is None
            else after.seal(
                place.table, column, row_id, before.open(place.table, column, row_id, value)
            )
            for column, value in zip(place.columns, values, strict=True)
        ]
        yield update, [*fresh, row_id]
