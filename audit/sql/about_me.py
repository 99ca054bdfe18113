"""Who has looked at somebody's own acts in the record: its readers, day by day."""

# Those who read the record are few: whoever controls access today, and whoever has read it as far
# as it is counted. Their entries are found by their own index.
LOOKS = "'audit.read', 'audit.export_asked'"
ABOUT_ME = f"""
CREATE FUNCTION audit.about_me(
    since date, until date, before_day date, before_mark text, most int
) RETURNS TABLE (day date, mark text, agency uuid, roles text[], n int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH reader AS MATERIALIZED (
        SELECT k.cell_id, k.account_id AS actor FROM public.kernel_seat k
         WHERE k.cell_id = kernel.session_cell() AND k.roles && ARRAY['auditor', 'dpo']
        UNION
        SELECT t.cell_id, t.actor FROM public.audit_tally t
         WHERE t.cell_id = kernel.session_cell() AND t.kind IN ({LOOKS}) AND t.day >= since
    ), told AS (
        SELECT (e.at AT TIME ZONE 'Europe/Paris')::date AS day, e.agency,
               ARRAY(SELECT r FROM unnest(k.roles) r WHERE r IN ('auditor', 'dpo') ORDER BY r)
                   AS roles,
               count(*)::int AS n
          FROM reader
          JOIN public.audit_entry e
            ON e.cell_id = reader.cell_id AND e.actor = reader.actor
          LEFT JOIN public.kernel_seat k ON k.id = e.seat
         WHERE e.kind IN ({LOOKS}) AND e.outcome = 'done'
           AND e.subject_id = kernel.session_account()
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
