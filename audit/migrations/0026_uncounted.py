"""What nobody has counted or verified for hours is told of, and no log forks beyond its end."""

from django.db import migrations

from audit.sql import health, telling
from kernel.rls.operations import MaintenanceFunction, SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0025_no_cell")]

    operations = [
        migrations.RunSQL(health.UNCOUNTED_TOO, migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION audit.health(int);", migrations.RunSQL.noop),
        MaintenanceFunction(
            "audit.health(int)", health.HEALTH, execute_by=("rempart_runtime", "rempart_worker")
        ),
        *[SayAnew(body) for body in (health.MEASURES, health.ALARMS, telling.ALERT)],
    ]
