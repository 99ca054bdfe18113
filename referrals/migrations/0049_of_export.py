"""A document is deleted by its two names: only an export has a file for each try."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import files

NAME = "referrals.unclaimed_files(int)"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0045_share_reads")]

    operations = [
        migrations.RunSQL(f"DROP FUNCTION {NAME};", migrations.RunSQL.noop),
        MaintenanceFunction(NAME, files.UNCLAIMED_FILES, execute_by=("rempart_worker",)),
    ]
