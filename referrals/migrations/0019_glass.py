"""The broken glass: three hours for one person, told at once and looked at within the week."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from kernel.rls.operations import (
    CELL,
    UNITS,
    MaintenanceFunction,
    ScopeTable,
    has_role,
)
from referrals.sql import glass, keeping

READ = (
    f"{CELL} AND (seat_id = (SELECT kernel.session_seat()) OR told && {UNITS}"
    f" OR {has_role('auditor')} OR {has_role('dpo')})"
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0018_sealed_uploads")]

    operations = [
        migrations.CreateModel(
            name="Glass",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("cell_id", models.IntegerField()),
                ("seat_id", models.UUIDField()),
                ("account_id", models.UUIDField()),
                ("unit_id", models.IntegerField()),
                (
                    "stands_for",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                ("by_name", models.TextField()),
                ("by_agency", models.TextField()),
                ("scope", models.IntegerField()),
                ("reason", models.BinaryField(null=True)),
                (
                    "told",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "conclusion",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("justified", "Justifié"),
                            ("follow_up", "À reprendre avec le service"),
                            ("unjustified", "Non justifié"),
                        ],
                        default="",
                    ),
                ),
                ("concluded_by", models.UUIDField(null=True)),
                ("concluded_name", models.TextField(blank=True, default="")),
                ("concluded_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.case",
                    ),
                ),
            ],
            options={
                "db_table": "referrals_glass",
                "indexes": [
                    models.Index(fields=["cell_id", "-opened_at"], name="referrals_glass_week"),
                    models.Index(fields=["case"], name="referrals_glass_case"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(ends_at__gte=models.F("opened_at")),
                        name="referrals_glass_three_hours",
                        violation_error_message=(
                            "Un accès d'urgence se termine après avoir commencé."
                        ),
                    ),
                ],
            },
        ),
        ScopeTable("referrals_glass", read=READ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE ON referrals_glass TO rempart_maintenance;"
            # The letters are the database's to owe, and the entry its to ask for.
            "GRANT INSERT ON kernel_outbox TO rempart_maintenance;"
            "GRANT USAGE ON SEQUENCE kernel_outbox_id_seq TO rempart_maintenance;"
            "GRANT SELECT ON audit_entry TO rempart_maintenance;"
            "ALTER TABLE referrals_glass ADD CONSTRAINT referrals_glass_at_most"
            f" CHECK (ends_at <= opened_at + interval '{glass.HOURS} hours');",
            migrations.RunSQL.noop,
        ),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in glass.FUNCTIONS.items()
        ],
        migrations.RunSQL(glass.TRIGGERS, glass.DROPPED),
        *keeping.sealed_table("referrals_glass", ("reason",)),
    ]
