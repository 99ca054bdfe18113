"""A meeting's room is rung by those who sit at it, and its people are told."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction, MayOwe

RING_MEETING = """
CREATE FUNCTION meetings.ring_meeting(in_room text, what text, about uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE wanted uuid;
BEGIN
    IF in_room ~ '^meeting:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        wanted := split_part(in_room, ':', 2)::uuid;
    END IF;
    IF NOT EXISTS (SELECT FROM public.meetings_meeting m
                    WHERE m.id = wanted AND m.cell_id = kernel.session_cell())
       OR NOT meetings.still_at_table(wanted, NULL) THEN
        RAISE EXCEPTION 'no such room' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN kernel.ring(in_room, what, about);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_walls"), ("kernel", "0007_ended_seats")]

    operations = [
        MaintenanceFunction(
            "meetings.ring_meeting(text, text, uuid)",
            RING_MEETING,
            execute_by=("rempart_runtime",),
        ),
        MayOwe("meetings", ("meeting.convened", "meeting.cancelled", "decision.recorded")),
    ]
