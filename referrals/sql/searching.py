"""Whether the cell follows a pupil: yes or no, for those who send or assess referrals.

Somebody who may ask this as often as they like can go through a whole school. So each person has a
number of searches an hour, which PostgreSQL counts in the statement that answers.
"""

from __future__ import annotations

from referrals.sql.leaving import COORDINATES, DEFINER

MOST = 30
HOUR = "interval '1 hour'"

IS_KNOWN = f"""
CREATE FUNCTION referrals.is_known(mark bytea) RETURNS TABLE (found boolean, wait int)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE me uuid := kernel.session_account(); here int := kernel.session_cell();
BEGIN
    IF NOT (kernel.session_has('school_pilot') IS TRUE OR {COORDINATES}) THEN
        RETURN;
    END IF;
    INSERT INTO public.referrals_search_count AS n (account_id, began_at, made)
    VALUES (me, now(), 1)
        ON CONFLICT (account_id) DO UPDATE
           SET began_at = CASE WHEN n.began_at > now() - {HOUR} THEN n.began_at ELSE now() END,
               made = CASE WHEN n.began_at > now() - {HOUR} THEN n.made + 1 ELSE 1 END
         WHERE n.began_at <= now() - {HOUR} OR n.made < {MOST};
    IF NOT FOUND THEN
        RETURN QUERY SELECT NULL::boolean, greatest(1, ceil(extract(
                epoch FROM n.began_at + {HOUR} - clock_timestamp())))::int
          FROM public.referrals_search_count n WHERE n.account_id = me;
        RETURN;
    END IF;
    RETURN QUERY SELECT EXISTS (SELECT 1 FROM public.referrals_party p
         JOIN public.referrals_case c ON c.id = p.case_id
        WHERE p.cell_id = here AND p.role = 'target' AND p.blind = mark
          AND c.state <> 'draft'), NULL::int;
END $$
"""
