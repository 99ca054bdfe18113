"""How the record is: what auditors of a cell see of it, what a meter may know, who is told."""

from audit.log import of_this_era

MOST_COUNTED = 10_000
"""A count of what waits stops here: by then it is late, however many there are."""

UNVERIFIED_HOURS = 6
"""After so long without a verification nobody knows how the record is."""

UNCOUNTED_HOURS = 6
"""After so long without a count nobody knows whether anything has drifted."""

KEPT = ("kept.tally", "kept.findings")
"""What the worker keeps beside the record: each has a line of cell 0, as old as its last end."""

UNCOUNTED = f"clock_timestamp() - interval '{UNCOUNTED_HOURS} hours'"

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

TABLES = """
CREATE TABLE audit_verified (
    cell_id int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    size bigint NOT NULL CHECK (size >= 0),
    findings int NOT NULL CHECK (findings >= 0),
    PRIMARY KEY (cell_id, at)
);
SELECT audit.guard('audit_verified');

-- What takes long to count, as the worker has counted it last.
CREATE TABLE audit_gauge (
    cell_id int NOT NULL,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 3 AND 64),
    value double precision NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (cell_id, name)
);
-- What somebody has been told of and what has not ended since.
CREATE TABLE audit_alarm (
    cell_id int NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sealer', 'damaged', 'drift', 'verification')),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (cell_id, kind)
);
ALTER TABLE audit_gauge ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_gauge FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_alarm ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_alarm FORCE ROW LEVEL SECURITY;
GRANT SELECT ON audit_verified, audit_gauge, audit_alarm, audit_entry_default
    TO rempart_maintenance;
"""

# What a comparison has found stands beside what verifications have, and is none of them.
COMPARED = """
ALTER TABLE audit_verified ADD COLUMN compared boolean NOT NULL DEFAULT false;
GRANT INSERT ON audit_verified TO rempart_maintenance;
ALTER TABLE audit_alarm DROP CONSTRAINT audit_alarm_kind_check,
    ADD CONSTRAINT audit_alarm_kind_check
    CHECK (kind IN ('sealer', 'damaged', 'drift', 'verification', 'unverified'));
"""

# Which copies contradict the log, each as it was signed. Of one that did before this the size alone
# is known: it stands on without the name of a log, as nobody else can write one.
COPIES = r"""
ALTER TABLE audit_verified NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_verified ADD COLUMN copies text[] NOT NULL DEFAULT '{}';
INSERT INTO audit_verified (cell_id, size, findings, copies, compared)
SELECT cell_id, size, findings, ARRAY[E'\n' || against || E'\n'], true
  FROM (SELECT DISTINCT ON (cell_id) * FROM audit_verified ORDER BY cell_id, at DESC) last
 WHERE against > 0;
ALTER TABLE audit_verified DROP COLUMN against;
ALTER TABLE audit_verified FORCE ROW LEVEL SECURITY;
"""

# When a witness has cosigned last, as far as its own key has signed it. What was measured until
# then is measured on, beside the last verification, until the next one has looked.
COSIGNED = f"""
ALTER TABLE audit_verified ADD COLUMN cosigned_at timestamptz;
ALTER TABLE audit_verified NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_cosignature NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_verified (cell_id, at, size, findings, copies, cosigned_at)
SELECT v.cell_id, v.at + interval '1 microsecond', v.size, v.findings, v.copies, s.at
  FROM (SELECT DISTINCT ON (cell_id) * FROM audit_verified WHERE NOT compared
         ORDER BY cell_id, at DESC) v
 CROSS JOIN LATERAL (SELECT {of_this_era("c.at")} AS at FROM audit_cosignature c
         WHERE c.cell_id = v.cell_id ORDER BY c.size DESC LIMIT 1) s;
ALTER TABLE audit_cosignature FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_verified FORCE ROW LEVEL SECURITY;
"""

# Who has brought the copy by which this row says more than the one before it.
BROUGHT_BY = "ALTER TABLE audit_verified ADD COLUMN brought_by uuid;"

