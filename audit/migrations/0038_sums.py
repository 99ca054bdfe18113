"""A chart of what everybody did is drawn from few lines: the tally's, summed up."""

from django.db import migrations

from audit.sql import tally
from kernel.rls.operations import CELL, MaintenanceFunction, ScopeTable, has_role

CONTROL = f"({has_role('auditor')} OR {has_role('dpo')})"


class Migration(migrations.Migration):
    dependencies = [("audit", "0040_aside")]

    operations = [
        migrations.RunSQL(tally.SUMS, "DROP TABLE audit_tally_sum;"),
        ScopeTable("audit_tally_sum", read=f"{CELL} AND {CONTROL}"),
        MaintenanceFunction("audit.sum_up()", tally.SUM_UP),
        migrations.RunSQL(
            tally.SUMMED_UP,
            "DROP TRIGGER more ON audit_tally; DROP TRIGGER other ON audit_tally;"
            "DROP TRIGGER fewer ON audit_tally; DROP FUNCTION audit.sum_up();",
        ),
    ]
