"""Of other agencies' readings only coordination and the office that follows a case are told.

What was not looked at yet, in a long record, is said and follows on the next page.
"""

from django.db import migrations

from referrals.sql import looked_at

AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0040_emergency"), ("audit", "0010_tally")]

    operations = [
        migrations.RunSQL(
            f"{looked_at.LOOKED_AT.rstrip()};".replace(*AGAIN), migrations.RunSQL.noop
        ),
    ]
