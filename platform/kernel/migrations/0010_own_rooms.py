"""What is written of a room is read by whoever may enter it, and by nobody else of the cell.

Which rooms those are, the apps that own them say (``MayHear``). A socket asks which of its rooms
have news by their names, so that it learns of a room that it has lost: whoever does not know the
name of a room learns nothing of it.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction

MOST_ROOMS = 100

WITH_NEWS = f"""
CREATE FUNCTION kernel.rooms_with_news(named text[], after bigint[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE ROWS 5
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE mine int := kernel.session_cell();
BEGIN
    IF mine IS NULL OR cardinality(named) > {MOST_ROOMS} THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT h.room FROM unnest(named, after) AS h (room, seq)
         WHERE EXISTS (SELECT FROM public.kernel_live_event e
                        WHERE e.cell_id = mine AND e.room = h.room AND e.seq > h.seq);
END $$
"""

# As whoever asks, so that the policies hold; a function, so that their plan is made once.
NEWS = """
CREATE FUNCTION kernel.news(named text[], after bigint[], at_most int)
RETURNS TABLE (room text, seq bigint, kind text, subject_id uuid)
LANGUAGE plpgsql STABLE ROWS 5
SECURITY INVOKER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT e.room, e.seq, e.kind, e.subject_id
          FROM unnest(named, after) AS h (room, seq)
          JOIN public.kernel_live_event e ON e.cell_id = (SELECT kernel.session_cell())
           AND e.room = h.room AND e.seq > h.seq
         ORDER BY e.room, e.seq LIMIT at_most;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0009_keeper")]

    operations = [
        migrations.RunSQL(
            "DROP POLICY runtime_select ON kernel_live_event;", migrations.RunSQL.noop
        ),
        MaintenanceFunction(
            "kernel.rooms_with_news(text[], bigint[])", WITH_NEWS, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "kernel.news(text[], bigint[], int)", NEWS, execute_by=("rempart_runtime",)
        ),
    ]
