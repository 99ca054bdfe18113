"""Who makes an export says so all the while, and rows of exports end a month after they did."""

from django.db import migrations, models

from kernel.sql.exporting import anew
from referrals.models.export import ExportFailure
from referrals.sql import exporting

AGAIN = {name: each for name, each in exporting.FUNCTIONS.items() if name != "new_export()"}


class Migration(migrations.Migration):
    dependencies = [("referrals", "0038_of_this_era")]

    operations = [
        migrations.AddField("export", "tries", models.SmallIntegerField(default=0)),
        migrations.AddField("export", "at_work", models.BinaryField(null=True)),
        migrations.AlterField(
            "export", "failure", models.TextField(blank=True, choices=ExportFailure, default="")
        ),
        migrations.AddIndex(
            "export",
            models.Index(
                fields=["asked_at"],
                condition=~models.Q(state="ready"),
                name="referrals_export_forgotten",
            ),
        ),
        migrations.RunSQL(exporting.NEW_EXPORT, migrations.RunSQL.noop),
        *anew("referrals", AGAIN),
    ]
