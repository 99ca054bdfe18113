"""A share is renewed with a reason and announced before its end; a stub shows no story."""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction, MayOwe
from referrals.sql import share_life

REASONS = [
    ("follow_up", "Le suivi continue"),
    ("investigation", "L'enquête continue"),
    ("measure", "Une mesure est en cours"),
    ("procedure", "Une procédure est en cours"),
]


class Migration(migrations.Migration):
    dependencies = [("referrals", "0014_partial_marks"), ("agencies", "0008_leaving")]

    operations = [
        migrations.AddField("share", "renewals", models.SmallIntegerField(default=0, db_default=0)),
        migrations.AddField("share", "renewed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "share",
            "renewal_reason",
            models.TextField(blank=True, choices=REASONS, default="", db_default=""),
        ),
        migrations.AddField("share", "remind_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "share",
            models.Index(
                fields=["remind_at"],
                condition=models.Q(remind_at__isnull=False),
                name="referrals_share_remind",
            ),
        ),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in share_life.FUNCTIONS.items()
        ],
        migrations.RunSQL(share_life.STEADY, migrations.RunSQL.noop),
        migrations.RunSQL(share_life.STORIES, migrations.RunSQL.noop),
        MayOwe("renewals", ("share.renewed",)),
    ]
