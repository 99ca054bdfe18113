"""What the keeper may reach of a case, and what the database watches over meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations import RunSQL

from kernel.rls.operations import AllowRole, MaintenanceFunction
from referrals.sql.leaving import DEFINER

KEEPER = "rempart_keeper"

KEY_NUMBER = """
CREATE FUNCTION referrals.key_number(sealed bytea) RETURNS int
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN length(sealed) > 3 AND get_byte(sealed, 0) = 2
                THEN get_byte(sealed, 1) * 256 + get_byte(sealed, 2) ELSE 1 END
$$
"""

# Nobody sees a destroyed case any more, whatever they saw of it before.
FORGET_CASE = f"""
CREATE FUNCTION referrals.forget_case() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.referrals_share SET state = 'case_closed', ended_at = now()
     WHERE case_id = NEW.id AND state IN ('proposed', 'accepted');
    DELETE FROM public.referrals_grant WHERE case_id = NEW.id;
    PERFORM referrals.sync_case(NEW.id);
    RETURN NULL;
END $$
"""

# A case begins undestroyed, whoever names the column.
NEW_CASE = f"""
CREATE OR REPLACE FUNCTION referrals.scope_new_case() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    NEW.viewers := ARRAY[NEW.owner_unit]; NEW.editors := ARRAY[NEW.owner_unit];
    NEW.recheck_at := timestamptz '9999-12-31 00:00:00+00'; NEW.shredded_at := NULL;
    RETURN NEW;
END $$
"""


def _current(table: str, columns: Sequence[str]) -> str:
    old = " OR ".join(f"referrals.key_number(NEW.{column}) <> now_in_use" for column in columns)
    return f"""
CREATE FUNCTION referrals.sealed_in_{table}() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE now_in_use int;
BEGIN
    SELECT k.number INTO now_in_use FROM public.referrals_case_key k
     WHERE k.case_id = NEW.case_id FOR SHARE;
    IF now_in_use > 1 AND ({old}) THEN
        RAISE EXCEPTION 'the key of this case was replaced meanwhile'
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$
"""


def sealed_table(table: str, columns: Sequence[str], row_id: str = "id") -> list[RunSQL]:
    """Let the keeper replace what is sealed, and nobody write what an older key has sealed."""
    listed = ", ".join(columns)
    return [
        AllowRole(table, KEEPER, columns=tuple(dict.fromkeys((row_id, "case_id", *columns)))),
        AllowRole(table, KEEPER, ("UPDATE",), columns=tuple(columns)),
        MaintenanceFunction(f"referrals.sealed_in_{table}()", _current(table, columns)),
        RunSQL(
            f"CREATE TRIGGER y_sealed BEFORE INSERT OR UPDATE OF {listed} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION referrals.sealed_in_{table}();",
            RunSQL.noop,
        ),
    ]
