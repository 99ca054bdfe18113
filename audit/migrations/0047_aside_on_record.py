"""No copy is set aside, and no alert raised, without an entry that says the same."""

from django.db import migrations

from audit.sql import aside, telling
from kernel.rls.operations import MaintenanceFunction, SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0046_since")]

    operations = [
        MaintenanceFunction("audit.aside_on_record()", aside.ON_RECORD),
        migrations.RunSQL(
            aside.WATCHED,
            "DROP TRIGGER z_on_record ON audit_aside; DROP FUNCTION audit.aside_on_record();",
        ),
        SayAnew(telling.ALERT),
    ]
