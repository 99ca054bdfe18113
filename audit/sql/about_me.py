"""Who has looked at somebody's own acts in the record: its readers, day by day."""

LOOKS = "'audit.read', 'audit.export_asked'"
# Of a thousand entries one or two are about a person's acts: few for each person, found at once.
INDEX = f"""
CREATE INDEX audit_entry_looks ON audit_entry (cell_id, subject_id, epoch, xid, id)
 WHERE kind IN ({LOOKS}) AND subject_id IS NOT NULL;
"""
ABOUT_ME = f"""
CREATE FUNCTION audit.about_me(
    since date, until date, before_day date, before_mark text, most int
) RETURNS TABLE (day date, mark text, agency uuid, roles text[], n int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    here int := kernel.session_cell();
    me uuid := kernel.session_account();
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT (e.at AT TIME ZONE 'Europe/Paris')::date AS day, e.agency,
               ARRAY(SELECT r FROM unnest(k.roles) r WHERE r IN ('auditor', 'dpo') ORDER BY r)
                   AS roles,
               count(*)::int AS n
          FROM public.audit_entry e
          LEFT JOIN public.kernel_seat k ON k.id = e.seat
         WHERE e.cell_id = here AND e.subject_id = me AND e.kind IN ({LOOKS})
           AND e.outcome = 'done'
           AND e.at >= since::timestamp AT TIME ZONE 'Europe/Paris'
           AND e.at < (until + 1)::timestamp AT TIME ZONE 'Europe/Paris'
         GROUP BY 1, 2, 3
    ), marked AS (
        SELECT t.*, md5(concat_ws('|', t.agency, t.roles)) AS mark FROM told t
    )
    SELECT m.day, m.mark, m.agency, m.roles, m.n FROM marked m
     WHERE before_day IS NULL OR (m.day, m.mark) < (before_day, before_mark)
     ORDER BY m.day DESC, m.mark DESC LIMIT most;
END $$
"""
