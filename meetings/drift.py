"""Meetings with rows that say other readers than the rules: there should never be any."""

from django.db import connections


def drifting() -> dict[int, float]:
    """How many meetings of each cell have such rows, as the worker counts them."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT in_cell, meetings FROM meetings.drift_by_cell()")
        return dict(cursor.fetchall())
