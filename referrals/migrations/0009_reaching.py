"""Whom an act concerns: its people are told, its rooms are rung, and nobody else's."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction, MayOwe
from referrals.sql import reaching


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0008_prosecutor"),
        ("agencies", "0008_leaving"),
        ("kernel", "0007_ended_seats"),
    ]

    operations = [
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in reaching.FUNCTIONS.items()
        ],
        MayOwe("cases", reaching.OWED),
    ]
