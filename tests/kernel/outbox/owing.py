"""Notifications owed to somebody, without a case to cause them."""

from uuid import UUID

from django.db import connections, transaction

from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.outbox.enqueue import owe as owe_as
from kernel.scope import acting_as
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import World


def owe(world: World, *, times: int = 1) -> list[UUID]:
    """Events that the coordinator is owed news of, committed; who causes them is the pilot."""
    recipient = world.coordinator.person.account_id
    events = [uuid7() for _each in range(times)]
    with acting_as(world.pilot.viewer) as viewer:
        for event in events:
            enqueue(
                viewer,
                event_id=event,
                kind="referral.submitted",
                recipients=[recipient],
                subject_id=uuid7(),
            )
    return events


def owe_unknown(world: World) -> None:
    """News of a kind that nobody declared, which no page may owe: the worker's own connection."""
    with transaction.atomic(using="worker"):
        owe_as(
            connections["worker"],
            cell_id=world.cell.pk,
            event_id=uuid7(),
            kind="nobody.declared",
            recipients=[world.coordinator.person.account_id],
            subject_id=None,
        )


def rows(world: World, columns: str, condition: str = "true") -> list[tuple[object, ...]]:
    """What the outbox holds for a cell, as the administrator sees it."""
    with admin(database_name()) as connection:
        return connection.execute(
            f"SELECT {columns} FROM kernel_outbox WHERE cell_id = %s AND {condition} ORDER BY id",
            [world.cell.pk],
        ).fetchall()


def told(world: World) -> list[tuple[UUID, UUID]]:
    """The lines in inboxes of a cell: event and account."""
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT event_id, account_id FROM kernel_notice WHERE cell_id = %s", [world.cell.pk]
        ).fetchall()


def run(statement: str, *values: object) -> None:
    """One statement as the administrator."""
    with admin(database_name()) as connection:
        connection.execute(statement, values)
