"""Whoever opens a case in an emergency says what presses: a code, beside the words of their own."""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction
from referrals.models.glass import Emergency
from referrals.sql import glass

CODES = ", ".join(f"'{code}'" for code in ("", *Emergency.values))


class Migration(migrations.Migration):
    dependencies = [("referrals", "0039_exports_at_work")]

    operations = [
        migrations.AddField(
            "glass",
            "emergency",
            models.TextField(blank=True, choices=Emergency.choices, default=""),
        ),
        migrations.RunSQL(
            "ALTER TABLE referrals_glass ALTER emergency SET DEFAULT '',"
            f" ADD CONSTRAINT referrals_glass_emergency_known CHECK (emergency IN ({CODES}));"
            "DROP FUNCTION IF EXISTS referrals.say_why(uuid, bytea);"
            "DROP FUNCTION IF EXISTS referrals.say_why(uuid, text, bytea);",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction(
            "referrals.say_why(uuid, text, bytea)",
            glass.SAY_WHY,
            execute_by=("rempart_runtime",),
        ),
    ]
