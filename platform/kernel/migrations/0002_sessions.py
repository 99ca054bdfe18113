"""The functions that say who is looking, and row security of the kernel's own tables."""

from django.db import migrations

from kernel.rls.operations import CELL, AllowRole, Grant, MaintenanceFunction, ScopeTable

EVERY_ROLE = (
    "rempart_runtime",
    "rempart_signin",
    "rempart_operator",
    "rempart_worker",
    "rempart_sealer",
    "rempart_auditor",
)
BOUND = ("rempart_runtime", "rempart_signin", "rempart_sealer", "rempart_auditor")
PATH = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

# Hashed once: within the condition it would be hashed again for each row of a table so small that
# it is read through, in every policy of every statement.
BOUND_HASH = (
    "hash bytea := sha256(convert_to(nullif(current_setting('app.token', true), ''), 'UTF8'))"
)
LIVE_SEAT = """
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND now() < s.idle_until AND now() < s.expires_at
       AND now() >= k.valid_from AND now() < k.valid_until
"""


def _resolver(name: str, arguments: str, returns: str, expression: str) -> MaintenanceFunction:
    body = f"""
    CREATE FUNCTION kernel.{name}({arguments}) RETURNS {returns} {PATH} AS $$
    DECLARE answer {returns}; {BOUND_HASH};
    BEGIN
        SELECT {expression} INTO answer {LIVE_SEAT};
        RETURN answer;
    END $$
    """
    types = ", ".join(part.split()[-1] for part in arguments.split(",") if part)
    return MaintenanceFunction(f"kernel.{name}({types})", body, execute_by=BOUND)


SESSION_VIEWER = """
CREATE FUNCTION kernel.session_viewer(shown text, keep_alive boolean) RETURNS TABLE (
    account_id uuid, seat_id uuid, cell_id int, agency_id uuid, agency_kind text, roles text[],
    units int[], bound_by_secrecy boolean, display_name text, agency_name text, cell_name text,
    factor_at timestamptz, version int
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE hash bytea := sha256(convert_to(nullif(shown, ''), 'UTF8'));
BEGIN
    -- Being looked at keeps a session alive; once a minute is often enough to write it down.
    UPDATE public.kernel_session s SET idle_until = now() + make_interval(secs => s.idle_seconds)
     WHERE keep_alive AND s.token_hash = hash AND now() < s.idle_until AND now() < s.expires_at
       AND s.idle_until < now() + make_interval(secs => s.idle_seconds - 60);
    RETURN QUERY SELECT k.account_id, k.id, k.cell_id, k.agency_id, k.agency_kind, k.roles,
           k.units, k.bound_by_secrecy, k.display_name, k.agency_name, k.cell_name,
           s.factor_at, k.version
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND now() < s.idle_until AND now() < s.expires_at
       AND now() >= k.valid_from AND now() < k.valid_until;
END $$
"""

SESSION_ALIVE = """
CREATE FUNCTION kernel.session_alive(shown text) RETURNS int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE answer int; hash bytea := sha256(convert_to(nullif(shown, ''), 'UTF8'));
BEGIN
    SELECT k.version INTO answer
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND clock_timestamp() < s.idle_until AND clock_timestamp() < s.expires_at
       AND clock_timestamp() >= k.valid_from AND clock_timestamp() < k.valid_until;
    RETURN answer;
END $$
"""

# Called by the functions of the apps that own rooms, once they have asked whether this session may
# ring there; by no page itself. What is rung is a code and never a text.
RING = """
CREATE FUNCTION kernel.ring(in_room text, what text, about uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE mine int := kernel.session_cell(); number bigint;
BEGIN
    IF mine IS NULL THEN
        RAISE EXCEPTION 'nobody is looking' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF what !~ '^[a-z][a-z_]{0,40}([.][a-z_]{1,40})?$' THEN
        RAISE EXCEPTION 'a bell says a code' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.kernel_live_room AS r (room, cell_id, last_seq) VALUES (in_room, mine, 1)
        ON CONFLICT (room) DO UPDATE SET last_seq = r.last_seq + 1 WHERE r.cell_id = mine
        RETURNING last_seq INTO number;
    IF number IS NULL THEN
        RAISE EXCEPTION 'no such room' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.kernel_live_event (cell_id, room, seq, kind, subject_id, at)
        VALUES (mine, in_room, number, what, about, clock_timestamp());
    RETURN number;
END $$
"""

