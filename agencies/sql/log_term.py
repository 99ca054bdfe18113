"""How long the record of a cell is kept at least: what it has set, whoever proposes a purge."""

from __future__ import annotations

from agencies.sql.leaving import DEFINER

DEFAULT_MONTHS = 12

# Asked again of who signs: the cell may keep its record for longer by then.
KEEP_TERM = f"""
CREATE FUNCTION agencies.keep_term() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF NEW.months < coalesce((
        SELECT p.log_months FROM public.agencies_cellpolicy p
         WHERE p.cell_id = NEW.cell_id ORDER BY p.version DESC LIMIT 1), {DEFAULT_MONTHS}) THEN
        RAISE EXCEPTION 'this cell keeps its record for longer' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

TRIGGER = """
CREATE TRIGGER keep_term BEFORE INSERT OR UPDATE OF state ON audit_purge FOR EACH ROW
    WHEN (NEW.cell_id <> 0 AND NEW.state IN ('proposed', 'signed'))
    EXECUTE FUNCTION agencies.keep_term();
"""
