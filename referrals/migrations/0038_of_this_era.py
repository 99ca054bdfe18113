"""A reading whose moment somebody has tampered with is of no day that a finding could be of."""

from django.db import migrations

from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0037_looked_at")]

    operations = [
        migrations.RunSQL(
            f"{finding.UNASSIGNED_READS.rstrip()};".replace(
                "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
            ),
            migrations.RunSQL.noop,
        ),
    ]
