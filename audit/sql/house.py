"""Cell 0: what belongs to no cell, of which nobody has a page. Its entries have a term as well.

Whoever controls access in some cell decides about it, two people as everywhere, at a terminal.
"""

from __future__ import annotations

from audit.registry import MONTHS, Keeps
from audit.sql import keeping


def _of_no_cell(body: str, name: str) -> str:
    """The same function for cell 0, whichever cell the session is of."""
    named = body.replace(f"audit.{name}(", f"audit.{name}_of_no_cell(")
    return named.replace("kernel.session_cell()", "0")


DUE = _of_no_cell(keeping.DUE, "purge_due")
PROPOSE = _of_no_cell(keeping.PROPOSE, "propose_purge")
SIGN = _of_no_cell(keeping.SIGN, "sign_purge")
WITHDRAW = _of_no_cell(keeping.WITHDRAW, "withdraw_purge")

# Of every purge as much as a cell's own people see of theirs, the newest first.
PURGES = f"""
CREATE FUNCTION audit.purges_of_no_cell(most int)
RETURNS TABLE (id uuid, state text, months smallint, ordinary_before timestamptz,
               control_before timestamptz, proposed_by uuid, proposed_at timestamptz,
               signed_by uuid, signed_at timestamptz, ended_at timestamptz, gone bigint)
LANGUAGE plpgsql STABLE {keeping.DEFINER} AS $$
BEGIN
    {keeping.only("auditor", "dpo", "cell_admin", fresh=False)}
    RETURN QUERY SELECT q.id, q.state, q.months, q.ordinary_before, q.control_before,
                        q.proposed_by, q.proposed_at, q.signed_by, q.signed_at, q.ended_at, q.gone
                   FROM public.audit_purge q WHERE q.cell_id = 0
                  ORDER BY q.proposed_at DESC, q.id DESC LIMIT most;
END $$
"""

# No cell has set a term here: nobody proposes a shorter one than where none is set, or signs it.
# One that was proposed before this was asked is withdrawn or lapses, and one that two had signed is
# carried out, begun or not; neither is in the way of the purges of the cells.
A_YEAR = f"""
ALTER TABLE audit_purge ADD CONSTRAINT audit_purge_of_no_cell_after_a_year
    CHECK (cell_id <> 0 OR months >= {MONTHS[Keeps.ORDINARY]}
           OR state NOT IN ('proposed', 'signed') OR ordinary_size IS NOT NULL) NOT VALID;
"""

# What they decide is an entry of cell 0 in their own name; no other entry of it is anybody's. Asked
# without sub-selects: every other entry is done with it at the first comparison.
RECORDED = """
CREATE POLICY runtime_decides_of_no_cell ON audit_entry FOR INSERT TO rempart_runtime
    WITH CHECK (cell_id = 0
        AND kind IN ('keeping.proposed', 'keeping.signed', 'keeping.withdrawn')
        AND (kernel.session_has('auditor') OR kernel.session_has('dpo')
             OR kernel.session_has('cell_admin'))
        AND audit.in_session_cell(kernel.session_cell(), actor, seat, agency));
"""

# The same with all but the first comparison in one function. Each function of a policy is looked up
# whenever somebody writes, called or not, once for the table and once for the month.
OF_NO_CELL = "cell_id = 0 AND audit.decides_in_session_cell(kind, actor, seat, agency)"
DECIDES = """
CREATE FUNCTION audit.decides_in_session_cell(kind text, account uuid, seat uuid, agency uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
SELECT decides_in_session_cell.kind
       IN ('keeping.proposed', 'keeping.signed', 'keeping.withdrawn')
   AND (kernel.session_has('auditor') OR kernel.session_has('dpo')
        OR kernel.session_has('cell_admin'))
   AND audit.in_session_cell(kernel.session_cell(), decides_in_session_cell.account,
                             decides_in_session_cell.seat, decides_in_session_cell.agency)
$$
"""
