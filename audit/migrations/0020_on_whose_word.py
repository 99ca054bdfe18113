"""A cosignature says whose it is and when, and an alert is what a comparison on record has found."""

from django.db import migrations

from audit.sql import telling, witnesses
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0019_about_me")]

    operations = [SayAnew(body) for body in (witnesses.COSIGN, telling.OWE_ALERT, telling.ALERT)]
