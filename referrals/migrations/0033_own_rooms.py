"""Rooms of cases are heard by who reads them, of units by their people, of exports by who asked."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction, MayHear
from referrals.sql import hearing


class Migration(migrations.Migration):
    dependencies = [("referrals", "0032_done_and_no_more"), ("kernel", "0010_own_rooms")]

    operations = [
        MaintenanceFunction(
            "referrals.hears(text)", hearing.HEARS, execute_by=("rempart_runtime",)
        ),
        MayHear("referrals", hearing.ROOMS),
    ]
