"""Everybody may know who has looked at their own acts in the record."""

from django.db import migrations

from audit.sql import about_me
from kernel.rls.operations import MaintenanceFunction


class Migration(migrations.Migration):
    dependencies = [("audit", "0018_against"), ("kernel", "0005_session_life")]

    operations = [
        MaintenanceFunction(
            "audit.about_me(date, date, date, text, int)",
            about_me.ABOUT_ME,
            execute_by=("rempart_runtime",),
        ),
    ]
