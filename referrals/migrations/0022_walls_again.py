"""What an injection could still do: a word of its own in a share, a key of a file, a free question.

The functions stand where their story is told; here those that have changed are made anew.
"""

from django.db import migrations, models

from kernel.rls.operations import CELL, MaintenanceFunction, ScopeTable, has_role
from referrals.sql import documents, glass, guarding, keeping, share_life

ASKED = ("rempart_runtime",)
ANSWERED_BY_THE_DATABASE = ("decided_by", "decided_at", "ended_at", "version")
CHANGED = [
    ("scope_new_share()", share_life.NEW_SHARE, ()),
    ("guard_share()", share_life.GUARD_SHARE, ()),
    ("renew_share(uuid, timestamptz, text, int)", share_life.RENEW, ASKED),
    ("share_held(uuid)", guarding.SHARE_HELD, ASKED),
    ("refuse_frozen()", guarding.REFUSE_FROZEN, ()),
    ("refuse_interviews()", guarding.REFUSE_INTERVIEWS, ()),
    ("guard_document()", documents.GUARD_DOCUMENT, ()),
    ("guard_file_key()", documents.GUARD_FILE_KEY, ()),
    ("drift()", documents.DRIFT, ("rempart_worker",)),
    ("scope_new_case()", keeping.NEW_CASE, ()),
    ("ask_glass(uuid, text, int)", glass.ASK, ASKED),
    ("break_glass(uuid, text, int)", glass.BREAK, ASKED),
    ("tidy_glass(int)", glass.TIDY, ("rempart_worker",)),
]


class Migration(migrations.Migration):
    dependencies = [("referrals", "0021_exports")]

    operations = [
        migrations.CreateModel(
            name="GlassAsk",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("cell_id", models.IntegerField()),
                ("account_id", models.UUIDField()),
                ("seat_id", models.UUIDField()),
                ("by_name", models.TextField()),
                ("by_agency", models.TextField()),
                ("reference", models.CharField(max_length=40)),
                ("scope", models.IntegerField()),
                ("asked_at", models.DateTimeField()),
                ("asked_in", models.BigIntegerField()),
            ],
            options={
                "db_table": "referrals_glass_ask",
                "indexes": [
                    models.Index(fields=["account_id", "-asked_at"], name="referrals_glass_asked")
                ],
            },
        ),
        ScopeTable(
            "referrals_glass_ask",
            read=f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})",
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, DELETE ON referrals_glass_ask TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        *[
            MaintenanceFunction(f"referrals.{signature}", body, execute_by=asked)
            for signature, body, asked in CHANGED
        ],
        migrations.RunSQL(
            "REVOKE UPDATE (file_key) ON referrals_document FROM rempart_runtime;"
            f"REVOKE UPDATE ({', '.join(ANSWERED_BY_THE_DATABASE)}) ON referrals_share"
            " FROM rempart_runtime;"
            "CREATE TRIGGER a_file_key BEFORE UPDATE OF file_key ON referrals_document"
            " FOR EACH ROW EXECUTE FUNCTION referrals.guard_file_key();",
            migrations.RunSQL.noop,
        ),
    ]
