"""Who has read one's cases is told case by case, however much is read on a day."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import looked_at


class Migration(migrations.Migration):
    dependencies = [("referrals", "0044_files_of_tries"), ("audit", "0038_sums")]

    operations = [
        SayAnew(looked_at.LOOKED_AT),
    ]
