"""Who has read many cases within an hour, kept as far as the tally has been looked through.

Whatever has been counted since is asked anew whenever somebody looks: a line of the tally says how
far it goes, so that what is behind the reach cannot have changed. Nothing is missed because it is
kept, and nothing is different from what it would be if nothing were kept.
"""

from typing import Final

from audit.sql.health import DEFINER

MANY: Final = 60
"""More cases than this in one hour are more than anybody reads."""
KEPT_DAYS: Final = 91
"""The longest period that is shown, and the day that begins while somebody looks."""

PINNED = "SET search_path = pg_catalog, public, pg_temp"

TABLES = """
CREATE TABLE audit_found (
    cell_id int NOT NULL,
    day date NOT NULL,
    actor uuid NOT NULL,
    n int NOT NULL CHECK (n > 0),
    begun date NOT NULL,
    PRIMARY KEY (cell_id, day, actor)
);

-- How far the tally of a cell has been looked through, from which day on, and for how many.
CREATE TABLE audit_found_reach (
    cell_id int PRIMARY KEY,
    since date NOT NULL,
    many int NOT NULL,
    epoch smallint NOT NULL DEFAULT 0,
    xid xid8 NOT NULL DEFAULT '0',
    id bigint NOT NULL DEFAULT 0
);

GRANT SELECT, INSERT, DELETE ON audit_found TO rempart_maintenance;
GRANT SELECT, INSERT, UPDATE ON audit_found_reach TO rempart_maintenance;
"""


def _read(row: str) -> str:
    return f"{row}.kind = 'case.read' AND {row}.outcome = 'done'"


def _midnight(day: str) -> str:
    return f"({day})::timestamp AT TIME ZONE 'Europe/Paris'"


def _end(day: str, way: str, which: str) -> str:
    """The first or the last entry of a day and of the one before it."""
    columns = [f"d.{which}_{name}" for name in ("epoch", "xid", "id")]
    return (
        f"SELECT {', '.join(columns)} FROM audit_tally_day d"
        f" WHERE d.cell_id = cell AND d.day BETWEEN {day} - 1 AND {day}"
        f" ORDER BY {', '.join(f'{column} {way}' for column in columns)} LIMIT 1"
    )


_BEYOND = "({0}.last_epoch, {0}.last_xid, {0}.last_id) > (kept.epoch, kept.xid, kept.id)"


def _moved(cell: str, among: str = "") -> str:
    """The lines of the tally that end beyond the reach: of the days that do, each along its day.

    Places are more than the planner takes them for: without the OFFSET it would go by them.
    """
    return f"""(
            SELECT l.* FROM audit_tally_day m CROSS JOIN LATERAL (
                   SELECT * FROM audit_tally x
                    WHERE x.cell_id = m.cell_id AND x.day = m.day AND {_read("x")} OFFSET 0) l
             WHERE m.cell_id = {cell} AND {_BEYOND.format("m")}
               AND {_BEYOND.format("l")}{among}) t"""


# Those that end within the day that ends next: they are of the days that have begun by then.
_NEXT_DAY = """
               AND (m.first_epoch, m.first_xid, m.first_id)
                   <= (following.epoch, following.xid, following.id)
               AND (l.last_epoch, l.last_xid, l.last_id)
                   <= (following.epoch, following.xid, following.id)"""


