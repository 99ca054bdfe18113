"""Everybody may know who has read the cases that they see."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import looked_at


class Migration(migrations.Migration):
    dependencies = [("referrals", "0036_findings")]

    operations = [
        MaintenanceFunction(
            "referrals.looked_at(date, date, uuid, date, text, int)",
            looked_at.LOOKED_AT,
            execute_by=("rempart_runtime",),
        ),
    ]
