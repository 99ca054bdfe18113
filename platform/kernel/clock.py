"""The one place that asks what time it is."""

from datetime import UTC, date, datetime, time

from django.utils import timezone

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""No end foreseen. Never PostgreSQL's ``infinity``, which psycopg cannot read back."""


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def midnight(day: date) -> datetime:
    """When this day begins where people are, aware."""
    return timezone.make_aware(datetime.combine(day, time.min))