# Of some people on some days each: the most different cases within an hour that ends on that day,
# wherever it begins, among the entries that are counted. A reading counts for an hour, or until the
# same case is read again; those that count together are the different cases of that hour.
BULK_OF = f"""
CREATE FUNCTION audit.bulk_of(cell int, actors uuid[], days date[])
RETURNS TABLE (actor uuid, day date, n int, begun date)
LANGUAGE sql STABLE {PINNED} AS $$
    WITH counted AS (
        SELECT t.actor, d.day
          FROM audit_tally t CROSS JOIN LATERAL (VALUES (t.day), (t.day + 1)) d (day)
         WHERE t.cell_id = cell AND {_read("t")}
           AND t.day = ANY (ARRAY(
               SELECT u FROM unnest(days) u UNION SELECT u - 1 FROM unnest(days) u))
         GROUP BY 1, 2 HAVING sum(t.n) > {MANY} AND bool_or(t.day = d.day)
    ), wanted AS (
        SELECT c.*, {_midnight("c.day")} AS begins, {_midnight("c.day + 1")} AS ends, low.*, high.*
          FROM (SELECT DISTINCT * FROM unnest(actors, days) AS u (actor, day)) a
          JOIN counted c ON c.actor = a.actor AND c.day = a.day
         CROSS JOIN LATERAL ({_end("c.day", "", "first")}) low
         CROSS JOIN LATERAL ({_end("c.day", "DESC", "last")}) high
    ), read AS (
        SELECT w.actor, w.day, w.begins, e.at, e.case_id,
               count(*) OVER (PARTITION BY w.actor, w.day ORDER BY e.at
                              RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW) AS many
          FROM wanted w CROSS JOIN LATERAL (
               SELECT x.at, x.case_id FROM audit_entry x
                WHERE x.cell_id = cell AND x.actor = w.actor
                  AND (x.epoch, x.xid, x.id) >= (w.first_epoch, w.first_xid, w.first_id)
                  AND (x.epoch, x.xid, x.id) <= (w.last_epoch, w.last_xid, w.last_id)
                  AND x.at > w.begins - interval '1 hour' AND x.at < w.ends
                  AND {_read("x")} AND x.case_id IS NOT NULL OFFSET 0) e
    ), busy AS (
        SELECT r.*, max(r.many) FILTER (WHERE r.at >= r.begins)
                    OVER (PARTITION BY r.actor, r.day) AS most FROM read r
    ), spell AS (
        SELECT b.actor, b.day, b.begins, b.at, (b.at >= b.begins)::int AS same_day,
               least(b.at + interval '1 hour', lead(b.at) OVER (
                     PARTITION BY b.actor, b.day, b.case_id ORDER BY b.at)) AS until
          FROM busy b WHERE b.most > {MANY}
    ), moment AS (
        SELECT s.actor, s.day, s.begins, s.at, 1 AS step, s.same_day FROM spell s
         UNION ALL SELECT s.actor, s.day, s.begins, s.until, -1, -s.same_day FROM spell s
    ), standing AS (
        SELECT m.actor, m.day, m.step = 1 AND m.at >= m.begins AS is_reading,
               sum(m.step) OVER so_far AS n, sum(m.same_day) OVER so_far AS same_day
          FROM moment m WINDOW so_far AS (PARTITION BY m.actor, m.day ORDER BY m.at)
    )
    SELECT s.actor, s.day, max(s.n)::int, s.day - (max(s.n) > max(s.same_day))::int
      FROM standing s WHERE s.is_reading GROUP BY 1, 2 HAVING max(s.n) > {MANY}
$$
"""

# As whoever asks, under row security. What is kept, but for whom there is something new, and those.
BULK_READS = f"""
CREATE FUNCTION audit.bulk_reads(since date, until date)
RETURNS TABLE (actor uuid, day date, n int, begun date)
LANGUAGE plpgsql STABLE {PINNED} AS $$
DECLARE
    here int := kernel.session_cell();
    kept record;
    actors uuid[];
    days date[];
BEGIN
    SELECT r.* INTO kept FROM audit_found_reach r WHERE r.cell_id = here AND r.many = {MANY};
    SELECT array_agg(m.actor), array_agg(m.day) INTO actors, days FROM (
        SELECT t.actor, d.day
          FROM {_moved("here")} CROSS JOIN LATERAL (VALUES (t.day), (t.day + 1)) d (day)
         WHERE kept.since IS NOT NULL
           AND d.day BETWEEN bulk_reads.since AND bulk_reads.until
         UNION
        SELECT t.actor, d.day
          FROM audit_tally t CROSS JOIN LATERAL (VALUES (t.day), (t.day + 1)) d (day)
         WHERE t.cell_id = here AND {_read("t")}
           AND t.day BETWEEN bulk_reads.since - 1 AND least(bulk_reads.until, kept.since - 1)
           AND d.day BETWEEN bulk_reads.since AND least(bulk_reads.until, kept.since - 1)) m;
    RETURN QUERY
    SELECT f.actor, f.day, f.n, f.begun FROM audit_found f
     WHERE f.cell_id = here AND f.day BETWEEN greatest(bulk_reads.since, kept.since)
                                          AND bulk_reads.until
       AND kept.since IS NOT NULL AND (f.actor, f.day) NOT IN (
           SELECT u.actor, u.day FROM unnest(actors, days) AS u (actor, day));
    IF actors IS NOT NULL THEN
        RETURN QUERY SELECT * FROM audit.bulk_of(here, actors, days);
    END IF;
END $$
"""

