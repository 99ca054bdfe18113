"""A process that acts and records until it is killed: ``python -m tests.audit.appending``.

Each act and its entry are one transaction, which lasts a moment, so that others overtake it; every
seventh is taken back. What was acknowledged is written out, one line for each.
"""

import os
import random
import sys
import time
from uuid import UUID, uuid4

import psycopg

NOBODY = UUID(int=0)
ENTRY = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
    " VALUES (%s, 'trial.opened', 'done', %s, %s, '{}')"
)


class TakenBack(Exception):
    """What was asked for could not be done after all."""


def main(host: str, port: str, name: str, cell: str) -> None:
    """Go on until killed, whatever becomes of the server."""
    while True:
        try:
            with psycopg.connect(
                host=host,
                port=port,
                dbname=name,
                user="rempart_worker",
                password=os.environ["REMPART_DB_PASSWORD_WORKER"],
                autocommit=True,
            ) as connection:
                for number in range(10**9):
                    _act(connection, int(cell), takes_back=number % 7 == 3)
        except psycopg.Error:
            time.sleep(0.02)


def _act(connection: psycopg.Connection, cell: int, *, takes_back: bool) -> None:
    act = uuid4()
    try:
        with connection.transaction():
            connection.execute("INSERT INTO act VALUES (%s)", [act])
            connection.execute(ENTRY, [cell, NOBODY, act])
            connection.execute("SELECT pg_sleep(%s)", [random.random() / 50])
            if takes_back:
                raise TakenBack
    except TakenBack:
        return
    sys.stdout.write(f"{act}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
