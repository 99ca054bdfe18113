"""Files on their way, in parts: seen by the seat that sends them and by nobody else."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.ids
from kernel.rls.operations import CELL, MaintenanceFunction, ScopeTable
from referrals.sql import uploads

MINE = f"{CELL} AND seat_id = (SELECT kernel.session_seat())"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0016_keeper")]

    operations = [
        migrations.CreateModel(
            name="Upload",
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
                ("seat_id", models.UUIDField()),
                ("size", models.IntegerField()),
                ("received", models.IntegerField(default=0)),
                ("parts", models.SmallIntegerField(default=0)),
                ("file_key", models.BinaryField()),
                ("created_at", models.DateTimeField()),
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
                "db_table": "referrals_upload",
                "indexes": [
                    models.Index(fields=["seat_id"], name="referrals_upload_seat"),
                    models.Index(fields=["created_at"], name="referrals_upload_old"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UploadPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("cell_id", models.IntegerField()),
                ("seat_id", models.UUIDField()),
                ("number", models.SmallIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="referrals.upload",
                    ),
                ),
            ],
            options={
                "db_table": "referrals_upload_part",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("upload", "number"), name="referrals_upload_part_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "GRANT SELECT, DELETE, UPDATE ON referrals_upload, referrals_upload_part"
            " TO rempart_maintenance;"
            "GRANT USAGE ON SEQUENCE referrals_upload_part_id_seq TO rempart_runtime;",
            migrations.RunSQL.noop,
        ),
        ScopeTable(
            "referrals_upload",
            read=MINE,
            insert=f"{MINE} AND referrals.scope_to_edit(case_id) <> 0",
            update=MINE,
            delete=MINE,
            update_columns=("received", "parts"),
        ),
        ScopeTable("referrals_upload_part", read=MINE, insert=MINE, delete=MINE),
        MaintenanceFunction(
            "referrals.forget_uploads(int)",
            uploads.FORGET_UPLOADS,
            execute_by=("rempart_worker",),
        ),
    ]
