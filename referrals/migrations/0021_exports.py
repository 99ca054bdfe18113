"""Exports: asked for by a person, made for that person, gone after a day."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.ids
from kernel.rls.operations import MaintenanceFunction, MayOwe, ScopeTable
from referrals.sql import exporting
from referrals.sql.keeping import sealed_table


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0020_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cell_id", models.IntegerField()),
                ("seat_id", models.UUIDField()),
                ("account_id", models.UUIDField()),
                ("party_id", models.UUIDField(null=True)),
                ("share_id", models.UUIDField(null=True)),
                ("recipient_name", models.TextField(blank=True, default="")),
                (
                    "form",
                    models.TextField(
                        choices=[
                            ("pdf", "PDF, pour lire et imprimer"),
                            ("json", "JSON, pour un autre logiciel"),
                            ("csv", "CSV, pour un tableur"),
                        ]
                    ),
                ),
                (
                    "purpose",
                    models.TextField(
                        choices=[
                            ("hand_over", "Transmettre à un service ou à une autorité"),
                            ("justice", "Répondre à une demande de la justice"),
                            ("meeting", "Préparer une réunion ou un entretien"),
                            ("own_file", "Verser au dossier de mon service"),
                            ("rights", "Répondre à la personne concernée, qui demande ses données"),
                        ]
                    ),
                ),
                ("receipt", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("requested", "Demandé"),
                            ("running", "En préparation"),
                            ("ready", "Prêt"),
                            ("failed", "Échec"),
                            ("expired", "Supprimé"),
                        ],
                        default="requested",
                    ),
                ),
                ("progress", models.SmallIntegerField(default=0)),
                (
                    "failure",
                    models.TextField(
                        blank=True,
                        choices=[
                            (
                                "access_ended",
                                "Votre accès au dossier a pris fin avant que le fichier existe.",
                            ),
                            (
                                "factor_old",
                                "La préparation a trop attendu et votre confirmation d'identité a vieilli. Recommencez.",
                            ),
                            (
                                "broken",
                                "Le fichier n'a pas pu être préparé. Recommencez ; si cela dure, prévenez la cellule.",
                            ),
                        ],
                        default="",
                    ),
                ),
                ("scope", models.IntegerField(default=0)),
                ("size", models.IntegerField(default=0)),
                ("sha256", models.TextField(blank=True, default="")),
                ("file_key", models.BinaryField(null=True)),
                ("factor_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
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
                "db_table": "referrals_export",
                "indexes": [
                    models.Index(fields=["seat_id", "-asked_at"], name="referrals_export_mine"),
                    models.Index(
                        condition=models.Q(("state", "ready")),
                        fields=["expires_at"],
                        name="referrals_export_ending",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell_id", "receipt"), name="referrals_export_receipt_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(
                                ("expires_at__isnull", False),
                                ("file_key__isnull", False),
                                ("made_at__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="referrals_export_ready_is_dated",
                        violation_error_message="Un fichier prêt a une empreinte et une date de fin.",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON referrals_export TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in exporting.FUNCTIONS.items()
        ],
        ScopeTable("referrals_export", read=exporting.OWN, insert=exporting.ASKED),
        migrations.RunSQL(
            "CREATE TRIGGER a_scope BEFORE INSERT ON referrals_export"
            " FOR EACH ROW EXECUTE FUNCTION referrals.new_export();",
            migrations.RunSQL.noop,
        ),
        *sealed_table("referrals_export", ("file_key",)),
        MayOwe(
            "exports",
            ("export.asked",),
            to="recipient = (SELECT kernel.session_account())",
            channels=("work",),
        ),
        MayOwe(
            "ready_exports",
            ("export.ready",),
            to="recipient = (SELECT kernel.session_account())",
            channels=("inbox",),
        ),
    ]
