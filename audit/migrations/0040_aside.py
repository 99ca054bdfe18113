"""Two people set aside copies that contradict the log for good; those never go silently.

Exports of the record are counted behind the lock of all that is counted.
"""

from importlib import import_module

from django.db import migrations

from audit.sql import aside, exporting, telling
from kernel.rls.operations import AllowRole, MaintenanceFunction, SayAnew, ScopeTable

KEEPING = import_module("audit.migrations.0016_keeping")

FUNCTIONS = (
    ("audit.propose_aside(uuid, text, text)", aside.PROPOSE),
    ("audit.sign_aside(uuid)", aside.SIGN),
    ("audit.withdraw_aside(uuid)", aside.WITHDRAW),
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0039_ways")]

    operations = [
        migrations.RunSQL(aside.TABLE, "DROP TABLE audit_aside;"),
        ScopeTable("audit_aside", read=KEEPING.ANSWERING),
        AllowRole("audit_aside", "rempart_auditor"),
        *[
            MaintenanceFunction(signature, body, execute_by=KEEPING.PAGES)
            for signature, body in FUNCTIONS
        ],
        SayAnew(telling.ALERT),
        SayAnew(exporting.NEW_EXPORT),
    ]