# One portion of each cell: the next lines of the tally in the order of their last entries, day by
# day, so that no portion sorts all that is left. A line that grows meanwhile goes beyond the reach,
# and is looked at again. -1 while another is at it.
KEEP_FOUND = f"""
CREATE FUNCTION audit.keep_found(most int) RETURNS int
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE
    oldest date := (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date - {KEPT_DAYS};
    here int;
    kept record;
    reach record;
    following record;
    line record;
    looked int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('audit.keep_found')) THEN
        RETURN -1;
    END IF;
    FOR here IN
        WITH RECURSIVE hop (cell_id) AS (
            SELECT min(d.cell_id) FROM audit_tally_day d
             UNION ALL
            SELECT (SELECT min(d.cell_id) FROM audit_tally_day d WHERE d.cell_id > h.cell_id)
              FROM hop h WHERE h.cell_id IS NOT NULL
        )
        SELECT h.cell_id FROM hop h WHERE h.cell_id IS NOT NULL
    LOOP
        EXIT WHEN looked >= most;
        INSERT INTO audit_found_reach (cell_id, since, many) VALUES (here, oldest, {MANY})
            ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT kept FROM audit_found_reach r WHERE r.cell_id = here;
        IF kept.many <> {MANY} OR kept.since > oldest THEN
            DELETE FROM audit_found f WHERE f.cell_id = here;
            kept.epoch := 0;
        ELSIF kept.since < oldest THEN
            DELETE FROM audit_found f WHERE f.cell_id = here AND f.day < oldest;
        END IF;
        SELECT r.epoch, r.xid, r.id INTO STRICT reach FROM audit_tally_reach r;
        IF kept.epoch = 0 THEN
            -- No line of these days ends before the first entry of them all.
            SELECT d.first_epoch AS epoch, d.first_xid AS xid, d.first_id - 1 AS id INTO kept
              FROM audit_tally_day d WHERE d.cell_id = here AND d.day >= oldest - 1
             ORDER BY d.first_epoch, d.first_xid, d.first_id LIMIT 1;
        END IF;
        LOOP
            SELECT m.last_epoch AS epoch, m.last_xid AS xid, m.last_id AS id INTO following
              FROM audit_tally_day m
             WHERE m.cell_id = here AND m.day >= oldest - 1 AND {_BEYOND.format("m")}
             ORDER BY m.last_epoch, m.last_xid, m.last_id LIMIT 1;
            EXIT WHEN NOT FOUND;
            SELECT count(*)::int AS many, array_agg(l.actor) AS actors, array_agg(l.day) AS days,
                   array_agg(l.day + 1) AS following,
                   (array_agg(l.last_epoch ORDER BY l.place DESC))[1] AS epoch,
                   (array_agg(l.last_xid ORDER BY l.place DESC))[1] AS xid,
                   (array_agg(l.last_id ORDER BY l.place DESC))[1] AS id
              INTO line FROM (
                SELECT t.*, row_number() OVER (
                           ORDER BY t.last_epoch, t.last_xid, t.last_id) AS place
                  FROM {_moved("here", _NEXT_DAY)} WHERE t.day >= oldest - 1
                 ORDER BY t.last_epoch, t.last_xid, t.last_id LIMIT most - looked) l;
            IF line.many > 0 THEN
                DELETE FROM audit_found f
                 USING unnest(line.actors || line.actors, line.days || line.following)
                       AS u (actor, day)
                 WHERE f.cell_id = here AND f.actor = u.actor AND f.day = u.day;
                INSERT INTO audit_found (cell_id, actor, day, n, begun)
                SELECT here, b.* FROM audit.bulk_of(
                       here, line.actors || line.actors, line.days || line.following) b
                 WHERE b.day >= oldest;
            END IF;
            IF line.many = most - looked THEN
                reach := line;
            ELSE
                kept.epoch := following.epoch; kept.xid := following.xid; kept.id := following.id;
            END IF;
            looked := looked + line.many;
            EXIT WHEN looked >= most;
        END LOOP;
        UPDATE audit_found_reach r
           SET since = oldest, many = {MANY}, epoch = reach.epoch, xid = reach.xid, id = reach.id
         WHERE r.cell_id = here;
    END LOOP;
    RETURN looked;
END $$
"""
