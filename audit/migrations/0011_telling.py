"""Agencies are sent the newest checkpoint each day; those who watch hear of an alert at once."""

from django.db import migrations

from audit.sql import telling
from kernel.rls.operations import MaintenanceFunction


class Migration(migrations.Migration):
    dependencies = [("audit", "0010_tally"), ("kernel", "0004_fresh_factor")]

    operations = [
        MaintenanceFunction(
            "audit.owe_alert(int, text, bigint, uuid)",
            telling.OWE_ALERT,
            execute_by=("rempart_auditor",),
        ),
        MaintenanceFunction(
            "audit.alert(text, bigint, text)", telling.ALERT, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "audit.owe_checkpoints()", telling.OWE_CHECKPOINTS, execute_by=("rempart_worker",)
        ),
        MaintenanceFunction(
            "audit.letter_checkpoint(int)",
            telling.LETTER_CHECKPOINT,
            execute_by=("rempart_worker",),
        ),
    ]
