"""What partners ask about a case: more of it, or something about it; answered part by part."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import kernel.ids
from kernel.rls.operations import CELL, UNITS, MaintenanceFunction, MayOwe, ScopeTable, has_role
from referrals.sql import keeping, requesting

# Who asked reads it for as long as a share shows them the case, and what it asks information about.
BOTH = (
    f"{CELL} AND viewers && {UNITS} AND (to_unit = ANY ({UNITS}::int[])"
    " OR CASE kind WHEN 'information' THEN scope ELSE 0 END"
    " & ~referrals.shared_with(case_id, from_unit) = 0)"
)
PARTNER = f"({has_role('agency_partner')} OR {has_role('agency_lead')})"
ASKED = (
    "id",
    "cell_id",
    "case_id",
    "kind",
    "from_unit",
    "to_unit",
    "agency_name",
    "scope",
    "level",
    "purpose",
    "question",
    "state",
    "asked_by",
    "asked_at",
    "lapses_at",
    "closed_at",
    "answered_by",
    "granted_scope",
    "refusals",
    "answers",
    "share_id",
    "version",
    "viewers",
)
ANSWERED = ("state", "granted_scope", "refusals", "answers", "share_id", "version")


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0019_glass"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cell_id", models.IntegerField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("access", "Demande d'accès"),
                            ("information", "Demande d'information"),
                        ]
                    ),
                ),
                ("from_unit", models.IntegerField()),
                ("to_unit", models.IntegerField(default=0, editable=False)),
                ("agency_name", models.TextField(default="", editable=False)),
                ("scope", models.IntegerField()),
                (
                    "level",
                    models.SmallIntegerField(
                        choices=[
                            (1, "Stub"),
                            (2, "Read"),
                            (3, "Comment"),
                            (4, "Contribute"),
                            (5, "Steer"),
                        ],
                        default=2,
                    ),
                ),
                (
                    "purpose",
                    models.TextField(
                        choices=[
                            ("investigation", "Enquête sur les faits"),
                            ("protection", "Protection de l'élève"),
                            ("support", "Accompagnement de la victime"),
                            ("evaluation", "Évaluation de la situation familiale"),
                            ("measure", "Mise en œuvre d'une mesure"),
                            ("prevention", "Action de prévention"),
                        ]
                    ),
                ),
                ("question", models.BinaryField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("open", "En attente"),
                            ("answered", "Répondue"),
                            ("withdrawn", "Retirée"),
                            ("lapsed", "Restée sans réponse"),
                        ],
                        default="open",
                    ),
                ),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("lapses_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
                ("granted_scope", models.IntegerField(default=0)),
                ("refusals", models.JSONField(default=dict)),
                ("answers", models.BinaryField()),
                ("share_id", models.UUIDField(null=True)),
                ("version", models.IntegerField(default=1)),
                (
                    "viewers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.case",
                    ),
                ),
            ],
            options={
                "db_table": "referrals_request",
                "indexes": [
                    models.Index(fields=["cell_id", "case"], name="referrals_request_case"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["lapses_at"],
                        name="referrals_request_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("case", "from_unit", "kind"),
                        name="referrals_request_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scope__gt", 0), ("scope__lt", 4096)),
                        name="referrals_request_has_scope",
                        violation_error_message="Choisissez au moins une partie du dossier.",
                    ),
                ],
            },
        ),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in requesting.FUNCTIONS.items()
        ],
        migrations.RunSQL(requesting.TRIGGERS, migrations.RunSQL.noop),
        ScopeTable(
            "referrals_request",
            read=BOTH,
            insert=f"{CELL} AND {PARTNER} AND from_unit = ANY ({UNITS}::int[])",
            update=BOTH,
            insert_columns=ASKED,
            update_columns=ANSWERED,
        ),
        *keeping.sealed_table("referrals_request", ("question", "answers")),
        MayOwe("requests", ("request.made", "request.answered")),
    ]
