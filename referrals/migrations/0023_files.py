"""Files that nothing needs any more are deleted, and documents can be destroyed.

What one seat sends or takes along within an hour is bounded by the database as well.
"""

from django.db import migrations, models

from kernel.rls.operations import CELL, MaintenanceFunction, ScopeTable
from referrals.documents import bounds
from referrals.sql import files

MINE = f"{CELL} AND seat_id = (SELECT kernel.session_seat())"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0022_walls_again")]

    operations = [
        migrations.CreateModel(
            name="LooseFile",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("case_id", models.UUIDField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "db_table": "referrals_loose_file",
                "indexes": [models.Index(fields=["due_at"], name="referrals_loose_file_due")],
            },
        ),
        ScopeTable("referrals_loose_file"),
        migrations.AlterField("document", "about", models.BinaryField(null=True)),
        migrations.AlterField("document", "file_key", models.BinaryField(null=True)),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON referrals_loose_file TO rempart_maintenance;"
            "SET ROLE rempart_maintenance;"
            "UPDATE public.referrals_document SET about = NULL, file_key = NULL"
            " WHERE state = 'destroyed';"
            "RESET ROLE;",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            "document",
            models.CheckConstraint(
                condition=models.Q(state="destroyed", about=None, file_key=None)
                | ~models.Q(state="destroyed")
                & models.Q(about__isnull=False, file_key__isnull=False),
                name="referrals_document_destroyed_is_empty",
                violation_error_message="D'un document détruit il ne reste rien.",
            ),
        ),
        migrations.AddIndex(
            "document",
            models.Index(fields=["added_by", "created_at"], name="referrals_document_adder"),
        ),
        migrations.AddIndex(
            "document",
            models.Index(
                fields=["copy_of"],
                condition=models.Q(copy_of__isnull=False),
                name="referrals_document_copies",
            ),
        ),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, (body, asked) in files.FUNCTIONS.items()
        ],
        migrations.RunSQL(
            files.triggers(
                documents=bounds.DOCUMENTS, uploads=bounds.UPLOADS, exports=bounds.EXPORTS
            ),
            files.DROPPED,
        ),
        # A part goes under an upload of the same seat and nobody else's.
        migrations.RunSQL(
            f"ALTER POLICY runtime_insert ON referrals_upload_part WITH CHECK ({MINE}"
            " AND upload_id IN (SELECT id FROM referrals_upload));",
            migrations.RunSQL.noop,
        ),
    ]
