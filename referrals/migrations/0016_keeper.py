"""The key of a case is replaced or destroyed by a role that reads keys and sealed bytes alone."""

from django.db import migrations, models

from kernel.rls.operations import AllowRole, MaintenanceFunction
from referrals.sql import keeping

MARKS = ("blind", "blind_name", "blind_born")
SEALED = {
    "referrals_compartment": ("content",),
    "referrals_party": ("label", "identity"),
    "referrals_measure": ("note",),
    "referrals_document": ("about", "file_key"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0015_share_life"),
        ("kernel", "0009_keeper"),
        ("agencies", "0013_keeper"),
        ("audit", "0004_keeper"),
    ]

    operations = [
        migrations.AddField("casekey", "number", models.SmallIntegerField(db_default=1)),
        migrations.AddField("case", "shredded_at", models.DateTimeField(null=True, editable=False)),
        migrations.RunSQL(
            keeping.KEY_NUMBER + ";GRANT USAGE ON SCHEMA referrals TO rempart_keeper;"
            "GRANT INSERT (shredded_at) ON referrals_case TO rempart_runtime;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("referrals.forget_case()", keeping.FORGET_CASE),
        migrations.RunSQL(
            "CREATE TRIGGER c_forget AFTER UPDATE OF shredded_at ON referrals_case FOR EACH ROW"
            " WHEN (OLD.shredded_at IS NULL AND NEW.shredded_at IS NOT NULL)"
            " EXECUTE FUNCTION referrals.forget_case();",
            migrations.RunSQL.noop,
        ),
        AllowRole(
            "referrals_case",
            keeping.KEEPER,
            columns=("id", "cell_id", "reference", "state", "shredded_at"),
        ),
        AllowRole("referrals_case", keeping.KEEPER, ("UPDATE",), columns=("shredded_at",)),
        AllowRole(
            "referrals_case_key",
            keeping.KEEPER,
            columns=("case_id", "cell_id", "period_key_id", "wrapped", "number"),
        ),
        AllowRole(
            "referrals_case_key",
            keeping.KEEPER,
            ("UPDATE",),
            columns=("period_key_id", "wrapped", "number"),
        ),
        AllowRole("referrals_case_key", keeping.KEEPER, ("DELETE",)),
        *[
            operation
            for table, columns in SEALED.items()
            for operation in keeping.sealed_table(table, columns)
        ],
        *keeping.sealed_table("referrals_draft", ("content",), row_id="case_id"),
        migrations.RunSQL(
            f"GRANT UPDATE ({', '.join(MARKS)}) ON referrals_party TO rempart_keeper;",
            migrations.RunSQL.noop,
        ),
    ]
