"""What the record and the cases tell together, for those who control access: ids and numbers."""

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# An agency that holds parts of cases for two weeks and has opened none of them: the first reading
# that is found ends the search.
UNUSED_SHARES = f"""
CREATE FUNCTION referrals.unused_shares() RETURNS TABLE (agency uuid, since date, shares int)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF kernel.session_has('auditor') OR kernel.session_has('dpo') THEN
        RETURN QUERY
        SELECT s.to_agency_id, (min(s.decided_at) AT TIME ZONE 'Europe/Paris')::date,
               count(*)::int
          FROM public.referrals_share s
         WHERE s.cell_id = kernel.session_cell() AND s.state = 'accepted'
           AND now() < s.expires_at AND s.decided_at < now() - interval '14 days'
         GROUP BY s.to_agency_id
        HAVING NOT EXISTS (
               SELECT FROM unnest(array_agg(s.case_id), array_agg(s.decided_at))
                               AS h (case_id, decided_at)
                CROSS JOIN LATERAL (
                      SELECT FROM public.audit_entry e
                       WHERE e.cell_id = kernel.session_cell() AND e.case_id = h.case_id
                         AND e.agency = s.to_agency_id AND e.at >= h.decided_at
                         AND e.kind IN ('case.read', 'document.read', 'export.taken')
                         AND e.outcome = 'done' LIMIT 1) used);
    END IF;
END $$
"""

# Somebody still reads a case by a share of two weeks ago, and their agency has nothing to do in it.
# The entry names the share that was used: an older one, or one that has ended, tells nothing.
UNASSIGNED_READS = f"""
CREATE FUNCTION referrals.unassigned_reads(since date)
RETURNS TABLE (case_id uuid, agency uuid, actor uuid, day date, n int)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF kernel.session_has('auditor') OR kernel.session_has('dpo') THEN
        RETURN QUERY
        SELECT e.case_id, e.agency, e.actor, (e.at AT TIME ZONE 'Europe/Paris')::date,
               count(DISTINCT e.id)::int
          FROM public.referrals_share s
          JOIN public.audit_entry e
            ON e.cell_id = s.cell_id AND e.case_id = s.case_id AND e.agency = s.to_agency_id
         WHERE s.cell_id = kernel.session_cell()
           AND s.decided_at < now() - interval '14 days'
           AND s.state <> 'proposed' AND s.state <> 'refused'
           AND e.at >= since::timestamp AT TIME ZONE 'Europe/Paris'
           -- Of no day is what has a moment that Python does not know. The journal shows it.
           AND e.at < '9999-12-30Z'
           AND e.at > s.decided_at + interval '14 days'
           AND e.kind = 'case.read' AND e.outcome = 'done'
           AND position('"by":"' || s.id::text || '"' IN encode(e.payload, 'escape')) > 0
           AND NOT EXISTS (
               SELECT FROM public.referrals_measure m
                WHERE m.case_id = s.case_id AND m.owner_unit IN (s.to_unit, s.to_secrecy_unit))
           AND NOT EXISTS (
               SELECT FROM public.referrals_request r
                WHERE r.case_id = s.case_id AND r.from_unit IN (s.to_unit, s.to_secrecy_unit))
         GROUP BY 1, 2, 3, 4;
    END IF;
END $$
"""
