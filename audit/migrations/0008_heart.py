"""Whether the sealer is at work is seen by everybody who has to know."""

from importlib import import_module

from django.db import migrations

from kernel.rls.operations import AllowRole, MaintenanceFunction

SCOPE = import_module("audit.migrations.0003_scope")
BY_SEALER = ("audit.readmitted", "audit.loss_accepted")

HEART = """
CREATE TABLE audit_heart (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz,
    lag double precision NOT NULL DEFAULT 0 CHECK (lag >= 0),
    damaged int[] NOT NULL DEFAULT '{}',
    host text NOT NULL DEFAULT '',
    pid int NOT NULL DEFAULT 0
);
INSERT INTO audit_heart DEFAULT VALUES;
ALTER TABLE audit_heart ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heart FORCE ROW LEVEL SECURITY;
GRANT SELECT ON audit_heart TO rempart_maintenance;
"""

# Which other cells are damaged is not said.
SEEN = """
CREATE FUNCTION audit.heart() RETURNS TABLE (at timestamptz, lag double precision, damaged boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF kernel.session_has('auditor') OR kernel.session_has('dpo') THEN
        RETURN QUERY SELECT h.at, h.lag, kernel.session_cell() = ANY (h.damaged)
          FROM public.audit_heart h;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_exporting")]

    operations = [
        migrations.RunSQL(HEART, "DROP TABLE audit_heart;"),
        AllowRole("audit_heart", "rempart_sealer", ("SELECT", "UPDATE")),
        AllowRole("audit_heart", "rempart_auditor"),
        AllowRole("audit_heart", "rempart_worker"),
        MaintenanceFunction("audit.heart()", SEEN, execute_by=("rempart_runtime",)),
        # It asks whether a log contains what was signed last.
        migrations.RunSQL(
            "GRANT EXECUTE ON FUNCTION audit.tail_hashes(int, bigint) TO rempart_sealer;",
            "REVOKE EXECUTE ON FUNCTION audit.tail_hashes(int, bigint) FROM rempart_sealer;",
        ),
        migrations.RunSQL(
            "ALTER POLICY sealer_insert ON audit_entry WITH CHECK (kind IN ("
            + ", ".join(f"'{kind}'" for kind in BY_SEALER)
            + f") AND {SCOPE.BY_NO_PERSON});",
            migrations.RunSQL.noop,
        ),
    ]
