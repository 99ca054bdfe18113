"""Which reading was by which share is kept, and one day is asked for as well as many."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0048_of_this_case"), ("audit", "0037_found")]

    operations = [
        migrations.RunSQL(
            finding.TABLES, "DROP TABLE referrals_share_read, referrals_share_read_reach;"
        ),
        MaintenanceFunction(
            "referrals.keep_share_reads(int)",
            finding.KEEP_SHARE_READS,
            execute_by=("rempart_worker",),
        ),
        # A database that is made today has the one of two days already.
        *[
            migrations.RunSQL(
                f"DROP FUNCTION IF EXISTS referrals.unassigned_reads({taken});",
                migrations.RunSQL.noop,
            )
            for taken in ("date", "date, date")
        ],
        MaintenanceFunction(
            "referrals.unassigned_reads(date, date)",
            finding.UNASSIGNED_READS,
            execute_by=("rempart_runtime",),
        ),
    ]
