"""Who may add to the record, and who may read it."""

from django.db import migrations

from kernel.rls.operations import CELL, AllowRole, ScopeTable, has_role

WRITTEN = (
    "cell_id",
    "kind",
    "outcome",
    "actor",
    "seat",
    "agency",
    "case_id",
    "subject_id",
    "request",
    "payload",
)
"""Never id, epoch, xid and at: the database sets them itself."""

# Nobody writes in another's name: what is claimed is compared with the live session.
IN_OWN_NAME = (
    f"{CELL} AND actor = (SELECT kernel.session_account())"
    " AND seat = (SELECT kernel.session_seat()) AND agency = (SELECT kernel.session_agency())"
)
BY_NO_PERSON = "actor = '00000000-0000-0000-0000-000000000000' AND seat IS NULL AND agency IS NULL"
READ = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"
TREE = ("audit_tile", "audit_bundle", "audit_checkpoint")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_tree"), ("kernel", "0002_sessions")]
    operations = [
        ScopeTable("audit_entry", read=READ, insert=IN_OWN_NAME, insert_columns=WRITTEN),
        AllowRole("audit_entry", "rempart_signin", ("INSERT",), "kind LIKE 'signin.%'", WRITTEN),
        AllowRole("audit_entry", "rempart_worker", ("INSERT",), BY_NO_PERSON, WRITTEN),
        AllowRole("audit_entry", "rempart_operator", ("INSERT",), BY_NO_PERSON, WRITTEN),
        AllowRole("audit_entry", "rempart_sealer"),
        AllowRole("audit_entry", "rempart_auditor"),
        *[ScopeTable(table, read=READ) for table in TREE],
        *[AllowRole(table, "rempart_sealer", ("SELECT", "INSERT")) for table in TREE],
        *[AllowRole(table, "rempart_auditor") for table in TREE],
    ]
