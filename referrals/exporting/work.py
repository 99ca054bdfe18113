"""Who makes the exports that are owed."""

from uuid import UUID

from kernel.outbox.works import work
from referrals.exporting.services.ask import MADE


def declare() -> None:
    """Register the work. What makes files is loaded by whoever does it."""
    work(MADE, do=_make, given_up=_given_up)


def _make(export_id: UUID) -> None:
    from referrals.exporting.services.make import make

    make(export_id)


def _given_up(export_id: UUID) -> None:
    from referrals.exporting.services.make import given_up

    given_up(export_id)
