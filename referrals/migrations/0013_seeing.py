"""Who sees a case and why is told to those who answer for it."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import seeing


class Migration(migrations.Migration):
    dependencies = [("referrals", "0012_orders")]

    operations = [
        MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
        for signature, (body, asked) in seeing.FUNCTIONS.items()
    ]
