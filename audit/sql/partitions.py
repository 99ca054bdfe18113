"""The parts of the record, one for each month, made before their month begins."""

# Nothing here changes: what is known to be there for everybody is found along an index alone. With
# the usual settings the last days of a month would never be known.
SOON_KNOWN = "autovacuum_vacuum_insert_scale_factor = 0.02"

# Belongs to the owner, because only the owner of a table may give it a partition. It takes one
# small number and makes tables whose names and bounds it computes itself.
MAKE = f"""
CREATE FUNCTION audit.make_partitions(ahead int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    made int := 0;
    month timestamp;
    part text;
BEGIN
    IF ahead IS NULL OR ahead NOT BETWEEN 0 AND 36 THEN
        RAISE EXCEPTION 'between 0 and 36 months ahead' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit.make_partitions'));
    FOR n IN 0..ahead LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n);
        part := 'audit_entry_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
        BEGIN
            -- Made apart and then attached: writers are not held up.
            EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_entry INCLUDING DEFAULTS'
                ' INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE)', part);
            PERFORM audit.guard(format('public.%I', part)::regclass);
            EXECUTE format('ALTER TABLE public.%I SET ({SOON_KNOWN})', part);
            EXECUTE format('ALTER TABLE public.audit_entry ATTACH PARTITION public.%I'
                ' FOR VALUES FROM (%L) TO (%L)', part, month || '+00',
                (month + interval '1 month') || '+00');
            made := made + 1;
        EXCEPTION WHEN check_violation THEN
            RAISE WARNING '% is not made: entries of that month lie in the default partition', part;
        END;
    END LOOP;
    RETURN made;
END $$
"""

OF_THOSE_THERE = f"""
DO $$
DECLARE part regclass;
BEGIN
    FOR part IN SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'audit_entry'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s SET ({SOON_KNOWN})', part);
    END LOOP;
END $$
"""
