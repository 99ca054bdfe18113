"""How long a session lives, how its key changes, what it keeps, and the charter before all else."""

import django.contrib.postgres.functions
from django.db import migrations, models

from kernel.rls.operations import AllowRole, MaintenanceFunction

STABLE = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
VOLATILE = STABLE.replace("STABLE", "VOLATILE")
# Hashed once and not for each row, as in 0002.
BOUND_HASH = (
    "hash bytea := sha256(convert_to(nullif(current_setting('app.token', true), ''), 'UTF8'))"
)
SHOWN_HASH = "hash bytea := sha256(convert_to(nullif(shown, ''), 'UTF8'))"
BOUND = """
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND now() < s.idle_until AND now() < s.expires_at
       AND now() >= k.valid_from AND now() < k.valid_until;
"""

# Until the charter is signed a seat holds no unit and no role, whatever asks.
SESSION_UNITS = f"""
CREATE OR REPLACE FUNCTION kernel.session_units() RETURNS int[] {STABLE} AS $$
DECLARE answer int[]; {BOUND_HASH};
BEGIN
    SELECT CASE WHEN k.charter_signed THEN k.units ELSE '{{}}' END INTO answer {BOUND}
    RETURN answer;
END $$
"""
SESSION_HAS = f"""
CREATE OR REPLACE FUNCTION kernel.session_has(wanted text) RETURNS boolean {STABLE} AS $$
DECLARE answer boolean; {BOUND_HASH};
BEGIN
    SELECT k.charter_signed AND wanted = ANY (k.roles) INTO answer {BOUND}
    RETURN answer;
END $$
"""
SESSION_ALIVE = f"""
CREATE OR REPLACE FUNCTION kernel.session_alive(shown text) RETURNS int {STABLE} AS $$
DECLARE answer int; {SHOWN_HASH};
BEGIN
    SELECT k.version INTO answer
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND clock_timestamp() < s.idle_until AND clock_timestamp() < s.expires_at
       AND clock_timestamp() >= k.valid_from AND clock_timestamp() < k.valid_until
       AND k.charter_signed;
    RETURN answer;
END $$
"""
SESSION_VIEWER = f"""
CREATE FUNCTION kernel.session_viewer(shown text) RETURNS TABLE (
    account_id uuid, seat_id uuid, cell_id int, agency_id uuid, agency_kind text, roles text[],
    units int[], bound_by_secrecy boolean, display_name text, agency_name text, cell_name text,
    factor_at timestamptz, version int, charter_signed boolean, idle_seconds int,
    idle_until timestamptz, expires_at timestamptz
) {STABLE} ROWS 1 AS $$
DECLARE {SHOWN_HASH};
BEGIN
    RETURN QUERY SELECT k.account_id, k.id, k.cell_id, k.agency_id, k.agency_kind, k.roles,
           CASE WHEN k.charter_signed THEN k.units ELSE '{{}}' END, k.bound_by_secrecy,
           k.display_name, k.agency_name, k.cell_name, s.factor_at, k.version, k.charter_signed,
           s.idle_seconds, s.idle_until, s.expires_at
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND now() < s.idle_until AND now() < s.expires_at
       AND now() >= k.valid_from AND now() < k.valid_until;
END $$
"""

# Not part of resolving the viewer: a request must not hold its own session's row while it works.
KEEP_SESSION = f"""
CREATE FUNCTION kernel.keep_session(shown text) RETURNS void {VOLATILE} AS $$
DECLARE {SHOWN_HASH};
BEGIN
    UPDATE public.kernel_session s SET idle_until = now() + make_interval(secs => s.idle_seconds)
     WHERE s.token_hash = hash
       AND now() < s.idle_until AND now() < s.expires_at
       AND s.idle_until < now() + make_interval(secs => s.idle_seconds);
END $$
"""
SESSION_RENEWED = f"""
CREATE FUNCTION kernel.session_renewed(shown text) RETURNS boolean {STABLE} AS $$
DECLARE {SHOWN_HASH};
BEGIN
    RETURN EXISTS (SELECT FROM public.kernel_session s
                    WHERE s.renewed_from = hash);
END $$
"""

# What a session keeps goes where the session goes, and ends with it.
KEPT_WITH_ITS_SESSION = """
ALTER TABLE kernel_kept_act ADD CONSTRAINT kernel_kept_act_of_its_session
    FOREIGN KEY (token_hash) REFERENCES kernel_session (token_hash)
    ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE kernel_kept_act ENABLE ROW LEVEL SECURITY;
ALTER TABLE kernel_kept_act FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_fresh_factor")]

    operations = [
        migrations.AddField("seat", "charter_signed", models.BooleanField(db_default=False)),
        migrations.AddField(
            "scopesession",
            "number",
            models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(), unique=True
            ),
        ),
        migrations.AddField("scopesession", "network", models.TextField(db_default="")),
        migrations.AddField(
            "scopesession", "renewed_from", models.BinaryField(db_index=True, null=True)
        ),
        migrations.RunSQL(
            "ALTER TABLE kernel_session NO FORCE ROW LEVEL SECURITY;"
            "UPDATE kernel_session SET idle_seconds = least(idle_seconds, 1800),"
            " expires_at = least(expires_at, created_at + interval '8 hours');"
            "ALTER TABLE kernel_session FORCE ROW LEVEL SECURITY;",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            "scopesession",
            models.CheckConstraint(
                condition=models.Q(idle_seconds__gte=1, idle_seconds__lte=1800),
                name="kernel_session_idle_half_an_hour",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE kernel_session ADD CONSTRAINT kernel_session_eight_hours"
            " CHECK (expires_at <= created_at + interval '8 hours');",
            "ALTER TABLE kernel_session DROP CONSTRAINT kernel_session_eight_hours;",
        ),
        migrations.CreateModel(
            name="KeptAct",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(db_index=True)),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
            options={"db_table": "kernel_kept_act"},
        ),
        migrations.RunSQL(
            KEPT_WITH_ITS_SESSION,
            "ALTER TABLE kernel_kept_act DROP CONSTRAINT kernel_kept_act_of_its_session;",
        ),
        AllowRole("kernel_kept_act", "rempart_signin", ("SELECT", "INSERT", "UPDATE", "DELETE")),
        MaintenanceFunction("kernel.session_units()", SESSION_UNITS),
        MaintenanceFunction("kernel.session_has(text)", SESSION_HAS),
        MaintenanceFunction("kernel.session_alive(text)", SESSION_ALIVE),
        migrations.RunSQL(
            "DROP FUNCTION kernel.session_viewer(text, boolean);", migrations.RunSQL.noop
        ),
        MaintenanceFunction(
            "kernel.session_viewer(text)",
            SESSION_VIEWER,
            execute_by=("rempart_runtime", "rempart_signin"),
        ),
        MaintenanceFunction(
            "kernel.keep_session(text)", KEEP_SESSION, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "kernel.session_renewed(text)", SESSION_RENEWED, execute_by=("rempart_runtime",)
        ),
    ]
