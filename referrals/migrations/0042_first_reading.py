"""Whether an agency uses its shares is known with the first reading that is found."""

from django.db import migrations

from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0041_own_agency_alone")]

    operations = [
        migrations.RunSQL(
            f"{finding.UNUSED_SHARES.rstrip()};".replace(
                "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
            ),
            migrations.RunSQL.noop,
        ),
    ]
