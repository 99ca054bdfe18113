"""Cell 0: what belongs to no cell, of which nobody has a page. Its entries have a term as well.

Whoever controls access in some cell decides about it, two people as everywhere, at a terminal.
"""

from __future__ import annotations

from audit.sql import keeping


def _of_no_cell(body: str, name: str) -> str:
    """The same function for cell 0, whichever cell the session is of."""
    named = body.replace(f"audit.{name}(", f"audit.{name}_of_no_cell(")
    return named.replace("kernel.session_cell()", "0")


DUE = _of_no_cell(keeping.DUE, "purge_due")
PROPOSE = _of_no_cell(keeping.PROPOSE, "propose_purge")
SIGN = _of_no_cell(keeping.SIGN, "sign_purge")
WITHDRAW = _of_no_cell(keeping.WITHDRAW, "withdraw_purge")

OPEN = f"""
CREATE FUNCTION audit.open_purge_of_no_cell()
RETURNS TABLE (id uuid, state text, ordinary_before timestamptz, control_before timestamptz,
               proposed_by uuid)
LANGUAGE plpgsql STABLE {keeping.DEFINER} AS $$
BEGIN
    {keeping.only("auditor", "dpo", "cell_admin", fresh=False)}
    RETURN QUERY SELECT q.id, q.state, q.ordinary_before, q.control_before, q.proposed_by
                   FROM public.audit_purge q
                  WHERE q.cell_id = 0 AND q.state IN ({keeping.OPEN});
END $$
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
