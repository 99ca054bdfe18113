"""What an injection can leave of copies and of cosignatures has an end."""

from django.db import migrations

from audit.sql import telling, witnesses

AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("audit", "0035_rare")]

    operations = [
        migrations.RunSQL(f"{body.rstrip()};".replace(*AGAIN), migrations.RunSQL.noop)
        for body in (telling.ALERT, witnesses.COSIGN)
    ]
