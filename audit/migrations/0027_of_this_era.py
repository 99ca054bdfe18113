"""A moment that somebody has tampered with stops nobody who counts, previews or measures."""

from django.db import migrations

from audit.sql import health, house, keeping, tally

AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
BODIES = (tally.COUNT_ON, keeping.DUE, house.DUE, health.MEASURES)


class Migration(migrations.Migration):
    dependencies = [("audit", "0026_uncounted")]

    operations = [
        migrations.RunSQL(f"{body.rstrip()};".replace(*AGAIN), migrations.RunSQL.noop)
        for body in BODIES
    ]
