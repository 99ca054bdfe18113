"""Agencies keep witness keys of their own, and cosign what the log has signed."""

from django.db import migrations

from audit.sql import telling, witnesses
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

LEADS = " OR ".join(has_role(role) for role in telling.LEADS)
OWN = (
    f"{CELL} AND agency_id = (SELECT kernel.session_agency()) AND ({LEADS})"
    " AND (SELECT kernel.session_fresh())"
)
ADDED = ("id", "cell_id", "agency_id", "name", "public", "added_by")
# A key is withdrawn once and never taken up again.
WITHDRAWING = f"""
CREATE POLICY runtime_update ON audit_witness FOR UPDATE TO rempart_runtime
    USING ({OWN} AND withdrawn_at IS NULL) WITH CHECK ({OWN} AND withdrawn_at IS NOT NULL);
GRANT UPDATE (withdrawn_at) ON audit_witness TO rempart_runtime;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_review")]

    operations = [
        migrations.RunSQL(witnesses.TABLES, "DROP TABLE audit_cosignature, audit_witness;"),
        ScopeTable(
            "audit_witness",
            read=CELL,
            insert=f"{OWN} AND added_by = (SELECT kernel.session_account())",
            insert_columns=ADDED,
        ),
        migrations.RunSQL(WITHDRAWING, migrations.RunSQL.noop),
        ScopeTable("audit_cosignature", read=CELL),
        AllowRole("audit_witness", "rempart_auditor"),
        AllowRole("audit_cosignature", "rempart_auditor"),
        MaintenanceFunction(
            "audit.cosign(bigint, uuid, timestamptz, text)",
            witnesses.COSIGN,
            execute_by=("rempart_runtime",),
        ),
    ]
