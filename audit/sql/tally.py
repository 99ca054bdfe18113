"""How many entries of each kind there were on each day, by whom, and where the first and last are.

Counted behind the sealer: below the sealed reach nothing can appear any more, so that what has been
counted stays true. A filter that fits few entries is led by it to where they are.

The same is summed up without who acted and for whom: whoever asks for everybody's entries finds in
a hundred lines what the tally says in ten thousand.
"""

from audit.log import legible, of_this_era

TABLES = """
CREATE TABLE audit_tally (
    cell_id int NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    channel text NOT NULL,
    agency uuid NOT NULL,
    actor uuid NOT NULL,
    n int NOT NULL CHECK (n > 0),
    night int NOT NULL CHECK (night BETWEEN 0 AND n),
    first_epoch smallint NOT NULL,
    first_xid xid8 NOT NULL,
    first_id bigint NOT NULL,
    last_epoch smallint NOT NULL,
    last_xid xid8 NOT NULL,
    last_id bigint NOT NULL,
    PRIMARY KEY (cell_id, day, kind, outcome, channel, agency, actor)
);
-- From the newest back, whichever filter is the rare one.
CREATE INDEX audit_tally_kind ON audit_tally (cell_id, kind, last_epoch, last_xid, last_id);
CREATE INDEX audit_tally_agency ON audit_tally (cell_id, agency, last_epoch, last_xid, last_id);
CREATE INDEX audit_tally_actor ON audit_tally (cell_id, actor, last_epoch, last_xid, last_id);
CREATE INDEX audit_tally_way
    ON audit_tally (cell_id, channel, outcome, last_epoch, last_xid, last_id);

-- From where to where the entries of each day are.
CREATE TABLE audit_tally_day (
    cell_id int NOT NULL,
    day date NOT NULL,
    first_epoch smallint NOT NULL,
    first_xid xid8 NOT NULL,
    first_id bigint NOT NULL,
    last_epoch smallint NOT NULL,
    last_xid xid8 NOT NULL,
    last_id bigint NOT NULL,
    PRIMARY KEY (cell_id, day)
);

-- How far the entries of all cells are counted.
CREATE TABLE audit_tally_reach (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch smallint NOT NULL DEFAULT 1,
    xid xid8 NOT NULL DEFAULT '0',
    id bigint NOT NULL DEFAULT 0
);
INSERT INTO audit_tally_reach DEFAULT VALUES;

GRANT SELECT, INSERT, UPDATE ON audit_tally, audit_tally_day TO rempart_maintenance;
GRANT SELECT, UPDATE ON audit_tally_reach TO rempart_maintenance;
"""

# Of a hundred lines one or two are of a night or refused: each found by itself.
RARE = """
CREATE INDEX audit_tally_night ON audit_tally (cell_id, day)
 INCLUDE (actor, kind, outcome, night) WHERE night > 0;
CREATE INDEX audit_tally_refused ON audit_tally (cell_id, last_epoch, last_xid, last_id)
 WHERE outcome = 'refused';
"""

# What somebody did, or an agency, is summed up along its days without a look at the lines: they lie
# everywhere. Lines change on their day alone, and are soon known not to change any more:
# with the usual settings it would take a month.
DAYS = """
CREATE INDEX audit_tally_days_of_agency ON audit_tally (cell_id, agency, day)
 INCLUDE (actor, kind, outcome, channel, n);
CREATE INDEX audit_tally_days_of_person ON audit_tally (cell_id, actor, day)
 INCLUDE (kind, outcome, channel, n);
DROP INDEX audit_tally_agency, audit_tally_refused;
ALTER TABLE audit_tally SET (autovacuum_vacuum_scale_factor = 0.01,
                             autovacuum_vacuum_insert_scale_factor = 0.01);
ANALYZE audit_tally;
"""

WITHOUT_DAYS = """
CREATE INDEX audit_tally_agency ON audit_tally (cell_id, agency, last_epoch, last_xid, last_id);
CREATE INDEX audit_tally_refused ON audit_tally (cell_id, last_epoch, last_xid, last_id)
 WHERE outcome = 'refused';
DROP INDEX audit_tally_days_of_agency, audit_tally_days_of_person;
ALTER TABLE audit_tally RESET (autovacuum_vacuum_scale_factor,
                               autovacuum_vacuum_insert_scale_factor);
"""

SUMS = """
CREATE TABLE audit_tally_sum (
    cell_id int NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    channel text NOT NULL,
    n int NOT NULL CHECK (n >= 0),
    PRIMARY KEY (cell_id, day, kind, outcome, channel)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_tally_sum TO rempart_maintenance;
"""

