"""What is counted before one more is added: whoever counts waits for whoever is adding."""

from typing import Final
from uuid import UUID

from django.db import connection

IN_TURN: Final = 7310045
"""The lock, with a hash of the table and of whose rows they are; triggers take the same one."""


def one_after_the_other(table: str, whose: UUID) -> None:
    """Wait until whatever is added to theirs at this moment is added; held until the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [IN_TURN, f"{table}{whose}"]
        )
