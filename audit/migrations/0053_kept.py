"""Whoever counts the record, or keeps what stands out in it, is told of when they have stopped."""

from django.db import migrations

from audit.sql import found, health
from kernel.rls.operations import MaintenanceFunction, SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0052_aside_lapses")]

    operations = [
        migrations.RunSQL(health.UNKEPT_TOO, migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION audit.health(int);", migrations.RunSQL.noop),
        MaintenanceFunction(
            "audit.health(int)", health.HEALTH, execute_by=("rempart_runtime", "rempart_worker")
        ),
        *[SayAnew(body) for body in (health.MEASURES, health.ALARMS, found.KEEP_FOUND)],
    ]
