"""Who sees which meeting, kept by the database: invited, and still reading a case of the agenda.

The runtime role writes no ``viewers``. A seat at the table lasts as long as the right to read a
case on the agenda: when a share ends, the meeting is gone for its agency in the same transaction.
"""

from django.db import migrations

from kernel.rls.operations import CELL, UNITS, MaintenanceFunction, ScopeTable, has_role
from meetings.states import MOVES

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
TABLES = (
    "meetings_meeting",
    "meetings_agenda_item",
    "meetings_invitation",
    "meetings_presence",
    "meetings_decision",
)
ASKED = ("rempart_runtime",)
READ, CONTRIBUTE = 2, 4

# Units at the table that may read the case of a point (of any point when no case is named), and
# until when.
AT_TABLE = f"""
CREATE FUNCTION meetings.at_table(of_meeting uuid, of_case uuid)
RETURNS TABLE (unit int, until timestamptz, level smallint)
LANGUAGE plpgsql STABLE ROWS 20 {DEFINER} AS $$
BEGIN
    RETURN QUERY
    SELECT t.unit,
           max(CASE WHEN i.case_id IS NULL THEN {FOREVER} ELSE g.valid_until END),
           max(coalesce(g.level, {READ}::smallint))
      FROM (SELECT v.unit_id AS unit FROM public.meetings_invitation v
             WHERE v.meeting_id = of_meeting
            UNION SELECT c.coordination_unit_id FROM public.meetings_meeting m
              JOIN public.agencies_cell c ON c.id = m.cell_id WHERE m.id = of_meeting) t
      JOIN public.meetings_agenda_item i ON i.meeting_id = of_meeting
       AND (of_case IS NULL OR i.case_id = of_case)
      LEFT JOIN public.referrals_grant g ON g.case_id = i.case_id AND g.unit_id = t.unit
       AND g.level >= {READ} AND g.valid_from <= now() AND now() < g.valid_until
     WHERE i.case_id IS NULL OR g.id IS NOT NULL
     GROUP BY t.unit;
END $$
"""

READERS = f"""
CREATE FUNCTION meetings.readers(
    of_meeting uuid, of_case uuid, OUT viewers int[], OUT recheck_at timestamptz
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    SELECT coalesce(array_agg(t.unit ORDER BY t.unit), '{{}}'), coalesce(min(t.until), {FOREVER})
      INTO viewers, recheck_at FROM meetings.at_table(of_meeting, of_case) t;
END $$
"""

STILL = f"""
CREATE FUNCTION meetings.still_at_table(of_meeting uuid, of_case uuid)
RETURNS boolean LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM meetings.at_table(of_meeting, of_case) t
                    WHERE t.unit = ANY (kernel.session_units()));
END $$
"""

MAY_INVITE = f"""
CREATE FUNCTION meetings.units_with_scope(of_case uuid) RETURNS int[]
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT referrals.still_granted(of_case, -1, now(), NULL) THEN
        RETURN '{{}}';
    END IF;
    RETURN (SELECT coalesce(array_agg(DISTINCT g.unit_id), '{{}}') FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.level >= {READ}
               AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""

MAY_SIT = f"""
CREATE FUNCTION meetings.may_sit(of_meeting uuid, wanted int) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    -- Who may sit where says who reads which case: only those who convene ask.
    RETURN (kernel.session_has('cell_coordinator')
            OR kernel.session_has('departmental_officer')) IS TRUE AND EXISTS (
        SELECT 1 FROM public.meetings_meeting m
          JOIN public.meetings_agenda_item i ON i.meeting_id = m.id
          LEFT JOIN public.referrals_grant g ON g.case_id = i.case_id AND g.unit_id = wanted
           AND g.level >= {READ} AND g.valid_from <= now() AND now() < g.valid_until
         WHERE m.id = of_meeting AND m.cell_id = kernel.session_cell() AND m.state = 'planned'
           AND (i.case_id IS NULL OR g.id IS NOT NULL));
END $$
"""

MY_LEVEL = f"""
CREATE FUNCTION meetings.my_level(of_meeting uuid, of_case uuid) RETURNS int
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN coalesce((SELECT max(t.level) FROM meetings.at_table(of_meeting, of_case) t
                      WHERE t.unit = ANY (kernel.session_units())), 0);
END $$
"""

MAY_DECIDE = f"""
CREATE FUNCTION meetings.may_decide(of_meeting uuid, of_item uuid, of_case uuid, owner int)
RETURNS boolean LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM public.meetings_meeting m
          JOIN public.meetings_agenda_item i ON i.meeting_id = m.id
         WHERE m.id = of_meeting AND i.id = of_item AND i.case_id = of_case
           AND m.cell_id = kernel.session_cell() AND m.state = 'open')
       AND meetings.my_level(of_meeting, of_case) >= {CONTRIBUTE}
       AND EXISTS (SELECT 1 FROM meetings.at_table(of_meeting, of_case) t
                    WHERE t.unit = owner);
