"""No purge takes what the rules of its cell keep."""

from django.db import migrations

from agencies.sql import log_term
from kernel.rls.operations import MaintenanceFunction


class Migration(migrations.Migration):
    dependencies = [("agencies", "0018_slow_tasks"), ("audit", "0016_keeping")]

    operations = [
        MaintenanceFunction("agencies.keep_term()", log_term.KEEP_TERM),
        migrations.RunSQL(log_term.TRIGGER, "DROP TRIGGER keep_term ON audit_purge;"),
    ]
