"""What the journal's rare filters and its chart stand on: the entries of each day, counted."""

from django.db import migrations

from audit.sql import tally
from kernel.rls.operations import CELL, MaintenanceFunction, ScopeTable, has_role

CONTROL = f"({has_role('auditor')} OR {has_role('dpo')})"


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_keys")]

    operations = [
        migrations.RunSQL(
            tally.TABLES, "DROP TABLE audit_tally, audit_tally_day, audit_tally_reach;"
        ),
        ScopeTable("audit_tally", read=f"{CELL} AND {CONTROL}"),
        ScopeTable("audit_tally_day", read=f"{CELL} AND {CONTROL}"),
        # How far it has been counted, in all cells together, tells nothing about any.
        ScopeTable(
            "audit_tally_reach",
            read=f"(SELECT kernel.session_cell()) IS NOT NULL AND {CONTROL}",
        ),
        MaintenanceFunction(
            "audit.count_on(int)",
            tally.COUNT_ON,
            execute_by=("rempart_worker",),
        ),
    ]
