"""Every seat of a cell holds its record to what it once said.

Checkpoints and tiles are open to the whole cell: hashes of entries that each carry a nonce tell
how many there are, and nothing else. Which entry lies under which hash stays with the auditors.
"""

from django.db import migrations

from kernel.rls.operations import CELL, MaintenanceFunction, has_role

OPEN = ("audit_checkpoint", "audit_tile")
AUDITORS = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"

# The hashes behind the last full tile, which no tile holds yet, for a proof made by somebody who
# may not read entries. A leaf as audit/leaf.py writes it; only up to a checkpoint that exists.
TAIL_HASHES = """
CREATE FUNCTION audit.tail_hashes(cell int, upto bigint) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    till record;
    since record;
BEGIN
    IF session_user = 'rempart_runtime' AND cell IS DISTINCT FROM kernel.session_cell() THEN
        RETURN NULL;
    END IF;
    SELECT hi_epoch, hi_xid, hi_id INTO till
      FROM audit_checkpoint WHERE cell_id = cell AND size = upto;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT last_epoch, last_xid, last_id INTO since
      FROM audit_bundle WHERE cell_id = cell AND n = upto / 256 - 1;
    IF NOT FOUND THEN
        SELECT -32767::int2 AS last_epoch, '0'::xid8 AS last_xid, -1::int8 AS last_id INTO since;
    END IF;
    RETURN (
        SELECT string_agg(hash, ''::bytea ORDER BY epoch, xid, id) FROM (
            SELECT epoch, xid, id, sha256('\\x00'::bytea || 'rempart/audit/v1'::bytea
                || int4send(2) || int2send(epoch) || int4send(8) || xid8send(xid)
                || int4send(8) || int8send(id) || int4send(8) || timestamptz_send(at)
                || int4send(4) || int4send(cell_id)
                || audit.field(convert_to(kind, 'UTF8'))
                || audit.field(convert_to(outcome, 'UTF8'))
                || audit.field(uuid_send(actor)) || audit.field(uuid_send(seat))
                || audit.field(uuid_send(agency)) || audit.field(uuid_send(case_id))
                || audit.field(uuid_send(subject_id)) || audit.field(uuid_send(request))
                || audit.field(payload)) AS hash
              FROM audit_entry
             WHERE cell_id = cell
               AND (epoch, xid, id) > (since.last_epoch, since.last_xid, since.last_id)
               AND (epoch, xid, id) <= (till.hi_epoch, till.hi_xid, till.hi_id)
             ORDER BY epoch, xid, id LIMIT 256
        ) AS tail);
END $$
"""

FIELD = """
CREATE FUNCTION audit.field(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(int4send(octet_length(value)) || value, int4send(-1))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_keeper")]

    operations = [
        *[
            migrations.RunSQL(
                f"ALTER POLICY runtime_select ON {table} USING ({CELL});",
                f"ALTER POLICY runtime_select ON {table} USING ({AUDITORS});",
            )
            for table in OPEN
        ],
        migrations.RunSQL(
            "GRANT SELECT ON audit_entry, audit_bundle TO rempart_maintenance;",
            "REVOKE SELECT ON audit_entry, audit_bundle FROM rempart_maintenance;",
        ),
        MaintenanceFunction("audit.field(bytea)", FIELD),
        MaintenanceFunction(
            "audit.tail_hashes(int, bigint)",
            TAIL_HASHES,
            execute_by=("rempart_runtime", "rempart_auditor"),
        ),
    ]
