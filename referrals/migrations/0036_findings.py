"""What an auditor is told of shares that nobody uses, and of readings without anything to do."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0035_drift_by_cell"), ("audit", "0013_review")]

    operations = [
        MaintenanceFunction(
            "referrals.unused_shares()", finding.UNUSED_SHARES, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "referrals.unassigned_reads(date, date)",
            finding.UNASSIGNED_READS,
            execute_by=("rempart_runtime",),
        ),
    ]
