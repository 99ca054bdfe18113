"""Statements that are sent together: one message to PostgreSQL, which is one transaction.

A round trip costs more than most of what is asked in it. What is written together and reads
nothing back goes in one message, without a BEGIN and a COMMIT of its own around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with a %s for each value."""

    text: str
    values: Sequence[Any] = ()


def send(using: str, *statements: Statement) -> None:
    """Carry them all out, or none; inside an open transaction they are part of it.

    Whoever wants what a statement returns asks for it by itself.
    """
    values = [value for statement in statements for value in statement.values]
    with connections[using].cursor() as cursor:
        cursor.execute("; ".join(statement.text for statement in statements), values)
