"""A grant that says no more than that a case exists opens nothing, and readers are worked out once.

The functions stand where their story is told; here those that have changed are made anew.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import syncing


class Migration(migrations.Migration):
    dependencies = [("referrals", "0024_person_wanted")]

    operations = [
        migrations.RunSQL(
            # Whatever a share came to say, and however a grant came to be.
            "ALTER TABLE referrals_grant ADD CONSTRAINT referrals_grant_stub_is_empty"
            " CHECK (level > 1 OR scope = 0);",
            "ALTER TABLE referrals_grant DROP CONSTRAINT referrals_grant_stub_is_empty;",
        ),
        MaintenanceFunction("referrals.sync_case(uuid)", syncing.SYNC),
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS referrals.sync_documents(uuid);", migrations.RunSQL.noop
        ),
    ]
