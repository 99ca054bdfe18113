"""A reading without anything to do is told by the share that it used, and by no other."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0036_findings")]

    operations = [
        MaintenanceFunction(
            "referrals.unassigned_reads(date)",
            finding.UNASSIGNED_READS_BY_SHARE,
            execute_by=("rempart_runtime",),
        ),
    ]
