"""Who decides about what belongs to no cell sees what was decided, and nothing goes in a year."""

from django.db import migrations

from audit.sql import house
from kernel.rls.operations import MaintenanceFunction


class Migration(migrations.Migration):
    dependencies = [("audit", "0028_epoch")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS audit.open_purge_of_no_cell();", migrations.RunSQL.noop
        ),
        MaintenanceFunction(
            "audit.purges_of_no_cell(int)", house.PURGES, execute_by=("rempart_runtime",)
        ),
        migrations.RunSQL(
            house.A_YEAR,
            "ALTER TABLE audit_purge DROP CONSTRAINT audit_purge_of_no_cell_after_a_year;",
        ),
    ]
