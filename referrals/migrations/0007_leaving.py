"""An agency that leaves: its shares end with it, its measures wait for somebody else."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import leaving

ASKED = ("rempart_runtime",)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0006_held_rows"), ("agencies", "0008_leaving")]

    operations = [
        MaintenanceFunction("referrals.shares_follow()", leaving.SHARES_FOLLOW),
        MaintenanceFunction("referrals.sweep(int)", leaving.SWEEP, execute_by=("rempart_worker",)),
        MaintenanceFunction(
            "referrals.hand_over(uuid, uuid, date, int)", leaving.HAND_OVER, execute_by=ASKED
        ),
        MaintenanceFunction("referrals.drafts_waiting()", leaving.DRAFTS_WAITING, execute_by=ASKED),
        MaintenanceFunction(
            "referrals.without_anybody(int[])", leaving.EMPTY_UNITS, execute_by=ASKED
        ),
        migrations.RunSQL(
            "CREATE TRIGGER shares_follow AFTER UPDATE OF valid_until ON agencies_accession"
            " FOR EACH ROW WHEN (NEW.valid_until < OLD.valid_until)"
            " EXECUTE FUNCTION referrals.shares_follow()",
            "DROP TRIGGER shares_follow ON agencies_accession",
        ),
    ]
