"""What a purge takes, step by step: the list, the entry that names it, and what goes.

Called by the worker alone. What was decided is asked again each time: two people, both terms, the
holds, and that the list is the one that was named.
"""

from __future__ import annotations

from audit.sql.keeping import CONTROL_MONTHS, DEFINER, LOWEST_MONTHS

# Names the leaves of the next tiles; says how many tiles are left. A leaf is named when a
# checkpoint older than its term lies over it: that is what whoever verifies can see afterwards.
LIST = f"""
CREATE FUNCTION audit.list_purge(number uuid, ordinary text[], most int) RETURNS bigint
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE p record; b record; due int[]; named bytea; i int; tiles bigint;
BEGIN
    SELECT * INTO p FROM public.audit_purge q
     WHERE q.id = number AND q.state = 'signed' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p.ordinary_size IS NULL THEN
        SELECT coalesce(max(c.size) FILTER (WHERE c.at < p.ordinary_before), 0),
               coalesce(max(c.size) FILTER (WHERE c.at < p.control_before), 0)
          INTO p.ordinary_size, p.control_size
          FROM public.audit_checkpoint c WHERE c.cell_id = p.cell_id;
    END IF;
    tiles := (p.ordinary_size + 255) / 256;
    FOR b IN SELECT * FROM public.audit_bundle x
              WHERE x.cell_id = p.cell_id AND x.n >= p.listed
                AND x.n < least(tiles, p.listed + most) ORDER BY x.n
    LOOP
        SELECT array_agg(g.place) INTO due
          FROM (SELECT place, ('x' || encode(substring(b.ids FROM place * 8 + 1 FOR 8), 'hex'))
                              ::bit(64)::bigint AS id FROM generate_series(0, 255) place) g
          JOIN public.audit_entry e ON e.id = g.id
         WHERE e.cell_id = p.cell_id
           AND (e.epoch, e.xid, e.id) >= (b.first_epoch, b.first_xid, b.first_id)
           AND (e.epoch, e.xid, e.id) <= (b.last_epoch, b.last_xid, b.last_id)
           AND left(e.kind, 8) <> 'keeping.'
           AND CASE WHEN e.kind = ANY (ordinary)
                    THEN e.at < p.ordinary_before AND b.n * 256 + g.place < p.ordinary_size
                    ELSE e.at < p.control_before AND b.n * 256 + g.place < p.control_size END
           AND NOT audit.held(e.cell_id, e.case_id, e.actor, e.subject_id);
        CONTINUE WHEN due IS NULL;
        named := decode(repeat('00', 32), 'hex');
        FOREACH i IN ARRAY due LOOP
            named := set_bit(named, i, 1);
        END LOOP;
        INSERT INTO public.audit_pruned (cell_id, n, purge_id, mask)
        VALUES (p.cell_id, b.n, number, named);
    END LOOP;
    UPDATE public.audit_purge q
       SET ordinary_size = p.ordinary_size, control_size = p.control_size,
           listed = least(tiles, p.listed + most)
     WHERE q.id = number;
    RETURN greatest(tiles - p.listed - most, 0);
END $$
"""

SUM = f"""
CREATE FUNCTION audit.purge_sum(number uuid) RETURNS TABLE (entries bigint, sha256 text)
LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT coalesce(sum(bit_count(p.mask)), 0)::bigint,
           encode(sha256(coalesce(string_agg(int8send(p.n) || p.mask, ''::bytea ORDER BY p.n),
                                  ''::bytea)), 'hex')
      FROM public.audit_pruned p WHERE p.purge_id = number
$$
"""

# The entry that names the list is written in this very transaction.
NAME = f"""
CREATE FUNCTION audit.name_purge(number uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    UPDATE public.audit_purge q SET state = 'named'
     WHERE q.id = number AND q.state = 'signed' AND q.listed * 256 >= q.ordinary_size
       AND EXISTS (SELECT FROM public.audit_entry e
                    WHERE e.cell_id = q.cell_id AND e.subject_id = number
                      AND e.kind = 'keeping.purged' AND e.xid = pg_current_xact_id());
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a purge is named by its entry, once its list is whole'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END $$
"""