END $$
"""

SCOPE_MEETING = f"""
CREATE FUNCTION meetings.scope_meeting() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    -- Until its agenda is written, only those who convene it see it.
    SELECT ARRAY[c.coordination_unit_id] INTO STRICT NEW.viewers
      FROM public.agencies_cell c WHERE c.id = NEW.cell_id;
    NEW.recheck_at := {FOREVER};
    RETURN NEW;
END $$
"""

SCOPE_ROW = f"""
CREATE FUNCTION meetings.scope_row() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE r record;
BEGIN
    -- Waits for whoever is changing who sits here, and makes them wait: nobody slips in between.
    PERFORM 1 FROM public.meetings_meeting WHERE id = NEW.meeting_id FOR SHARE;
    SELECT * INTO r FROM meetings.readers(
        NEW.meeting_id, (to_jsonb(NEW) ->> 'case_id')::uuid);
    NEW.viewers := r.viewers; NEW.recheck_at := r.recheck_at;
    RETURN NEW;
END $$
"""


def _sync(table: str, case: str = "NULL") -> str:
    key = "id" if table == "meetings_meeting" else "meeting_id"
    return f"""
    UPDATE public.{table} t SET viewers = r.viewers, recheck_at = r.recheck_at
      FROM public.{table} x, LATERAL meetings.readers(x.{key}, {case}) r
     WHERE t.ctid = x.ctid AND x.{key} = of_meeting
       AND (t.viewers, t.recheck_at) IS DISTINCT FROM (r.viewers, r.recheck_at);"""


SYNC = f"""
CREATE FUNCTION meetings.sync_meeting(of_meeting uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    PERFORM 1 FROM public.meetings_meeting WHERE id = of_meeting FOR UPDATE;
{_sync("meetings_meeting")}
{_sync("meetings_agenda_item", "x.case_id")}
{_sync("meetings_invitation")}
{_sync("meetings_presence")}
{_sync("meetings_decision", "x.case_id")}
END $$
"""

FOLLOW_TABLE = f"""
CREATE FUNCTION meetings.follow_table() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    PERFORM meetings.sync_meeting(NEW.meeting_id);
    RETURN NULL;
END $$
"""

FOLLOW_CASE = f"""
CREATE FUNCTION meetings.follow_case() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    PERFORM meetings.sync_meeting(i.meeting_id) FROM (
        SELECT DISTINCT a.meeting_id FROM public.meetings_agenda_item a
         WHERE a.case_id = NEW.id ORDER BY a.meeting_id) i;
    RETURN NULL;
END $$
"""

_MOVES = ", ".join(f"('{a.value}', '{b.value}')" for a, b in sorted(MOVES))

GUARD = f"""
CREATE FUNCTION meetings.guard_meeting() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (VALUES {_MOVES}) THEN
        RAISE EXCEPTION 'a meeting does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

END_VISITS = f"""
CREATE FUNCTION meetings.end_visits() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.meetings_presence SET left_at = now()
     WHERE meeting_id = NEW.id AND left_at IS NULL;
    RETURN NULL;
END $$
"""

# A visit is known only to the server that began it: that is all the right these two ask for,
# because whoever leaves may have lost every other.
STAY = f"""
CREATE FUNCTION meetings.stay(visit uuid, unseen interval) RETURNS TABLE (room text, seq bigint)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE here record; gone record;
BEGIN
    UPDATE public.meetings_presence p SET seen_at = now()
     WHERE p.id = visit AND p.left_at IS NULL RETURNING p.meeting_id INTO here;
    FOR gone IN SELECT p.id FROM public.meetings_presence p
         WHERE p.meeting_id = here.meeting_id AND p.left_at IS NULL
           AND p.seen_at < now() - unseen FOR UPDATE SKIP LOCKED LOOP
        RETURN QUERY SELECT * FROM meetings.leave(gone.id);
    END LOOP;
END $$
"""

LEAVE = f"""
CREATE FUNCTION meetings.leave(visit uuid) RETURNS TABLE (room text, seq bigint)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE gone record; in_room text; number bigint;
BEGIN
    UPDATE public.meetings_presence p SET left_at = now()
     WHERE p.id = visit AND p.left_at IS NULL
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

DRIFT = f"""
CREATE FUNCTION meetings.drift() RETURNS SETOF uuid LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN QUERY
    SELECT m.id FROM public.meetings_meeting m, LATERAL meetings.readers(m.id, NULL) r
     WHERE now() < m.recheck_at AND m.viewers IS DISTINCT FROM r.viewers
    UNION
    SELECT i.meeting_id FROM public.meetings_agenda_item i,
           LATERAL meetings.readers(i.meeting_id, i.case_id) r
     WHERE now() < i.recheck_at AND i.viewers IS DISTINCT FROM r.viewers
    UNION
    SELECT d.meeting_id FROM public.meetings_decision d,
           LATERAL meetings.readers(d.meeting_id, d.case_id) r
     WHERE now() < d.recheck_at AND d.viewers IS DISTINCT FROM r.viewers;
END $$
"""


def seen(meeting: str = "meeting_id", case: str = "NULL") -> str:
    """Rows whose viewers hold one of the session's units, exact to the moment of expiry."""
    return (
        f"{CELL} AND viewers && {UNITS} AND (now() < recheck_at"
        f" OR meetings.still_at_table({meeting}, {case}))"
    )


CONVENES = f"({has_role('cell_coordinator')} OR {has_role('departmental_officer')})"
CHAIRS = f"({CONVENES} OR {has_role('prosecutor')} OR {has_role('prosecutor_delegate')})"
MINE = "= (SELECT kernel.session_seat())"


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0001_initial"),
        ("referrals", "0004_row_security"),
        ("kernel", "0002_sessions"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS meetings;"
            "GRANT CREATE, USAGE ON SCHEMA meetings TO rempart_maintenance;"
            "GRANT USAGE ON SCHEMA meetings TO rempart_runtime, rempart_worker;"
            f"GRANT SELECT, UPDATE ON {', '.join(TABLES)} TO rempart_maintenance;"
            "GRANT USAGE ON SEQUENCE kernel_live_event_id_seq TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("meetings.at_table(uuid, uuid)", AT_TABLE),
        MaintenanceFunction("meetings.readers(uuid, uuid)", READERS),
        MaintenanceFunction("meetings.still_at_table(uuid, uuid)", STILL, execute_by=ASKED),
        MaintenanceFunction("meetings.units_with_scope(uuid)", MAY_INVITE, execute_by=ASKED),
        MaintenanceFunction("meetings.may_sit(uuid, int)", MAY_SIT, execute_by=ASKED),
        MaintenanceFunction("meetings.my_level(uuid, uuid)", MY_LEVEL, execute_by=ASKED),
        MaintenanceFunction(
            "meetings.may_decide(uuid, uuid, uuid, int)", MAY_DECIDE, execute_by=ASKED
        ),
        MaintenanceFunction("meetings.scope_meeting()", SCOPE_MEETING),
        MaintenanceFunction("meetings.scope_row()", SCOPE_ROW),
        MaintenanceFunction("meetings.sync_meeting(uuid)", SYNC),
        MaintenanceFunction("meetings.follow_table()", FOLLOW_TABLE),
        MaintenanceFunction("meetings.follow_case()", FOLLOW_CASE),
        MaintenanceFunction("meetings.guard_meeting()", GUARD),
        MaintenanceFunction("meetings.end_visits()", END_VISITS),
        MaintenanceFunction("meetings.leave(uuid)", LEAVE, execute_by=ASKED),
        MaintenanceFunction("meetings.stay(uuid, interval)", STAY, execute_by=ASKED),
        MaintenanceFunction("meetings.drift()", DRIFT, execute_by=("rempart_worker",)),
        migrations.RunSQL(
            "CREATE TRIGGER a_scope BEFORE INSERT ON meetings_meeting"
            " FOR EACH ROW EXECUTE FUNCTION meetings.scope_meeting();"
            "CREATE TRIGGER a_guard BEFORE UPDATE OF state ON meetings_meeting FOR EACH ROW"
            " WHEN (OLD.state IS DISTINCT FROM NEW.state)"
            " EXECUTE FUNCTION meetings.guard_meeting();"
            "CREATE TRIGGER b_end AFTER UPDATE OF state ON meetings_meeting FOR EACH ROW"
            " WHEN (NEW.state IN ('held', 'cancelled'))"
            " EXECUTE FUNCTION meetings.end_visits();"
            + "".join(
                f"CREATE TRIGGER a_scope BEFORE INSERT ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION meetings.scope_row();"
                for table in TABLES[1:]
            )
            + "".join(
                f"CREATE TRIGGER b_follow AFTER INSERT ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION meetings.follow_table();"
                for table in ("meetings_agenda_item", "meetings_invitation")
            )
            # Every change of a case's grants ends by writing its viewers.
            + "CREATE TRIGGER c_meetings AFTER UPDATE OF viewers ON referrals_case"
            " FOR EACH ROW EXECUTE FUNCTION meetings.follow_case();",
            migrations.RunSQL.noop,
        ),
        ScopeTable(
            "meetings_meeting",
            read=seen("id"),
            insert=f"{CELL} AND {CONVENES} AND convened_by {MINE} AND state = 'planned'",
            update=f"{CHAIRS} AND {seen('id')}",
            update_columns=("state", "items", "current", "opened_at", "ended_at", "version"),
        ),
        ScopeTable(
            "meetings_agenda_item",
            read=seen(case="case_id"),
            insert=f"{CELL} AND {CONVENES} AND (case_id IS NULL OR referrals.may_append(case_id))",
            update=f"{CHAIRS} AND {seen(case='case_id')}",
            update_columns=("state",),
        ),
        ScopeTable(
            "meetings_invitation",
            read=seen(),
            insert=f"{CELL} AND {CONVENES} AND meetings.may_sit(meeting_id, unit_id)",
        ),
        ScopeTable(
            "meetings_presence",
            read=seen(),
            insert=f"{CELL} AND seat_id {MINE} AND meetings.still_at_table(meeting_id, NULL)",
        ),
        ScopeTable(
            "meetings_decision",
            read=seen(case="case_id"),
            insert=f"{CELL} AND recorded_by {MINE}"
            " AND meetings.may_decide(meeting_id, item_id, case_id, owner_unit)",
        ),
    ]
