"""What an agency that leaves takes with it, and what of its work waits for somebody else."""

from __future__ import annotations

from referrals.states import ENDS

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDS))
COORDINATES = """(kernel.session_has('cell_coordinator')
           OR kernel.session_has('departmental_officer')) IS TRUE"""
DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"


def hold(cases: str) -> str:
    """Hold all cases of a selection, in their order, before anything of one of them is changed.

    What changes in a case holds its meetings, and so may keep waiting whoever holds another case.
    """
    return f"""PERFORM 1 FROM public.referrals_case c WHERE c.id IN ({cases})
      ORDER BY c.id FOR UPDATE;"""


_WITH_AGENCY = """SELECT s.case_id FROM public.referrals_share s
        WHERE s.to_unit = NEW.unit_id AND s.state IN ('proposed', 'accepted')"""

# Runs after the seats have followed: nobody of the agency is left to race with. A last day that is
# put off lets shares run as they were agreed; what ended with the agency stays ended.
SHARES_FOLLOW = f"""
CREATE OR REPLACE FUNCTION referrals.shares_follow() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE share record;
BEGIN
    {hold(_WITH_AGENCY)}
    FOR share IN SELECT s.id, s.case_id, s.from_unit FROM public.referrals_share s
         WHERE s.to_unit = NEW.unit_id AND s.state IN ('proposed', 'accepted')
         ORDER BY s.case_id, s.id LOOP
        PERFORM 1 FROM public.referrals_case c WHERE c.id = share.case_id FOR UPDATE;
        IF least(OLD.valid_until, NEW.valid_until) <= clock_timestamp() THEN
            UPDATE public.referrals_share s SET state = 'accession_ended', ended_at = now()
             WHERE s.id = share.id AND s.state IN ('proposed', 'accepted');
        ELSE
            UPDATE public.referrals_grant g SET valid_until = least(s.expires_at, NEW.valid_until)
              FROM public.referrals_share s WHERE s.id = share.id AND g.share_id = s.id;
            PERFORM referrals.sync_case(share.case_id);
        END IF;
        IF kernel.session_cell() = NEW.cell_id THEN
            PERFORM kernel.ring('case:' || share.case_id, 'changed', NULL);
            PERFORM kernel.ring('unit:' || share.from_unit, 'changed', NULL);
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

_OVER = """SELECT s.id, s.case_id, s.expires_at <= now() AS expired
          FROM public.referrals_share s JOIN public.agencies_accession a ON a.unit_id = s.to_unit
         WHERE s.state IN ('proposed', 'accepted')
           AND (s.expires_at <= now() OR a.valid_until <= now())
         ORDER BY s.case_id, s.expires_at LIMIT at_most"""
SWEEP = f"""
CREATE OR REPLACE FUNCTION referrals.sweep(at_most int) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE share record; swept int := 0;
BEGIN
    -- Only tidies: an expired grant already opens nothing, and nobody sits for who has left.
    {hold(f"SELECT o.case_id FROM ({_OVER}) o")}
    FOR share IN {_OVER} LOOP
        PERFORM 1 FROM public.referrals_case c WHERE c.id = share.case_id FOR UPDATE;
        UPDATE public.referrals_share s
           SET state = CASE WHEN share.expired THEN 'expired' ELSE 'accession_ended' END,
               ended_at = now()
         WHERE s.id = share.id AND s.state IN ('proposed', 'accepted');
        swept := swept + 1;
    END LOOP;
    RETURN swept;
END $$
"""

# Whoever coordinates the case now gives a measure that nobody is left to carry out to an agency
# that already reads the case and has somebody.
HAND_OVER = f"""
CREATE FUNCTION referrals.hand_over(measure uuid, accession uuid, due date, seen int) RETURNS text
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE m record; owner record;
BEGIN
    SELECT x.* INTO m FROM public.referrals_measure x
      JOIN public.referrals_case c ON c.id = x.case_id
     WHERE x.id = measure AND x.cell_id = kernel.session_cell()
       AND x.editors && kernel.session_units() AND c.state NOT IN ({_ENDED})
       AND (now() < x.recheck_at
            OR referrals.still_edits(x.case_id, x.bit, x.created_at, x.owner_unit))
       FOR UPDATE OF c;
    SELECT a.unit_id, g.name INTO owner FROM public.agencies_accession a
      JOIN public.agencies_agency g ON g.id = a.agency_id
     WHERE a.id = accession AND a.cell_id = kernel.session_cell()
       AND a.valid_from <= clock_timestamp() AND a.valid_until > clock_timestamp();
    IF m.id IS NULL OR owner.unit_id IS NULL
       OR NOT {COORDINATES}
       OR NOT owner.unit_id = ANY (referrals.units_on_case(m.case_id, 2))
       OR owner.unit_id = m.owner_unit
       OR referrals.without_anybody(ARRAY[m.owner_unit, owner.unit_id])
          IS DISTINCT FROM ARRAY[m.owner_unit] THEN
        RAISE EXCEPTION 'this measure does not go there' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- The database's day may be another than the one here.
    IF due IS NULL OR due NOT BETWEEN current_date - 1 AND current_date + 731 THEN
        RAISE EXCEPTION 'a measure is due within two years' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.referrals_measure x
       SET owner_unit = owner.unit_id, owner_name = owner.name, due_on = due,
           version = x.version + 1
     WHERE x.id = measure AND x.state = 'planned' AND x.version = seen;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM referrals.sync_case(m.case_id);
    RETURN owner.name;
END $$
"""

# Drafts belong to a school, whose other pilots go on with them. Where none is left, coordination
# is told how many wait, and nothing of what they say.
DRAFTS_WAITING = f"""
CREATE FUNCTION referrals.drafts_waiting() RETURNS TABLE (agency_id uuid, waiting bigint)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT {COORDINATES} THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT c.school_id, count(*) FROM public.referrals_case c
         WHERE c.cell_id = kernel.session_cell() AND c.state = 'draft'
           AND NOT EXISTS (SELECT FROM public.kernel_seat s
                WHERE s.cell_id = c.cell_id AND c.owner_unit = ANY (s.units)
                  AND 'school_pilot' = ANY (s.roles)
                  AND now() >= s.valid_from AND now() < s.valid_until)
         GROUP BY c.school_id;
END $$
"""

# Which units of the cell have nobody left. Asked by coordination: it gives their work to others.
EMPTY_UNITS = f"""
CREATE FUNCTION referrals.without_anybody(units int[]) RETURNS int[]
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT {COORDINATES} THEN
        RETURN '{{}}';
    END IF;
    RETURN (SELECT coalesce(array_agg(u.id), '{{}}') FROM public.kernel_unit u
         WHERE u.id = ANY (units) AND u.cell_id = kernel.session_cell()
           AND NOT EXISTS (SELECT FROM public.kernel_seat s
              JOIN public.agencies_membership m ON m.id = s.id AND m.kind <> 'system'
             WHERE s.cell_id = u.cell_id AND u.id = ANY (s.units)
               AND now() >= s.valid_from AND now() < s.valid_until));
END $$
"""
