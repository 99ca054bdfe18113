"""How many meetings of each cell have rows that say other readers than the rules."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction

BY_CELL = """
CREATE FUNCTION meetings.drift_by_cell() RETURNS TABLE (in_cell int, meetings double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.cell_id, count(*)::float8 FROM meetings.drift() AS d (id)
      JOIN public.meetings_meeting t ON t.id = d.id GROUP BY t.cell_id
$$
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0008_own_rooms")]

    operations = [
        MaintenanceFunction("meetings.drift_by_cell()", BY_CELL, execute_by=("rempart_worker",)),
    ]
