"""Who may add to the record, and who may read it."""

from django.db import migrations

from kernel.rls.operations import (
    CELL,
    AllowRole,
    MaintenanceFunction,
    ScopeTable,
    has_role,
)

WRITTEN = (
    "cell_id",
    "kind",
    "outcome",
    "actor",
    "seat",
    "agency",
    "case_id",
    "subject_id",
    "request",
    "payload",
)
"""Never id, epoch, xid and at: the database sets them itself."""

# Nobody writes in another's name: what an entry claims is compared with the live session. One
# look-up for all four columns: asking the kernel for each of them would cost four times as much,
# for every entry that is written.
IN_SESSION_CELL = """
CREATE FUNCTION audit.in_session_cell(cell int, account uuid, seat uuid, agency uuid)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
         WHERE s.token_hash = sha256(
                   convert_to(nullif(current_setting('app.token', true), ''), 'UTF8'))
           AND now() < s.idle_until AND now() < s.expires_at
           AND now() >= k.valid_from AND now() < k.valid_until
           AND (k.cell_id, k.account_id, k.id, k.agency_id)
             = (in_session_cell.cell, in_session_cell.account, in_session_cell.seat,
                in_session_cell.agency));
END $$
"""
IN_OWN_NAME = "audit.in_session_cell(cell_id, actor, seat, agency)"
BY_NO_PERSON = "actor = '00000000-0000-0000-0000-000000000000' AND seat IS NULL AND agency IS NULL"
READ = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"
TREE = ("audit_tile", "audit_bundle", "audit_checkpoint")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_tree"), ("kernel", "0002_sessions")]
    operations = [
        MaintenanceFunction(
            "audit.in_session_cell(int, uuid, uuid, uuid)",
            IN_SESSION_CELL,
            execute_by=("rempart_runtime",),
        ),
        ScopeTable("audit_entry", read=READ, insert=IN_OWN_NAME, insert_columns=WRITTEN),
        AllowRole("audit_entry", "rempart_signin", ("INSERT",), "kind LIKE 'signin.%'", WRITTEN),
        AllowRole("audit_entry", "rempart_worker", ("INSERT",), BY_NO_PERSON, WRITTEN),
        AllowRole("audit_entry", "rempart_operator", ("INSERT",), BY_NO_PERSON, WRITTEN),
        AllowRole("audit_entry", "rempart_sealer"),
        AllowRole("audit_entry", "rempart_auditor"),
        *[ScopeTable(table, read=READ) for table in TREE],
        *[AllowRole(table, "rempart_sealer", ("SELECT", "INSERT")) for table in TREE],
        *[AllowRole(table, "rempart_auditor") for table in TREE],
    ]
