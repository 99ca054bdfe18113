"""What is said of a case stays true, and shares keep step with the last day of an agency.

The functions stand where their story is told; here those that have changed are made anew.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import exporting, leaving, steady


class Migration(migrations.Migration):
    dependencies = [("referrals", "0025_walls_of_shares")]

    operations = [
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in steady.FUNCTIONS.items()
        ],
        migrations.RunSQL(steady.TRIGGERS, steady.DROPPED),
        migrations.RunSQL(
            f"ALTER POLICY runtime_insert ON referrals_milestone WITH CHECK ({steady.TIMELINE});",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("referrals.new_export()", exporting.NEW_EXPORT),
        MaintenanceFunction("referrals.shares_follow()", leaving.SHARES_FOLLOW),
        migrations.RunSQL(
            "DROP TRIGGER shares_follow ON agencies_accession;"
            "CREATE TRIGGER shares_follow AFTER UPDATE OF valid_until ON agencies_accession"
            " FOR EACH ROW WHEN (NEW.valid_until <> OLD.valid_until)"
            " EXECUTE FUNCTION referrals.shares_follow();",
            migrations.RunSQL.noop,
        ),
    ]