# Takes the named entries of the next tiles; says how many tiles are left, -1 while no checkpoint
# lies over the entry that names them. Nothing that was decided before is believed here.
PRUNE = f"""
CREATE FUNCTION audit.prune(number uuid, most int) RETURNS bigint
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE p record; naming record; r record; b record; took bigint; goes bigint[];
        done bigint; left_over bigint;
BEGIN
    SELECT * INTO p FROM public.audit_purge q WHERE q.id = number AND q.state = 'named' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO naming FROM public.audit_entry e
     WHERE e.cell_id = p.cell_id AND e.subject_id = number AND e.kind = 'keeping.purged'
     ORDER BY e.epoch, e.xid, e.id LIMIT 1;
    IF naming.id IS NULL OR NOT EXISTS (
        SELECT FROM public.audit_checkpoint c
         WHERE c.cell_id = p.cell_id
           AND (c.hi_epoch, c.hi_xid, c.hi_id) >= (naming.epoch, naming.xid, naming.id)) THEN
        RETURN -1;
    END IF;
    IF p.signed_by IS NULL OR p.signed_by = p.proposed_by THEN
        RAISE EXCEPTION 'two people answer for a purge' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p.ordinary_before > naming.at - interval '{LOWEST_MONTHS} months'
       OR p.control_before > naming.at - interval '{CONTROL_MONTHS} months' THEN
        RAISE EXCEPTION 'nothing goes before its term' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF convert_from(naming.payload, 'UTF8')::jsonb #>> '{{facts,sha256}}'
       IS DISTINCT FROM (SELECT s.sha256 FROM audit.purge_sum(number) s) THEN
        RAISE EXCEPTION 'the list is not the one that was named'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.audit_purge q SET at_work = pg_current_xact_id() WHERE q.id = number;
    done := p.pruned;
    took := 0;
    FOR r IN SELECT x.n, x.mask FROM public.audit_pruned x
              WHERE x.purge_id = number AND x.n >= p.pruned ORDER BY x.n LIMIT most
    LOOP
        SELECT * INTO b FROM public.audit_bundle x WHERE x.cell_id = p.cell_id AND x.n = r.n;
        SELECT array_agg(('x' || encode(substring(b.ids FROM place * 8 + 1 FOR 8), 'hex'))
                         ::bit(64)::bigint) INTO goes
          FROM generate_series(0, 255) place WHERE get_bit(r.mask, place) = 1;
        DELETE FROM public.audit_entry e
         WHERE e.cell_id = p.cell_id AND e.id = ANY (goes)
           AND (e.epoch, e.xid, e.id) >= (b.first_epoch, b.first_xid, b.first_id)
           AND (e.epoch, e.xid, e.id) <= (b.last_epoch, b.last_xid, b.last_id)
           AND e.at < p.ordinary_before AND left(e.kind, 8) <> 'keeping.'
           AND NOT audit.held(e.cell_id, e.case_id, e.actor, e.subject_id);
        GET DIAGNOSTICS left_over = ROW_COUNT;
        took := took + left_over;
        done := r.n + 1;
    END LOOP;
    SELECT count(*) INTO left_over FROM public.audit_pruned x
     WHERE x.purge_id = number AND x.n >= done;
    UPDATE public.audit_purge q
       SET pruned = done, gone = p.gone + took, at_work = NULL,
           state = CASE WHEN left_over = 0 THEN 'done' ELSE q.state END,
           ended_at = CASE WHEN left_over = 0 THEN now() END
     WHERE q.id = number;
    RETURN left_over;
END $$
"""

# Who acted on a day is personal as well: a count of which no entry is left goes with them. One day
# at a time, the first after ``since``; says which, and nothing when there is none.
FORGET_COUNTS = f"""
CREATE FUNCTION audit.forget_counts(number uuid, since date) RETURNS date
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE p record; next_day date;
BEGIN
    SELECT * INTO p FROM public.audit_purge q WHERE q.id = number AND q.state = 'done';
    SELECT min(t.day) INTO next_day FROM public.audit_tally t
     WHERE t.cell_id = p.cell_id AND t.day > since AND t.day < p.ordinary_before::date;
    DELETE FROM public.audit_tally t
     WHERE t.cell_id = p.cell_id AND t.day = next_day
       AND NOT EXISTS (
           SELECT FROM public.audit_entry e
            WHERE e.cell_id = t.cell_id AND e.actor = t.actor AND e.kind = t.kind
              AND e.outcome = t.outcome
              AND (e.epoch, e.xid, e.id) >= (t.first_epoch, t.first_xid, t.first_id)
              AND (e.epoch, e.xid, e.id) <= (t.last_epoch, t.last_xid, t.last_id));
    RETURN next_day;
END $$
"""

EMPTY = f"""
CREATE FUNCTION audit.is_empty(month date) RETURNS boolean
LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT NOT EXISTS (
        SELECT FROM public.audit_entry e
         WHERE e.at >= month::timestamp AT TIME ZONE 'UTC'
           AND e.at < (month + interval '1 month') AT TIME ZONE 'UTC')
$$
"""

# Belongs to the owner as audit.make_partitions does: only the owner drops a partition. It computes
# every name itself, and locks the table before its parts, as whoever reads it does.
DROP_EMPTY = """
CREATE FUNCTION audit.drop_empty() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    dropped int := 0;
    part text;
    month date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit.make_partitions'));
    FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                 WHERE i.inhparent = 'public.audit_entry'::regclass
                   AND c.relname ~ '^audit_entry_[0-9]{4}_[0-9]{2}$' ORDER BY 1
    LOOP
        month := to_date(right(part, 7), 'YYYY_MM');
        CONTINUE WHEN month > now() - interval '7 months' OR NOT audit.is_empty(month);
        BEGIN
            LOCK TABLE ONLY public.audit_entry IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', part);
            IF audit.is_empty(month) THEN
                EXECUTE format('DROP TABLE public.%I', part);
                dropped := dropped + 1;
            END IF;
        EXCEPTION WHEN lock_not_available THEN
            RAISE WARNING '% is in use: it is dropped another time', part;
        END;
    END LOOP;
    RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION audit.drop_empty() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.drop_empty() TO rempart_worker, rempart_operator;
"""
