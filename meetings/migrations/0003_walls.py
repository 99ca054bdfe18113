"""What the database says by itself, whatever a page would write: who, when, which agency.

Names and dates of a meeting come from the seat that acts and from what the agency signed. A visit
is known by a number of which the table keeps only a digest: whoever reads the table can end
nobody's visit.
"""

from django.db import migrations

from kernel.rls.operations import CELL, MaintenanceFunction, has_role

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
ASKED = ("rempart_runtime",)

SCOPE_MEETING = f"""
CREATE OR REPLACE FUNCTION meetings.scope_meeting() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    -- Until its agenda is written, only those who convene it see it.
    SELECT ARRAY[c.coordination_unit_id] INTO STRICT NEW.viewers
      FROM public.agencies_cell c WHERE c.id = NEW.cell_id;
    NEW.recheck_at := {FOREVER};
    SELECT k.display_name INTO STRICT NEW.convened_name
      FROM public.kernel_seat k WHERE k.id = NEW.convened_by;
    NEW.items := 0; NEW.current := 0; NEW.version := 1; NEW.created_at := now();
    NEW.opened_at := NULL; NEW.ended_at := NULL;
    RETURN NEW;
END $$
"""

GUARD = f"""
CREATE OR REPLACE FUNCTION meetings.guard_meeting() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN
       (VALUES ('planned', 'open'), ('planned', 'cancelled'), ('open', 'held')) THEN
        RAISE EXCEPTION 'a meeting does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'cancelled' AND NOT (kernel.session_has('cell_coordinator')
                                        OR kernel.session_has('departmental_officer')) THEN
        RAISE EXCEPTION 'only coordination calls a meeting off'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.opened_at := CASE WHEN NEW.state = 'open' THEN now() ELSE OLD.opened_at END;
    NEW.ended_at := CASE WHEN NEW.state = 'open' THEN NULL ELSE now() END;
    RETURN NEW;
END $$
"""

MAY_ADD = f"""
CREATE FUNCTION meetings.may_add_point(of_meeting uuid) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (kernel.session_has('cell_coordinator')
            OR kernel.session_has('departmental_officer')) IS TRUE
       AND EXISTS (SELECT 1 FROM public.meetings_meeting m
         WHERE m.id = of_meeting AND m.cell_id = kernel.session_cell() AND m.state = 'planned');
END $$
"""

AGENCY_OF = f"""
CREATE FUNCTION meetings.agency_of(unit int, OUT id uuid, OUT name text)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    -- Nobody for the coordination's own unit: it is no agency.
    SELECT g.id, g.name INTO id, name FROM public.agencies_accession a
      JOIN public.agencies_agency g ON g.id = a.agency_id WHERE a.unit_id = unit;
END $$
"""

# Runs after a_scope, which has decided who sees the row.
SIGN_POINT = f"""
CREATE FUNCTION meetings.sign_point() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.meetings_meeting SET items = items + 1 WHERE id = NEW.meeting_id
    RETURNING items INTO STRICT NEW.position;
    NEW.state := 'waiting'; NEW.created_at := now(); NEW.case_reference := '';
    IF NEW.case_id IS NOT NULL THEN
        SELECT coalesce(c.reference, '') INTO STRICT NEW.case_reference
          FROM public.referrals_case c WHERE c.id = NEW.case_id;
    END IF;
    RETURN NEW;
END $$
"""

SIGN_INVITATION = f"""
CREATE FUNCTION meetings.sign_invitation() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    SELECT a.id, a.name INTO NEW.agency_id, NEW.agency_name FROM meetings.agency_of(NEW.unit_id) a;
    NEW.answered := NULL; NEW.created_at := now();
    RETURN NEW;
END $$
"""

SIGN_PRESENCE = f"""
CREATE FUNCTION meetings.sign_presence() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    SELECT k.display_name, k.agency_name INTO STRICT NEW.display_name, NEW.agency_name
      FROM public.kernel_seat k WHERE k.id = NEW.seat_id;
    NEW.joined_at := now(); NEW.seen_at := now(); NEW.left_at := NULL;
    RETURN NEW;
END $$
"""

SIGN_DECISION = f"""
CREATE FUNCTION meetings.sign_decision() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    SELECT k.display_name, k.agency_name INTO STRICT NEW.recorded_name, NEW.recorded_agency
      FROM public.kernel_seat k WHERE k.id = NEW.recorded_by;
    SELECT a.id, coalesce(a.name, '') INTO NEW.owner_agency, NEW.owner_name
      FROM meetings.agency_of(NEW.owner_unit) a;
    NEW.created_at := now();
    RETURN NEW;
END $$
"""

