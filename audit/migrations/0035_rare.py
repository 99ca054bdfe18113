"""What is rare in the tally, a night or a refusal, is found along an index of its own."""

from django.db import migrations

from audit.sql import tally


class Migration(migrations.Migration):
    dependencies = [("audit", "0034_looks")]

    operations = [
        migrations.RunSQL(tally.RARE, "DROP INDEX audit_tally_night, audit_tally_refused;"),
    ]
