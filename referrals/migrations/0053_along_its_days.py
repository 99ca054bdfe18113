"""Who has read a case is looked for day by day along an index, and no further than it may be told."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import looked_at


class Migration(migrations.Migration):
    dependencies = [("referrals", "0052_left_behind"), ("audit", "0057_days_of_case")]

    operations = [SayAnew(looked_at.LOOKED_AT)]
