"""A moment that somebody has tampered with stops nobody who counts, previews or measures."""

from django.db import migrations

from audit.sql import health, house, keeping, tally
from kernel.rls.operations import SayAnew

BODIES = (tally.COUNT_ON, keeping.DUE, house.DUE, health.MEASURES)


class Migration(migrations.Migration):
    dependencies = [("audit", "0026_uncounted")]

    operations = [SayAnew(body) for body in BODIES]
