"""The prosecutor's orders on a case: acts frozen, interviews paused, compartments closed."""

from django.db import migrations, models

from kernel.rls.operations import Grant, MaintenanceFunction, MayOwe
from referrals.sql import guarding

ORDERS = ("acts_frozen_at", "interviews_paused_at", "closed_scope")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0011_documents")]

    operations = [
        migrations.AddField("case", "acts_frozen_at", models.DateTimeField(null=True)),
        migrations.AddField("case", "interviews_paused_at", models.DateTimeField(null=True)),
        migrations.AddField("case", "closed_scope", models.IntegerField(default=0, db_default=0)),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                name="referrals_draft_without_orders",
                condition=~models.Q(state="draft")
                | models.Q(acts_frozen_at=None, interviews_paused_at=None, closed_scope=0),
                violation_error_message="Le parquet ne suit pas encore ce dossier.",
            ),
        ),
        Grant("referrals_case", "rempart_runtime", ["INSERT", "UPDATE"], columns=ORDERS),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in guarding.FUNCTIONS.items()
        ],
        migrations.RunSQL(guarding.TRIGGERS, guarding.DROPPED),
        MayOwe("orders", ("prosecutor.orders",)),
    ]
