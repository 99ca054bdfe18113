"""Whoever compares a copy that is not kept is told to compare it again."""

from django.db import migrations

from audit.sql import telling
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0053_kept")]

    operations = [SayAnew(telling.ALERT)]
