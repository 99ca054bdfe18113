"""The copies that one person compares crowd out nobody else's."""

from django.db import migrations

from audit.sql import health, telling
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0042_cosigned")]

    operations = [
        migrations.RunSQL(health.BROUGHT_BY, "ALTER TABLE audit_verified DROP COLUMN brought_by;"),
        SayAnew(telling.ALERT),
    ]
