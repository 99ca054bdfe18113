"""A day of one witness has an end: no injection makes each verification try ever more lines."""

from django.db import migrations

from audit.sql import witnesses
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0044_along_days")]

    operations = [
        migrations.RunSQL(
            witnesses.HANDED_IN, "ALTER TABLE audit_cosignature DROP COLUMN handed_in_at;"
        ),
        SayAnew(witnesses.COSIGN),
    ]