# Since when a line is there, which a probe that was never counted says nothing else of.
GAUGED_SINCE = """
ALTER TABLE audit_gauge ADD COLUMN since timestamptz NOT NULL DEFAULT clock_timestamp();
"""

# What was counted too long ago is no longer a figure.
UNCOUNTED_TOO = """
ALTER TABLE audit_alarm DROP CONSTRAINT audit_alarm_kind_check,
    ADD CONSTRAINT audit_alarm_kind_check CHECK (kind IN ('sealer', 'damaged', 'drift',
        'uncounted', 'verification', 'unverified'));
"""

# Whoever counts and whoever keeps what stands out may stop, as whoever counts the probes may.
UNKEPT_TOO = """
ALTER TABLE audit_alarm DROP CONSTRAINT audit_alarm_kind_check,
    ADD CONSTRAINT audit_alarm_kind_check CHECK (kind IN ('sealer', 'damaged', 'drift',
        'uncounted', 'unkept', 'verification', 'unverified'));
"""

# What was never kept waits since there is a line for it.
_KEPT_LATE = f"coalesce(nullif(g.at, to_timestamp(0)), g.since) < {UNCOUNTED}"

# Cell 0 has a line for each probe, as old as its last count; the oldest of them is what counts.
HEALTH = f"""
CREATE FUNCTION audit.health(cell int) RETURNS TABLE (size bigint, sealed_at timestamptz,
    unsealed bigint, waiting_since timestamptz, heart_at timestamptz, lag double precision,
    damaged boolean, verified_at timestamptz, findings int, against bigint[], drift bigint,
    counted_at timestamptz, since timestamptz, uncounted boolean,
    kept_at timestamptz, unkept boolean)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE
    last record;
BEGIN
    IF session_user = 'rempart_runtime' AND (cell IS DISTINCT FROM kernel.session_cell()
       OR NOT (kernel.session_has('auditor') OR kernel.session_has('dpo'))) THEN
        RETURN;
    END IF;
    SELECT c.size, c.at, c.hi_epoch, c.hi_xid, c.hi_id INTO last FROM public.audit_checkpoint c
     WHERE c.cell_id = cell ORDER BY c.size DESC LIMIT 1;
    RETURN QUERY
    SELECT coalesce(last.size, 0::bigint), last.at, w.many, w.first, h.at, h.lag,
           cell = ANY (h.damaged), v.at, l.findings,
           ARRAY(SELECT DISTINCT split_part(c, E'\\n', 2)::bigint
                   FROM unnest(l.copies) c ORDER BY 1),
           g.value, g.counted, b.at, g.late IS TRUE, p.kept, p.late IS TRUE
      FROM public.audit_heart h,
           (SELECT count(*) AS many, min(e.at) AS first FROM (
               SELECT x.at FROM public.audit_entry x WHERE x.cell_id = cell
                  AND (x.epoch, x.xid, x.id) > (coalesce(last.hi_epoch, -32767::int2),
                       coalesce(last.hi_xid, '0'::xid8), coalesce(last.hi_id, -1::int8))
                LIMIT {MOST_COUNTED}) e) w
      LEFT JOIN (SELECT r.at FROM public.audit_verified r
                  WHERE r.cell_id = cell AND NOT r.compared ORDER BY r.at DESC LIMIT 1) v ON true
      LEFT JOIN (SELECT r.findings, r.copies FROM public.audit_verified r
                  WHERE r.cell_id = cell ORDER BY r.at DESC LIMIT 1) l ON true
      LEFT JOIN (SELECT sum(r.value) FILTER (WHERE r.cell_id = cell)::bigint AS value,
                        nullif(min(r.at) FILTER (WHERE r.cell_id = 0), to_timestamp(0)) AS counted,
                        min(r.at) FILTER (WHERE r.cell_id = 0) < {UNCOUNTED} AS late
                   FROM public.audit_gauge r
                  WHERE r.cell_id IN (cell, 0) AND r.name LIKE 'drift.%') g ON true
      LEFT JOIN (SELECT nullif(min(g.at), to_timestamp(0)) AS kept, bool_or({_KEPT_LATE}) AS late
                   FROM public.audit_gauge g WHERE g.cell_id = 0 AND g.name LIKE 'kept.%') p ON true
      LEFT JOIN (SELECT c.at FROM public.audit_checkpoint c WHERE c.cell_id = cell
                  ORDER BY c.size LIMIT 1) b ON true;
END $$
"""

