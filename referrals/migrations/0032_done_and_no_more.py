"""A measure is done and nothing else becomes of it, and an export waits for a key in no circle.

The functions stand where their story is told; here those that have changed are made anew.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import exporting, steady


class Migration(migrations.Migration):
    dependencies = [("referrals", "0031_written_once")]

    operations = [
        MaintenanceFunction("referrals.guard_measure()", steady.GUARD_MEASURE),
        migrations.RunSQL(steady.MEASURES, "DROP TRIGGER z_measure ON referrals_measure;"),
        MaintenanceFunction(
            "referrals.finish_export(uuid, int, int, text, bytea)",
            exporting.FINISH_EXPORT,
            execute_by=("rempart_runtime",),
        ),
    ]
