"""Entries go when their term has passed and two people have said so; their hashes stay."""

from django.db import migrations

from audit.sql import keeping, purging
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

AUDITORS = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"
ANSWERING = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')} OR {has_role('cell_admin')})"
PAGES = ("rempart_runtime",)
WORKER = ("rempart_worker",)

FUNCTIONS = (
    ("audit.held(int, uuid, uuid, uuid)", keeping.HELD, ()),
    ("audit.place_hold(uuid, text, uuid, text)", keeping.PLACE_HOLD, PAGES),
    ("audit.lift_hold(uuid)", keeping.LIFT_HOLD, PAGES),
    ("audit.purge_due(int, text[])", keeping.DUE, PAGES),
    ("audit.propose_purge(uuid, int)", keeping.PROPOSE, PAGES),
    ("audit.sign_purge(uuid)", keeping.SIGN, PAGES),
    ("audit.withdraw_purge(uuid)", keeping.WITHDRAW, PAGES),
    ("audit.lapse_purges()", keeping.LAPSE, WORKER),
    ("audit.list_purge(uuid, text[], int)", purging.LIST, WORKER),
    ("audit.purge_sum(uuid)", purging.SUM, WORKER),
    ("audit.name_purge(uuid)", purging.NAME, WORKER),
    ("audit.prune(uuid, int)", purging.PRUNE, WORKER),
    ("audit.forget_counts(uuid, date)", purging.FORGET_COUNTS, WORKER),
    ("audit.is_empty(date)", purging.EMPTY, ("rempart_owner",)),
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0015_views")]

    operations = [
        migrations.RunSQL(
            keeping.TABLES,
            "DROP TABLE audit_pruned, audit_purge, audit_hold; DROP INDEX audit_entry_keeping;"
            "REVOKE DELETE ON audit_entry, audit_tally FROM rempart_maintenance;",
        ),
        ScopeTable("audit_hold", read=AUDITORS),
        ScopeTable("audit_purge", read=ANSWERING),
        ScopeTable("audit_pruned", read=AUDITORS),
        *[AllowRole(f"audit_{table}", "rempart_auditor") for table in ("hold", "purge", "pruned")],
        AllowRole("audit_purge", "rempart_worker"),
        *[
            MaintenanceFunction(signature, body, execute_by=callers)
            for signature, body, callers in FUNCTIONS
        ],
        migrations.RunSQL(purging.DROP_EMPTY, "DROP FUNCTION audit.drop_empty();"),
        migrations.RunSQL(keeping.GUARD, migrations.RunSQL.noop),
    ]
