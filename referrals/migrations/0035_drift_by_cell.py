"""How many cases of each cell have rows that say other readers than the rules."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction

BY_CELL = """
CREATE FUNCTION referrals.drift_by_cell() RETURNS TABLE (in_cell int, cases double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.cell_id, count(*)::float8 FROM referrals.drift() AS d (id)
      JOIN public.referrals_case t ON t.id = d.id GROUP BY t.cell_id
$$
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0034_subjects")]

    operations = [
        MaintenanceFunction("referrals.drift_by_cell()", BY_CELL, execute_by=("rempart_worker",)),
    ]
