"""What the last verification of each log has found, kept so that everybody concerned sees it."""

from collections.abc import Sequence

import psycopg

from audit import log
from audit.checkpoint import Checkpoint
from audit.sql.telling import KEEPING
from audit.verification import Report


def keep(connection: log.Connection, report: Report, against: Sequence[Checkpoint] = ()) -> None:
    """Note what was found, with the auditor role's rights.

    What only a kept copy shows stands until a verification against a copy as large finds nothing:
    one without it has not looked.
    """
    held = max((copy.size for copy in against), default=0)
    shown = report.forked_at is not None or held > report.size
    with connection.transaction(), psycopg.Cursor(connection) as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({KEEPING})")
        cursor.execute(
            "WITH last AS (SELECT findings, against FROM audit_verified WHERE cell_id = %(cell)s"
            "               ORDER BY at DESC LIMIT 1),"
            " stands AS (SELECT * FROM last WHERE findings > 0 AND against > %(held)s)"
            " INSERT INTO audit_verified (cell_id, size, findings, against)"
            " VALUES (%(cell)s, %(size)s,"
            "         greatest(%(findings)s::int, (SELECT findings FROM stands)),"
            "         greatest(%(shown)s::bigint, (SELECT against FROM stands)))",
            {
                "cell": report.cell_id,
                "size": report.size,
                "findings": len(report.findings),
                "held": held,
                "shown": held if shown else 0,
            },
        )
