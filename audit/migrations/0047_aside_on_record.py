"""Copies are set aside as they were shown, and on record, as what an alert is about is."""

from importlib import import_module

from django.db import migrations

from audit.sql import aside, telling
from kernel.rls.operations import MaintenanceFunction, SayAnew, said_anew

KEEPING = import_module("audit.migrations.0016_keeping")


class Migration(migrations.Migration):
    dependencies = [("audit", "0046_since")]

    operations = [
        MaintenanceFunction("audit.aside_on_record()", aside.ON_RECORD),
        migrations.RunSQL(
            aside.WATCHED,
            "DROP TRIGGER z_on_record ON audit_aside; DROP FUNCTION audit.aside_on_record();",
        ),
        SayAnew(telling.ALERT),
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS audit.propose_aside(uuid, text);", migrations.RunSQL.noop
        ),
        MaintenanceFunction(
            "audit.propose_aside(uuid, text, text)",
            said_anew(aside.PROPOSE),
            execute_by=KEEPING.PAGES,
        ),
    ]
