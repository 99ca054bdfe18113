"""What nobody has measured is not shown as good, and what a comparison has found is not hidden."""

from django.db import migrations

from audit.sql import health, telling
from kernel.rls.operations import MaintenanceFunction, SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0020_on_whose_word")]

    operations = [
        migrations.RunSQL(health.COMPARED, "ALTER TABLE audit_verified DROP COLUMN compared;"),
        migrations.RunSQL("DROP FUNCTION audit.health(int);", migrations.RunSQL.noop),
        MaintenanceFunction(
            "audit.health(int)", health.HEALTH, execute_by=("rempart_runtime", "rempart_worker")
        ),
        *[SayAnew(body) for body in (health.MEASURES, health.ALARMS, telling.ALERT)],
    ]
