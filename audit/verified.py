"""What the last verification of each log has found, kept so that everybody concerned sees it."""

import psycopg

from audit import log
from audit.verification import Report


def keep(connection: log.Connection, report: Report) -> None:
    """Note what was found, with the auditor role's rights."""
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(
            "INSERT INTO audit_verified (cell_id, size, findings) VALUES (%s, %s, %s)",
            [report.cell_id, report.size, len(report.findings)],
        )
