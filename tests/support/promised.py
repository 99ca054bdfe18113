"""Charters signed in tests that are about something else."""

from uuid import UUID

import psycopg
from django.conf import settings

from tests.support.database import admin


def has_signed(cell_id: int, account_id: UUID, seat_id: UUID) -> None:
    """The newest version of the cell's charter bears this account's signature.

    No session is opened for it: nothing but the signature tells that it was made.
    """
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        connection.execute(
            "INSERT INTO agencies_charter_signature (id, cell_id, account_id, seat_id, version)"
            " SELECT gen_random_uuid(), %s, %s, %s, max(version) FROM agencies_charter"
            " WHERE cell_id = %s ON CONFLICT DO NOTHING",
            [cell_id, account_id, seat_id, cell_id],
        )


def promised(connection: psycopg.Connection, cell_id: int, account_id: UUID) -> None:
    """A first version and a signature for a seat that stands in no real cell, before it is made."""
    with connection.transaction():
        # No row of agencies_cell stands behind such a cell.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "INSERT INTO agencies_charter (id, cell_id, version, edition, additions)"
            " VALUES (gen_random_uuid(), %s, 1, 1, '') ON CONFLICT DO NOTHING",
            [cell_id],
        )
        connection.execute(
            "INSERT INTO agencies_charter_signature (id, cell_id, account_id, seat_id, version)"
            " VALUES (gen_random_uuid(), %s, %s, gen_random_uuid(), 1)",
            [cell_id, account_id],
        )
