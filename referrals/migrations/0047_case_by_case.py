"""Who has read one's cases is told case by case, however much is read on a day."""

from django.db import migrations

from referrals.sql import looked_at

AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0044_files_of_tries"), ("audit", "0038_sums")]

    operations = [
        migrations.RunSQL(
            f"{looked_at.LOOKED_AT.rstrip()};".replace(*AGAIN), migrations.RunSQL.noop
        ),
    ]
