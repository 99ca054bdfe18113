"""Who has read the cases that somebody's agency has: what each person may know of it.

Of their own agency everybody is told by name, and of no other. Which services coordination has
brought in can say that there is an investigation: so only coordination and the office that follows
a case are told of all agencies. Whoever else reads the case is told of those who have it by what
they are, and whoever merely knows that it exists of their own agency alone. A prosecutor's reading
says no more than that. What of a case was read is not told: it would say which parts there are.
"""

from __future__ import annotations

from referrals.models.access import Level
from referrals.rights import Right
from referrals.sql.leaving import DEFINER
from referrals.sql.reaching import CORE

READS = "'case.read', 'document.read', 'identity.revealed'"
TAKEN = "export.taken"
PROSECUTOR = "prosecutor"
BY_WHAT_THEY_ARE = f"'{Right.SCHOOL}', '{Right.COORDINATION}', '{Right.PROSECUTION}'"


def _fact(name: str) -> str:
    """A code in the facts of an entry; of a payload that was tampered with nothing, or no code."""
    return f"substring(encode(e.payload, 'escape') FROM '\"{name}\":\"([a-z_]{{1,40}})\"')"


# A row for each day, case and reader. Its mark is made of what it tells and of nothing else.
LOOKED_AT = f"""
CREATE FUNCTION referrals.looked_at(
    since date, until date, of_case uuid, before_day date, before_mark text, most int
) RETURNS TABLE (day date, mark text, case_id uuid, taken boolean, agency uuid, office boolean,
                 person text, roles text[], of_right text, purpose text)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
#variable_conflict use_column
DECLARE
    mine int[] := kernel.session_units();
    own uuid := kernel.session_agency();
    core boolean := {CORE};
BEGIN
    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT c.id, c.cell_id, c.submitted_at, max(g.level) AS level,
               core AND max(g.level) = {Level.STEER.value} AS steers
          FROM public.referrals_case_access a
          JOIN public.referrals_grant g ON g.case_id = a.case_id AND g.unit_id = a.unit_id
          JOIN public.referrals_case c ON c.id = a.case_id
         WHERE a.unit_id = ANY (mine) AND g.valid_from <= now() AND now() < g.valid_until
           AND (of_case IS NULL OR a.case_id = of_case)
         GROUP BY c.id
    ), read AS (
        SELECT (e.at AT TIME ZONE 'Europe/Paris')::date AS day, h.id AS case_id,
               e.kind = '{TAKEN}' AS taken, e.agency, k.display_name, k.roles, f.of_right,
               f.purpose, e.agency = own AS is_own,
               e.agency <> own AND o.kind = '{PROSECUTOR}' AS office, h.steers
          FROM held h
          JOIN public.audit_entry e ON e.cell_id = h.cell_id AND e.case_id = h.id
          JOIN public.agencies_agency o ON o.id = e.agency
          LEFT JOIN public.kernel_seat k ON k.id = e.seat
         CROSS JOIN LATERAL (SELECT {_fact("right")} AS of_right, {_fact("purpose")} AS purpose) f
         WHERE e.kind IN ({READS}, '{TAKEN}') AND e.outcome = 'done'
           AND e.at >= since::timestamp AT TIME ZONE 'Europe/Paris'
           AND e.at < (until + 1)::timestamp AT TIME ZONE 'Europe/Paris'
           AND e.at >= h.submitted_at
           AND e.actor <> kernel.session_account()
           AND (e.agency = own OR h.steers
                OR h.level >= {Level.READ.value} AND f.of_right IN ({BY_WHAT_THEY_ARE}))
    ), told AS (
        SELECT DISTINCT r.day, r.case_id, r.taken AND NOT r.office AS taken,
               CASE WHEN NOT r.office THEN r.agency END AS agency, r.office,
               CASE WHEN r.is_own THEN r.display_name END AS person,
               CASE WHEN NOT r.office THEN r.roles END AS roles,
               CASE WHEN NOT r.office AND (r.steers OR r.of_right <> '{Right.GLASS}')
                   THEN r.of_right END AS of_right,
               CASE WHEN NOT r.office THEN r.purpose END AS purpose
          FROM read r
    ), marked AS (
        SELECT t.*, md5(t::text) AS mark FROM told t
    )
    SELECT m.day, m.mark, m.case_id, m.taken, m.agency, m.office, m.person, m.roles, m.of_right,
           m.purpose
      FROM marked m
     WHERE before_day IS NULL OR (m.day, m.mark) < (before_day, before_mark)
     ORDER BY m.day DESC, m.mark DESC LIMIT most;
END $$
"""
