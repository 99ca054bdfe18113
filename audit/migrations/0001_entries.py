"""The record: one partitioned table that can be added to and never changed."""

from django.db import migrations

from audit.sql import partitions

EVERY_ROLE = (
    "rempart_runtime",
    "rempart_signin",
    "rempart_operator",
    "rempart_worker",
    "rempart_sealer",
    "rempart_auditor",
)

SCHEMA = (
    "CREATE SCHEMA audit;"
    + "".join(f"GRANT USAGE ON SCHEMA audit TO {role};" for role in EVERY_ROLE)
    + "GRANT CREATE, USAGE ON SCHEMA audit TO rempart_maintenance;"
)

# xid is the transaction that wrote the entry: below the snapshot's horizon its order is final.
# epoch comes first in the order because transaction numbers begin again in a restored cluster.
ENTRY = """
CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY,
    epoch smallint NOT NULL DEFAULT 1 CHECK (epoch > 0),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cell_id int NOT NULL CHECK (cell_id >= 0),
    kind text NOT NULL CHECK (octet_length(kind) BETWEEN 3 AND 64),
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
    actor uuid NOT NULL,
    seat uuid,
    agency uuid,
    case_id uuid,
    subject_id uuid,
    request uuid NOT NULL,
    payload bytea NOT NULL CHECK (octet_length(payload) <= 32768)
) PARTITION BY RANGE (at);

-- The sealer follows the first. The others end in the same order, which is the order of the log
-- and of every page of the journal, so that a page is always the next few rows of one index.
CREATE INDEX audit_entry_log ON audit_entry (epoch, xid, id);
CREATE INDEX audit_entry_cell ON audit_entry (cell_id, epoch, xid, id);
CREATE INDEX audit_entry_case ON audit_entry (cell_id, case_id, epoch, xid, id)
    WHERE case_id IS NOT NULL;
CREATE INDEX audit_entry_actor ON audit_entry (cell_id, actor, epoch, xid, id);
"""

# Fires for a statement on this very table, so parent and partitions each carry their own. ALWAYS:
# session_replication_role does not switch it off.
GUARD = """
CREATE FUNCTION audit.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION audit.refuse() FROM PUBLIC;

CREATE FUNCTION audit.guard(guarded regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()', guarded);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', guarded);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
END $$;
REVOKE ALL ON FUNCTION audit.guard(regclass) FROM PUBLIC;
"""

PARTITIONS = f"""{partitions.MAKE};
REVOKE ALL ON FUNCTION audit.make_partitions(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.make_partitions(int) TO rempart_worker, rempart_operator;

CREATE TABLE audit_entry_default PARTITION OF audit_entry DEFAULT;
SELECT audit.guard('audit_entry'), audit.guard('audit_entry_default');
SELECT audit.make_partitions(12);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("kernel", "0002_sessions")]
    operations = [
        migrations.RunSQL(SCHEMA, "DROP SCHEMA audit CASCADE;"),
        migrations.RunSQL(ENTRY, "DROP TABLE audit_entry;"),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(PARTITIONS, migrations.RunSQL.noop),
    ]
