"""The sealed log of each cell: tiles of hashes, where each leaf comes from, signed checkpoints."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction

# Full tiles and bundles only: the tail of a tree is read again from the entries.
TREE = """
CREATE TABLE audit_tile (
    cell_id int NOT NULL,
    level smallint NOT NULL,
    n bigint NOT NULL,
    hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
    PRIMARY KEY (cell_id, level, n)
);
ALTER TABLE audit_tile ALTER hashes SET STORAGE EXTERNAL;

-- Bundle n names the 256 entries under tile n of level 0, in their order.
CREATE TABLE audit_bundle (
    cell_id int NOT NULL,
    n bigint NOT NULL,
    first_epoch smallint NOT NULL,
    first_xid xid8 NOT NULL,
    first_id bigint NOT NULL,
    last_epoch smallint NOT NULL,
    last_xid xid8 NOT NULL,
    last_id bigint NOT NULL,
    ids bytea NOT NULL CHECK (octet_length(ids) = 2048),
    PRIMARY KEY (cell_id, n),
    UNIQUE (cell_id, first_epoch, first_xid, first_id)
);
ALTER TABLE audit_bundle ALTER ids SET STORAGE EXTERNAL;

-- hi is the last entry under the checkpoint. The highest of all cells is how far the log reaches.
-- grown_from is the size of the checkpoint before: being unique, it keeps two sealers at the same
-- moment from growing the log in two directions.
CREATE TABLE audit_checkpoint (
    cell_id int NOT NULL,
    size bigint NOT NULL,
    grown_from bigint NOT NULL CHECK (grown_from >= 0 AND grown_from < size),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    hi_epoch smallint NOT NULL,
    hi_xid xid8 NOT NULL,
    hi_id bigint NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (cell_id, size),
    UNIQUE (cell_id, grown_from)
);
CREATE INDEX audit_checkpoint_reach ON audit_checkpoint (hi_epoch, hi_xid, hi_id);

SELECT audit.guard('audit_tile'), audit.guard('audit_bundle'), audit.guard('audit_checkpoint');
GRANT SELECT ON audit_checkpoint TO rempart_maintenance;
"""

# An auditor sees the checkpoints of one cell, and needs to know how far the sealer has read
# altogether: an entry below that point which is in no bundle has been slipped in. From the role that
# serves pages only an auditor's session learns it.
REACH = """
CREATE FUNCTION audit.reach() RETURNS TABLE (epoch smallint, xid xid8, id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT hi_epoch, hi_xid, hi_id FROM public.audit_checkpoint
     WHERE session_user <> 'rempart_runtime'
        OR (SELECT kernel.session_has('auditor') OR kernel.session_has('dpo'))
     ORDER BY hi_epoch DESC, hi_xid DESC, hi_id DESC LIMIT 1
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_entries")]
    operations = [
        migrations.RunSQL(TREE, "DROP TABLE audit_checkpoint, audit_bundle, audit_tile;"),
        MaintenanceFunction(
            "audit.reach()",
            REACH,
            execute_by=("rempart_runtime", "rempart_sealer", "rempart_auditor"),
        ),
    ]
