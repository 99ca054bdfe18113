"""The names and documents of a case as an auditor chooses one: by what they are and a number."""

SUBJECTS_OF = """
CREATE FUNCTION referrals.subjects_of(wanted uuid)
RETURNS TABLE (subject_id uuid, what text, code text, number int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kernel.session_has('auditor') OR kernel.session_has('dpo') THEN
        RETURN QUERY
        SELECT p.id, 'name', p.role, p.number::int FROM public.referrals_party p
         WHERE p.cell_id = kernel.session_cell() AND p.case_id = wanted
        UNION ALL
        SELECT d.id, 'document', d.nature,
               (row_number() OVER (ORDER BY d.created_at, d.id))::int
          FROM public.referrals_document d
         WHERE d.cell_id = kernel.session_cell() AND d.case_id = wanted
        ORDER BY 2 DESC, 3, 4;
    END IF;
END $$
"""
