"""No line takes the place of another, and what counts as a cosignature its witness has signed."""

from django.db import migrations

from audit.sql import health, witnesses
from kernel.rls.operations import MaintenanceFunction, SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0031_copies")]

    operations = [
        migrations.RunSQL(witnesses.BESIDE, migrations.RunSQL.noop),
        migrations.RunSQL(health.COSIGNED, migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION audit.health(int);", migrations.RunSQL.noop),
        MaintenanceFunction(
            "audit.health(int)", health.HEALTH, execute_by=("rempart_runtime", "rempart_worker")
        ),
        SayAnew(health.MEASURES),
    ]
