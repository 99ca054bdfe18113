"""The entry of an emergency access says what presses and what was opened as its row does."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import glass


class Migration(migrations.Migration):
    dependencies = [("referrals", "0042_first_reading")]

    operations = [MaintenanceFunction("referrals.has_reason()", glass.HAS_REASON)]
