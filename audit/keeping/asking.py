"""What two people decide is asked of the database, whose own wall answers."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


def asked(function: str, *given: Any) -> bool:
    """What the database's own wall answers."""
    marks = ", ".join(["%s"] * len(given))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT audit.{function}({marks})", given)
        return bool(cursor.fetchone()[0])