_SUMMED = "cell_id, day, kind, outcome, channel"
_SAME = " AND ".join(f"s.{column} = g.{column}" for column in _SUMMED.split(", "))
# Whoever changes the tally changes its sums with it, in the same statement: what counts and what
# forgets know nothing of it, and neither does whoever was at work while it was put in.
SUM_UP = f"""
CREATE FUNCTION audit.sum_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE audit_tally_sum s SET n = s.n - g.n
          FROM (SELECT {_SUMMED}, sum(n) AS n FROM was GROUP BY {_SUMMED}) g WHERE {_SAME};
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO audit_tally_sum AS s
        SELECT {_SUMMED}, sum(n) FROM becomes GROUP BY {_SUMMED}
        ON CONFLICT ({_SUMMED}) DO UPDATE SET n = s.n + excluded.n;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM audit_tally_sum s
         USING (SELECT DISTINCT {_SUMMED} FROM was) g WHERE {_SAME} AND s.n = 0;
    END IF;
    RETURN NULL;
END $$
"""

# The triggers come first: they wait for whoever is counting and keep the next one out until all
# that was counted before is summed up.
SUMMED_UP = f"""
CREATE TRIGGER more AFTER INSERT ON audit_tally REFERENCING NEW TABLE AS becomes
    FOR EACH STATEMENT EXECUTE FUNCTION audit.sum_up();
CREATE TRIGGER other AFTER UPDATE ON audit_tally REFERENCING OLD TABLE AS was NEW TABLE AS becomes
    FOR EACH STATEMENT EXECUTE FUNCTION audit.sum_up();
CREATE TRIGGER fewer AFTER DELETE ON audit_tally REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION audit.sum_up();
SET ROLE rempart_maintenance;
INSERT INTO public.audit_tally_sum
SELECT {_SUMMED}, sum(n) FROM public.audit_tally GROUP BY {_SUMMED};
RESET ROLE;
ANALYZE audit_tally_sum;
"""

# One portion: what follows in the order of the log, within one epoch. Of a payload that somebody
# has tampered with it takes what stands where the channel does, and is never stopped by it. What
# lies before the first day that Python knows, or behind the last, is counted on that day.
COUNT_ON = f"""
CREATE FUNCTION audit.count_on(most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    since record;
    sealed record;
    reached record;
BEGIN
    SELECT epoch, xid, id INTO STRICT since FROM audit_tally_reach FOR UPDATE;
    SELECT epoch, xid, id INTO sealed FROM audit.reach();
    WHILE sealed.epoch IS NOT NULL AND since.epoch <= sealed.epoch LOOP
        WITH portion AS MATERIALIZED (
            SELECT e.cell_id, ({of_this_era("e.at")} AT TIME ZONE 'Europe/Paris')::date AS day,
                   e.kind, e.outcome,
                   left(split_part(encode(substr(e.payload, 1, 40), 'escape'), '"', 4), 16)
                       AS channel,
                   coalesce(e.agency, '00000000-0000-0000-0000-000000000000') AS agency, e.actor,
                   extract(hour FROM {legible("e.at")} AT TIME ZONE 'Europe/Paris') AS hour,
                   e.epoch, e.xid, e.id
              FROM audit_entry e
             WHERE e.epoch = since.epoch AND (e.xid, e.id) > (since.xid, since.id)
               AND (e.epoch, e.xid, e.id) <= (sealed.epoch, sealed.xid, sealed.id)
             ORDER BY e.epoch, e.xid, e.id LIMIT most
        ), by_kind AS (
            INSERT INTO audit_tally AS t
            SELECT cell_id, day, kind, outcome, channel, agency, actor, count(*),
                   count(*) FILTER (WHERE hour >= 22 OR hour < 6),
                   since.epoch, (array_agg(xid ORDER BY xid, id))[1],
                   (array_agg(id ORDER BY xid, id))[1],
                   since.epoch, (array_agg(xid ORDER BY xid DESC, id DESC))[1],
                   (array_agg(id ORDER BY xid DESC, id DESC))[1]
              FROM portion GROUP BY 1, 2, 3, 4, 5, 6, 7
            ON CONFLICT (cell_id, day, kind, outcome, channel, agency, actor) DO UPDATE
               SET n = t.n + excluded.n, night = t.night + excluded.night,
                   last_epoch = excluded.last_epoch, last_xid = excluded.last_xid,
                   last_id = excluded.last_id
        ), by_day AS (
            INSERT INTO audit_tally_day AS t
            SELECT cell_id, day, since.epoch, (array_agg(xid ORDER BY xid, id))[1],
                   (array_agg(id ORDER BY xid, id))[1],
                   since.epoch, (array_agg(xid ORDER BY xid DESC, id DESC))[1],
                   (array_agg(id ORDER BY xid DESC, id DESC))[1]
              FROM portion GROUP BY 1, 2
            ON CONFLICT (cell_id, day) DO UPDATE
               SET last_epoch = excluded.last_epoch, last_xid = excluded.last_xid,
                   last_id = excluded.last_id
        )
        SELECT p.xid, p.id, count(*) OVER () AS counted INTO reached
          FROM portion p ORDER BY p.xid DESC, p.id DESC LIMIT 1;
        IF FOUND THEN
            UPDATE audit_tally_reach
               SET epoch = since.epoch, xid = reached.xid, id = reached.id;
            RETURN reached.counted;
        END IF;
        SELECT min(e.epoch) AS epoch, '0'::xid8 AS xid, 0::bigint AS id INTO since
          FROM audit_entry e WHERE e.epoch > since.epoch;
    END LOOP;
    RETURN 0;
END $$
"""
