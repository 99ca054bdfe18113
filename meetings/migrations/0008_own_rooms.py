"""The room of a meeting is heard by those who sit there."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction, MayHear

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

HEARS = f"""
CREATE FUNCTION meetings.hears(in_room text) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF in_room !~ '^meeting:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM public.meetings_meeting m
         WHERE m.id = split_part(in_room, ':', 2)::uuid
           AND m.viewers && kernel.session_units()
           AND (now() < m.recheck_at OR meetings.still_at_table(m.id, NULL)));
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0007_interviews"), ("kernel", "0010_own_rooms")]

    operations = [
        MaintenanceFunction("meetings.hears(text)", HEARS, execute_by=("rempart_runtime",)),
        MayHear("meetings", "starts_with(room, 'meeting:') AND meetings.hears(room)"),
    ]
