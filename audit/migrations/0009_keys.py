"""Which keys have followed the first one, each handed over to by the one before."""

from importlib import import_module

from django.db import migrations

from kernel.rls.operations import AllowRole

SCOPE = import_module("audit.migrations.0003_scope")
TABLE = """
CREATE TABLE audit_key (
    n int PRIMARY KEY CHECK (n > 1),
    note text NOT NULL CHECK (octet_length(note) <= 1000)
);
SELECT audit.guard('audit_key');
"""
READERS = ("rempart_auditor", "rempart_worker")
SOMEBODY = "(SELECT kernel.session_cell()) IS NOT NULL"


BY_SEALER = ("audit.readmitted", "audit.loss_accepted", "audit.key_rotated")


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_heart")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE audit_key;"),
        AllowRole("audit_key", "rempart_sealer", ("SELECT", "INSERT")),
        migrations.RunSQL(
            "ALTER POLICY sealer_insert ON audit_entry WITH CHECK (kind IN ("
            + ", ".join(f"'{kind}'" for kind in BY_SEALER)
            + f") AND {SCOPE.BY_NO_PERSON});",
            migrations.RunSQL.noop,
        ),
        # Public keys are everybody's: they open nothing.
        AllowRole("audit_key", "rempart_runtime", ("SELECT",), SOMEBODY),
        *[AllowRole("audit_key", role) for role in READERS],
    ]