# Of the whole house, without a cell, a name or a number of anything in it. A log that was never
# verified waits since its first checkpoint. Of cosignatures the cell that waits longest counts,
# among those in which somebody has a key in service: what its last verification has checked.
MEASURES = f"""
CREATE FUNCTION audit.measures() RETURNS TABLE (name text, value double precision)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH reach AS (
        SELECT at, hi_epoch, hi_xid, hi_id FROM public.audit_checkpoint
         ORDER BY hi_epoch DESC, hi_xid DESC, hi_id DESC LIMIT 1
    ), waiting AS (
        SELECT {of_this_era("e.at")} AS at FROM public.audit_entry e
         WHERE (e.epoch, e.xid, e.id) > (
               coalesce((SELECT hi_epoch FROM reach), -32767::int2),
               coalesce((SELECT hi_xid FROM reach), '0'::xid8),
               coalesce((SELECT hi_id FROM reach), -1::int8))
         LIMIT {MOST_COUNTED}
    ), checked AS (
        SELECT coalesce(v.at, b.at) AS at
          FROM (SELECT 0 AS cell_id UNION SELECT k.cell_id FROM public.kernel_seat k) w
         CROSS JOIN LATERAL (
               SELECT c.cell_id, c.at FROM public.audit_checkpoint c
                WHERE c.cell_id = w.cell_id ORDER BY c.size LIMIT 1) b
          LEFT JOIN LATERAL (
               SELECT x.at FROM public.audit_verified x
                WHERE x.cell_id = b.cell_id AND NOT x.compared ORDER BY x.at DESC LIMIT 1) v ON true
    ), found AS (
        SELECT DISTINCT ON (cell_id) findings
          FROM public.audit_verified ORDER BY cell_id, at DESC
    ), keys AS (
        SELECT w.cell_id, min(w.added_at) AS since FROM public.audit_witness w
         WHERE w.withdrawn_at IS NULL AND EXISTS (
               SELECT FROM public.kernel_seat k
                WHERE k.cell_id = w.cell_id AND k.agency_id = w.agency_id
                  AND now() >= k.valid_from AND now() < k.valid_until)
         GROUP BY w.cell_id
    )
    SELECT 'rempart_checkpoint_age_seconds',
           extract(epoch FROM clock_timestamp() - at)::float8 FROM reach
    UNION ALL SELECT 'rempart_unsealed_entries', count(*)::float8 FROM waiting
    UNION ALL SELECT 'rempart_unsealed_oldest_seconds',
           coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 FROM waiting
    UNION ALL SELECT 'rempart_sealer_beat_age_seconds',
           extract(epoch FROM clock_timestamp() - at)::float8 FROM public.audit_heart
    UNION ALL SELECT 'rempart_damaged_cells', cardinality(damaged)::float8 FROM public.audit_heart
    UNION ALL SELECT 'rempart_viewers_drift_rows', coalesce(sum(g.value), 0)
      FROM public.audit_gauge g WHERE g.name LIKE 'drift.%'
    UNION ALL SELECT 'rempart_viewers_drift_age_seconds',
           extract(epoch FROM clock_timestamp() - min(g.at))::float8
      FROM public.audit_gauge g WHERE g.name LIKE 'drift.%'
    UNION ALL SELECT replace('rempart_kept_age_seconds', 'kept', split_part(g.name, '.', 2)),
           extract(epoch FROM clock_timestamp() - coalesce(nullif(g.at, to_timestamp(0)), g.since)
                  )::float8
      FROM public.audit_gauge g WHERE g.cell_id = 0 AND g.name LIKE 'kept.%'
    UNION ALL SELECT 'rempart_verification_age_seconds',
           extract(epoch FROM clock_timestamp() - min(at))::float8 FROM checked
    UNION ALL SELECT 'rempart_verification_failed_cells',
           count(*) FILTER (WHERE findings > 0)::float8 FROM found
    UNION ALL SELECT 'rempart_cosignature_age_seconds',
           extract(epoch FROM clock_timestamp() - min(coalesce(c.cosigned_at, k.since)))::float8
      FROM keys k LEFT JOIN LATERAL (
           SELECT x.cosigned_at FROM public.audit_verified x
            WHERE x.cell_id = k.cell_id AND NOT x.compared ORDER BY x.at DESC LIMIT 1) c ON true
    UNION ALL SELECT 'rempart_default_partition_entries', count(*)::float8
      FROM (SELECT FROM public.audit_entry_default LIMIT {MOST_COUNTED}) d
    UNION ALL SELECT 'rempart_outbox_parked', count(*)::float8 FROM public.kernel_outbox
     WHERE parked_at IS NOT NULL;
END $$
"""

