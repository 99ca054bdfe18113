"""Documents of a case, each in one compartment, seen by those who see it."""

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

import kernel.clock
import kernel.ids
from kernel.rls.operations import CELL, UNITS, MaintenanceFunction, ScopeTable
from referrals.sql import documents, syncing

ASKED = ("rempart_runtime",)
PLACE = "case_id, bit, since, owner_unit, only_for, withheld"
SEEN = f"{CELL} AND viewers && {UNITS} AND (now() < recheck_at OR referrals.sees_document({PLACE}))"
EDITED = (
    f"{CELL} AND viewers && {UNITS} AND editors && {UNITS}"
    f" AND (now() < recheck_at OR referrals.edits_document({PLACE}))"
)
GIVEN = (
    "id",
    "cell_id",
    "case_id",
    "bit",
    "nature",
    "kind",
    "size",
    "state",
    "about",
    "file_key",
    "copy_of_id",
    "only_for",
    "owner_unit",
    "owner_name",
    "withheld",
    "added_by",
    "created_at",
    "since",
    "version",
    "viewers",
    "editors",
    "recheck_at",
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0010_searching")]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cell_id", models.IntegerField()),
                ("bit", models.SmallIntegerField()),
                (
                    "nature",
                    models.TextField(
                        choices=[
                            ("screenshot", "Capture d'écran"),
                            ("photo", "Photo"),
                            ("testimony", "Témoignage écrit"),
                            ("report", "Compte rendu"),
                            ("letter", "Courrier"),
                            ("certificate", "Certificat"),
                            ("decision", "Décision"),
                            ("other", "Autre document"),
                        ]
                    ),
                ),
                ("kind", models.TextField()),
                ("size", models.IntegerField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("pending", "En attente de vérification"),
                            ("ready", "Disponible"),
                            ("infected", "Écarté : virus trouvé"),
                            ("destroyed", "Détruit"),
                        ]
                    ),
                ),
                ("about", models.BinaryField()),
                ("file_key", models.BinaryField()),
                ("owner_unit", models.IntegerField(default=0, editable=False)),
                ("owner_name", models.TextField(default="", editable=False)),
                (
                    "only_for",
                    ArrayField(base_field=models.IntegerField(), null=True, size=None),
                ),
                (
                    "withheld",
                    ArrayField(
                        base_field=models.IntegerField(), default=list, editable=False, size=None
                    ),
                ),
                ("added_by", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                ("since", models.DateTimeField()),
                ("version", models.IntegerField(default=1)),
                (
                    "viewers",
                    ArrayField(
                        base_field=models.IntegerField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "editors",
                    ArrayField(
                        base_field=models.IntegerField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "recheck_at",
                    models.DateTimeField(default=kernel.clock.FOREVER, editable=False),
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
                (
                    "copy_of",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.document",
                    ),
                ),
            ],
            options={
                "db_table": "referrals_document",
                "indexes": [
                    models.Index(fields=["case", "created_at"], name="referrals_document_case")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(copy_of=None, only_for=None)
                        | models.Q(copy_of__isnull=False, only_for__len__gt=0),
                        name="referrals_document_copy_is_for_somebody",
                        violation_error_message="Une copie est faite pour un destinataire.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(bit__range=(3, 10)),
                        name="referrals_document_part",
                        violation_error_message=(
                            "Cette partie du dossier ne reçoit pas de document."
                        ),
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON referrals_document TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction(
            f"referrals.document_readers({documents.ARGUMENTS})", documents.READERS
        ),
        MaintenanceFunction(
            f"referrals.sees_document({documents.ARGUMENTS})", documents.SEES, execute_by=ASKED
        ),
        MaintenanceFunction(
            f"referrals.edits_document({documents.ARGUMENTS})", documents.EDITS, execute_by=ASKED
        ),
        MaintenanceFunction(
            "referrals.scope_to_edit(uuid)", documents.SCOPE_TO_EDIT, execute_by=ASKED
        ),
        MaintenanceFunction("referrals.scope_new_document()", documents.NEW_DOCUMENT),
        MaintenanceFunction("referrals.guard_document()", documents.GUARD_DOCUMENT),
        MaintenanceFunction("referrals.sync_case(uuid)", syncing.SYNC),
        MaintenanceFunction("referrals.drift()", documents.DRIFT, execute_by=("rempart_worker",)),
        ScopeTable(
            "referrals_document",
            read=SEEN,
            insert=EDITED,
            update=EDITED,
            insert_columns=GIVEN,
            update_columns=("state", "version", "file_key"),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER a_scope BEFORE INSERT ON referrals_document"
            " FOR EACH ROW EXECUTE FUNCTION referrals.scope_new_document();"
            "CREATE TRIGGER a_guard BEFORE UPDATE OF state ON referrals_document FOR EACH ROW"
            " WHEN (OLD.state IS DISTINCT FROM NEW.state)"
            " EXECUTE FUNCTION referrals.guard_document();",
            migrations.RunSQL.noop,
        ),
    ]