ROW_OF_VISIT = """
CREATE FUNCTION meetings.row_of_visit(visit uuid) RETURNS uuid LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(substring(sha256(uuid_send(visit)) FROM 1 FOR 16), 'hex')::uuid
$$
"""

END_VISIT = f"""
CREATE FUNCTION meetings.end_visit(of_row uuid) RETURNS TABLE (room text, seq bigint)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE gone record; in_room text; number bigint;
BEGIN
    UPDATE public.meetings_presence p SET left_at = now()
     WHERE p.id = of_row AND p.left_at IS NULL
    RETURNING p.meeting_id, p.cell_id, p.seat_id INTO gone;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    in_room := 'meeting:' || gone.meeting_id;
    INSERT INTO public.kernel_live_room AS r (room, cell_id, last_seq)
        VALUES (in_room, gone.cell_id, 1)
        ON CONFLICT ON CONSTRAINT kernel_live_room_pkey
        DO UPDATE SET last_seq = r.last_seq + 1 RETURNING r.last_seq INTO number;
    INSERT INTO public.kernel_live_event (cell_id, room, seq, kind, subject_id, at)
        VALUES (gone.cell_id, in_room, number, 'seat.left', gone.seat_id, clock_timestamp());
    RETURN QUERY SELECT in_room, number;
END $$
"""

LEAVE = f"""
CREATE OR REPLACE FUNCTION meetings.leave(visit uuid) RETURNS TABLE (room text, seq bigint)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    RETURN QUERY SELECT * FROM meetings.end_visit(meetings.row_of_visit(visit));
END $$
"""

STAY = f"""
CREATE OR REPLACE FUNCTION meetings.stay(visit uuid, unseen interval)
RETURNS TABLE (room text, seq bigint) LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine uuid := meetings.row_of_visit(visit); here uuid; gone uuid;
BEGIN
    UPDATE public.meetings_presence p SET seen_at = now()
     WHERE p.id = mine AND p.left_at IS NULL RETURNING p.meeting_id INTO here;
    FOR gone IN SELECT p.id FROM public.meetings_presence p
         WHERE p.meeting_id = here AND p.left_at IS NULL
           AND p.seen_at < now() - greatest(unseen, interval '30 seconds')
         FOR UPDATE SKIP LOCKED LOOP
        RETURN QUERY SELECT * FROM meetings.end_visit(gone);
    END LOOP;
END $$
"""

SIGNED = {
    "meetings_agenda_item": "sign_point",
    "meetings_invitation": "sign_invitation",
    "meetings_presence": "sign_presence",
    "meetings_decision": "sign_decision",
}
CONVENES = f"({has_role('cell_coordinator')} OR {has_role('departmental_officer')})"


class Migration(migrations.Migration):
    dependencies = [("meetings", "0002_scope")]

    operations = [
        MaintenanceFunction("meetings.scope_meeting()", SCOPE_MEETING),
        MaintenanceFunction("meetings.guard_meeting()", GUARD),
        MaintenanceFunction("meetings.may_add_point(uuid)", MAY_ADD, execute_by=ASKED),
        MaintenanceFunction("meetings.agency_of(int)", AGENCY_OF),
        MaintenanceFunction("meetings.sign_point()", SIGN_POINT),
        MaintenanceFunction("meetings.sign_invitation()", SIGN_INVITATION),
        MaintenanceFunction("meetings.sign_presence()", SIGN_PRESENCE),
        MaintenanceFunction("meetings.sign_decision()", SIGN_DECISION),
        MaintenanceFunction("meetings.row_of_visit(uuid)", ROW_OF_VISIT),
        MaintenanceFunction("meetings.end_visit(uuid)", END_VISIT),
        MaintenanceFunction("meetings.leave(uuid)", LEAVE, execute_by=ASKED),
        MaintenanceFunction("meetings.stay(uuid, interval)", STAY, execute_by=ASKED),
        migrations.RunSQL(
            "".join(
                f"CREATE TRIGGER a_sign BEFORE INSERT ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION meetings.{function}();"
                for table, function in SIGNED.items()
            )
            + "ALTER TABLE meetings_meeting ADD CONSTRAINT meetings_current_on_agenda"
            " CHECK (current BETWEEN 0 AND items);"
            "REVOKE UPDATE (items, opened_at, ended_at) ON meetings_meeting FROM rempart_runtime;"
            "DROP POLICY runtime_insert ON meetings_agenda_item;"
            "CREATE POLICY runtime_insert ON meetings_agenda_item FOR INSERT TO rempart_runtime"
            f" WITH CHECK ({CELL} AND {CONVENES} AND meetings.may_add_point(meeting_id)"
            " AND (case_id IS NULL OR referrals.may_append(case_id)));",
            migrations.RunSQL.noop,
        ),
    ]
