"""Cells and seats made directly in the kernel's tables: the record knows nothing above them."""

import hashlib
import random
import secrets
from uuid import UUID, uuid4

import psycopg
from django.db import transaction

from audit import record
from audit.registry import EventKind, word
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from tests.support.promised import promised

word("compartment", "Partie", facts="Les faits", identity_target="Le nom")
OPENED = EventKind("trial.opened", frozenset({"compartment"}), "Dossier ouvert")
CLOSED = EventKind("trial.closed", frozenset(), "Dossier fermé")


def a_cell() -> int:
    """The number of a cell that nobody else has."""
    return random.randrange(10**8, 2**31 - 1)


def a_seat(connection: psycopg.Connection, cell_id: int, *roles: str) -> Viewer:
    """Somebody with these roles who has just signed in."""
    token = secrets.token_hex(16)
    seat_id, account_id, agency_id = uuid4(), uuid4(), uuid4()
    promised(connection, cell_id, account_id)
    connection.execute(
        "INSERT INTO kernel_seat VALUES (%s, %s, %s, %s, 'dsden', %s, '{}', false,"
        " 'Une personne', 'Une structure', 'Une cellule', now(), '9999-12-31', 1)",
        [seat_id, cell_id, account_id, agency_id, list(roles)],
    )
    connection.execute(
        "INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor_at,"
        " created_at, idle_seconds, idle_until, expires_at, user_agent) VALUES"
        " (%s, %s, %s, 'page', now(), now(), 900, now() + '1 hour', now() + '8 hours', '')",
        [hashlib.sha256(token.encode()).digest(), seat_id, account_id],
    )
    with transaction.atomic():
        viewer = bind(token)
    assert viewer is not None
    return viewer


def openings(viewer: Viewer, count: int, *, each: int = 50) -> UUID:
    """Record so many openings of one case, some in each transaction; returns the case's id."""
    case_id = uuid4()
    while count > 0:
        with acting_as(viewer) as fresh:
            for _ in range(min(each, count)):
                record(OPENED, viewer=fresh, case_id=case_id, compartment="facts")
        count -= each
    return case_id
