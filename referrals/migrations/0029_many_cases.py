"""What ends in many cases at once holds them all first: nobody waits in a circle.

The functions stand where their story is told; here those that have changed are made anew.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import glass, leaving

WORKER = ("rempart_worker",)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0028_secret_alone")]

    operations = [
        MaintenanceFunction("referrals.shares_follow()", leaving.SHARES_FOLLOW),
        MaintenanceFunction("referrals.sweep(int)", leaving.SWEEP, execute_by=WORKER),
        MaintenanceFunction("referrals.tidy_glass(int)", glass.TIDY, execute_by=WORKER),
    ]
