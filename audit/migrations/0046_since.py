"""What has never been counted is forgotten after some hours too, and not by the first that comes."""

from django.db import migrations

from audit.sql import health


class Migration(migrations.Migration):
    dependencies = [("audit", "0045_handed_in")]

    operations = [
        migrations.RunSQL(health.GAUGED_SINCE, "ALTER TABLE audit_gauge DROP COLUMN since;")
    ]