# What somebody has to be told of now. A cell that nobody audits has nobody to tell.
ALARMS = f"""
CREATE FUNCTION audit.alarms() RETURNS TABLE (cell_id int, kind text)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH watched AS (
        SELECT DISTINCT k.cell_id FROM public.kernel_seat k
         WHERE k.roles && ARRAY['auditor', 'dpo']::text[]
           AND now() >= k.valid_from AND now() < k.valid_until
    )
    SELECT w.cell_id, 'sealer' FROM watched w, public.audit_heart h
     WHERE (h.at IS NULL OR h.lag > 60 OR clock_timestamp() - h.at > interval '60 seconds')
       AND EXISTS (SELECT FROM public.audit_entry e WHERE e.cell_id = w.cell_id)
    UNION ALL SELECT w.cell_id, 'damaged' FROM watched w, public.audit_heart h
     WHERE w.cell_id = ANY (h.damaged)
    UNION ALL SELECT w.cell_id, 'drift' FROM watched w WHERE EXISTS (
        SELECT FROM public.audit_gauge g
         WHERE g.cell_id = w.cell_id AND g.name LIKE 'drift.%' AND g.value > 0)
    UNION ALL SELECT w.cell_id, 'uncounted' FROM watched w WHERE EXISTS (
        SELECT FROM public.audit_gauge g
         WHERE g.cell_id = 0 AND g.name LIKE 'drift.%' AND g.at < {UNCOUNTED})
    UNION ALL SELECT w.cell_id, 'unkept' FROM watched w WHERE EXISTS (
        SELECT FROM public.audit_gauge g
         WHERE g.cell_id = 0 AND g.name LIKE 'kept.%' AND {_KEPT_LATE})
    UNION ALL SELECT w.cell_id, 'verification' FROM watched w WHERE 0 < (
        SELECT v.findings FROM public.audit_verified v WHERE v.cell_id = w.cell_id
         ORDER BY v.at DESC LIMIT 1)
    UNION ALL SELECT w.cell_id, 'unverified' FROM watched w
     WHERE (SELECT c.at FROM public.audit_checkpoint c WHERE c.cell_id = w.cell_id
             ORDER BY c.size LIMIT 1) < clock_timestamp() - interval '{UNVERIFIED_HOURS} hours'
       AND NOT EXISTS (
           SELECT FROM public.audit_verified v
            WHERE v.cell_id = w.cell_id AND NOT v.compared
              AND v.at > clock_timestamp() - interval '{UNVERIFIED_HOURS} hours');
END $$
"""

WATCHERS = f"""
CREATE FUNCTION audit.watchers(cell int) RETURNS SETOF uuid
LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT DISTINCT k.account_id FROM public.kernel_seat k
     WHERE k.cell_id = cell AND k.roles && ARRAY['auditor', 'dpo']::text[]
       AND now() >= k.valid_from AND now() < k.valid_until
$$
"""
