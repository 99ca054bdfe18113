"""Rows of cases that say other readers than the grants: there should never be any."""

from django.db import connections


def drifting() -> dict[int, float]:
    """How many cases of each cell have such rows, as the worker counts them."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT in_cell, cases FROM referrals.drift_by_cell()")
        return dict(cursor.fetchall())