# Somebody who has or had a place in the cell of whoever acts, and is not who acts.
MAY_TELL = """
CREATE FUNCTION kernel.may_tell(account uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN account <> kernel.session_account() AND EXISTS (
        SELECT FROM public.kernel_seat k
         WHERE k.cell_id = kernel.session_cell() AND k.account_id = may_tell.account);
END $$
"""

OWN_NOTICE = f"{CELL} AND account_id = (SELECT kernel.session_account())"
OWN_ANSWER = f"{CELL} AND seat_id = (SELECT kernel.session_seat())"
GUARDED = (
    "kernel_unit",
    "kernel_seat",
    "kernel_session",
    "kernel_outbox",
    "kernel_live_room",
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS kernel;"
            + "GRANT CREATE, USAGE ON SCHEMA kernel TO rempart_maintenance;"
            + "".join(f"GRANT USAGE ON SCHEMA kernel, public TO {role};" for role in EVERY_ROLE)
            + "GRANT USAGE ON SCHEMA public TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
                migrations.RunSQL.noop,
            )
            for table in GUARDED
        ],
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON kernel_seat, kernel_unit, kernel_session,"
            " kernel_live_room, kernel_live_event TO rempart_maintenance;"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        _resolver("session_units", "", "int[]", "k.units"),
        _resolver("session_cell", "", "int", "k.cell_id"),
        _resolver("session_seat", "", "uuid", "k.id"),
        _resolver("session_account", "", "uuid", "k.account_id"),
        _resolver("session_agency", "", "uuid", "k.agency_id"),
        _resolver("session_has", "wanted text", "boolean", "wanted = ANY (k.roles)"),
        MaintenanceFunction(
            "kernel.session_viewer(text, boolean)",
            SESSION_VIEWER,
            execute_by=("rempart_runtime", "rempart_signin"),
        ),
        MaintenanceFunction(
            "kernel.session_alive(text)", SESSION_ALIVE, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction("kernel.ring(text, text, uuid)", RING),
        MaintenanceFunction("kernel.may_tell(uuid)", MAY_TELL, execute_by=("rempart_runtime",)),
        # Units, seats and sessions: never touched by the role that serves pages.
        AllowRole("kernel_unit", "rempart_operator", ("SELECT", "INSERT")),
        AllowRole("kernel_seat", "rempart_operator", ("SELECT",)),
        AllowRole("kernel_seat", "rempart_signin", ("SELECT",)),
        AllowRole("kernel_session", "rempart_signin", ("SELECT", "INSERT", "UPDATE", "DELETE")),
        AllowRole("kernel_session", "rempart_operator", ("SELECT", "DELETE")),
        # Effects. Each app says which kinds its pages may owe: see MayOwe.
        migrations.RunSQL(
            "GRANT INSERT (cell_id, event_id, recipient, channel, kind, subject_id, created_at,"
            " due_at, attempts, last_error) ON kernel_outbox TO rempart_runtime;",
            migrations.RunSQL.noop,
        ),
        AllowRole("kernel_outbox", "rempart_worker", ("SELECT", "UPDATE", "INSERT")),
        ScopeTable(
            "kernel_notice", read=OWN_NOTICE, update=OWN_NOTICE, update_columns=("read_at",)
        ),
        AllowRole("kernel_notice", "rempart_worker", ("SELECT", "INSERT")),
        ScopeTable("kernel_sent_once", read=OWN_ANSWER, insert=OWN_ANSWER, update=OWN_ANSWER),
        # Live events carry kinds and ids; who may hear a room is asked at every delivery.
        ScopeTable("kernel_live_event", read=CELL),
        ScopeTable(
            "kernel_period_key",
            read=CELL,
            insert=f"{CELL} AND period = to_char(now() AT TIME ZONE 'UTC', 'YYYY')",
        ),
        migrations.RunSQL(
            "GRANT USAGE ON SEQUENCE kernel_outbox_id_seq, kernel_sent_once_id_seq TO rempart_runtime;"
            "GRANT USAGE ON SEQUENCE kernel_outbox_id_seq, kernel_notice_id_seq TO rempart_worker;"
            "GRANT USAGE ON SEQUENCE kernel_unit_id_seq TO rempart_operator;",
            migrations.RunSQL.noop,
        ),
        Grant("django_session", "rempart_signin", ("SELECT", "INSERT", "UPDATE", "DELETE")),
    ]
