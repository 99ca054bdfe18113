"""The copies that contradict a log stand each for itself, until the log agrees with that very one."""

from django.db import migrations

from audit.sql import health, telling
from kernel.rls.operations import MaintenanceFunction, said_anew


class Migration(migrations.Migration):
    dependencies = [("audit", "0030_exports_at_work")]

    operations = [
        migrations.RunSQL(health.COPIES, migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION audit.health(int);", migrations.RunSQL.noop),
        MaintenanceFunction(
            "audit.health(int)", health.HEALTH, execute_by=("rempart_runtime", "rempart_worker")
        ),
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS audit.alert(text, bigint);", migrations.RunSQL.noop
        ),
        MaintenanceFunction(
            "audit.alert(text, bigint, text)",
            said_anew(telling.ALERT),
            execute_by=("rempart_runtime",),
        ),
    ]
