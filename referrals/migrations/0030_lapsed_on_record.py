"""A request that lapses is on record: the function that marks it says which, and of what."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql.requesting import LAPSE


class Migration(migrations.Migration):
    dependencies = [("referrals", "0029_many_cases")]

    operations = [
        migrations.RunSQL("DROP FUNCTION referrals.lapse_requests(int);", migrations.RunSQL.noop),
        MaintenanceFunction("referrals.lapse_requests(int)", LAPSE, execute_by=("rempart_worker",)),
    ]
