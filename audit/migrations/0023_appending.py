"""Compare an entry with the live session at half the price.

The same question as before, in SQL: PostgreSQL keeps its plan without the interpreter around it,
which every entry would pay for.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction

IN_SESSION_CELL = """
CREATE OR REPLACE FUNCTION audit.in_session_cell(cell int, account uuid, seat uuid, agency uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
SELECT EXISTS (
    SELECT FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = sha256(
               convert_to(nullif(current_setting('app.token', true), ''), 'UTF8'))
       AND now() < s.idle_until AND now() < s.expires_at
       AND now() >= k.valid_from AND now() < k.valid_until
       AND (k.cell_id, k.account_id, k.id, k.agency_id)
         = (in_session_cell.cell, in_session_cell.account, in_session_cell.seat,
            in_session_cell.agency))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0022_tile_roots")]
    operations = [
        MaintenanceFunction(
            "audit.in_session_cell(int, uuid, uuid, uuid)",
            IN_SESSION_CELL,
            execute_by=("rempart_runtime",),
        ),
    ]
