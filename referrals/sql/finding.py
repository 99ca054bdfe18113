"""What the record and the cases tell together, for those who control access: ids and numbers."""

from __future__ import annotations

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
# What lies between two places is more than the planner takes it for, as they begin with an epoch:
# an index is followed as far as is wanted, and nothing else is read and put in order.
IN_ORDER = "SET enable_sort = off SET enable_bitmapscan = off"
KEPT_DAYS = 91
"""The longest period that is shown, and the day that begins while somebody looks."""

# Which readings were by which share, as far as the entries of all cells have been looked through.
TABLES = """
CREATE TABLE referrals_share_read (
    cell_id int NOT NULL,
    share_id uuid NOT NULL,
    at timestamptz NOT NULL,
    entry_id bigint NOT NULL,
    actor uuid NOT NULL,
    PRIMARY KEY (cell_id, at, share_id, entry_id)
);
CREATE TABLE referrals_share_read_reach (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    since date NOT NULL,
    epoch smallint NOT NULL,
    xid xid8 NOT NULL,
    id bigint NOT NULL
);
ALTER TABLE referrals_share_read ENABLE ROW LEVEL SECURITY;
ALTER TABLE referrals_share_read FORCE ROW LEVEL SECURITY;
ALTER TABLE referrals_share_read_reach ENABLE ROW LEVEL SECURITY;
ALTER TABLE referrals_share_read_reach FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON referrals_share_read TO rempart_maintenance;
GRANT SELECT, INSERT, UPDATE ON referrals_share_read_reach TO rempart_maintenance;
"""

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

_PLACE = "(e.epoch, e.xid, e.id)"
# The entry names the share that was used: an older one, or one that has ended, tells nothing. Of no
# day is what has a moment that Python does not know. The journal shows it.
_OF_SHARE = """s.case_id = e.case_id AND s.to_agency_id = e.agency
           AND e.kind = 'case.read' AND e.outcome = 'done' AND e.at < '9999-12-30Z'
           AND position('"by":"' || s.id::text || '"' IN encode(e.payload, 'escape')) > 0"""


def _end(into: str, way: str, which: str, days: str) -> str:
    """The first or the last entry of some days."""
    named = [f"d.{which}_{name} AS {name}" for name in ("epoch", "xid", "id")]
    order = [f"d.{which}_{name} {way}" for name in ("epoch", "xid", "id")]
    return (
        f"SELECT {', '.join(named)} INTO {into} FROM public.audit_tally_day d"
        f" WHERE {days} ORDER BY {', '.join(order)} LIMIT 1"
    )


_ASKED = "d.cell_id = here AND d.day BETWEEN since AND until"

# One portion: what follows in the order of the log, behind the tally, where nothing appears any
# more. Whatever the share and its terms are then is asked when somebody looks.
KEEP_SHARE_READS = f"""
CREATE FUNCTION referrals.keep_share_reads(most int) RETURNS int
LANGUAGE plpgsql {DEFINER} {IN_ORDER} AS $$
DECLARE
    oldest date := (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date - {KEPT_DAYS};
    kept record;
    reach record;
    begins record;
    looked record;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('referrals.keep_share_reads')) THEN
        RETURN 0;
    END IF;
    SELECT r.epoch, r.xid, r.id INTO STRICT reach FROM public.audit_tally_reach r;
    {_end("begins", "", "first", "d.day >= oldest")};
    IF NOT FOUND THEN
        begins := reach;
    END IF;
    INSERT INTO public.referrals_share_read_reach (since, epoch, xid, id)
    VALUES (oldest, begins.epoch, begins.xid, begins.id - 1) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT kept FROM public.referrals_share_read_reach r;
    IF kept.since > oldest THEN
        DELETE FROM public.referrals_share_read;
        kept.epoch := begins.epoch;
        kept.xid := begins.xid;
        kept.id := begins.id - 1;
    ELSIF kept.since < oldest THEN
        DELETE FROM public.referrals_share_read r
         WHERE r.at < oldest::timestamp AT TIME ZONE 'Europe/Paris';
    END IF;
    WITH portion AS MATERIALIZED (
        SELECT e.epoch, e.xid, e.id, e.at, e.cell_id, e.kind, e.outcome, e.actor, e.agency,
               e.case_id, CASE e.kind WHEN 'case.read' THEN e.payload END AS payload
          FROM public.audit_entry e
         WHERE {_PLACE} > (kept.epoch, kept.xid, kept.id)
           AND {_PLACE} <= (reach.epoch, reach.xid, reach.id)
         ORDER BY e.epoch, e.xid, e.id LIMIT most
    ), found AS (
        INSERT INTO public.referrals_share_read (cell_id, share_id, at, entry_id, actor)
        SELECT s.cell_id, s.id, e.at, e.id, e.actor
          FROM portion e JOIN public.referrals_share s ON s.cell_id = e.cell_id AND {_OF_SHARE}
         WHERE e.at >= oldest::timestamp AT TIME ZONE 'Europe/Paris'
            ON CONFLICT DO NOTHING
    )
    SELECT e.epoch, e.xid, e.id, count(*) OVER ()::int AS many INTO looked
      FROM portion e ORDER BY e.epoch DESC, e.xid DESC, e.id DESC LIMIT 1;
    IF FOUND THEN
        kept.epoch := looked.epoch;
        kept.xid := looked.xid;
        kept.id := looked.id;
    END IF;
    UPDATE public.referrals_share_read_reach r
       SET since = oldest, epoch = kept.epoch, xid = kept.xid, id = kept.id;
    RETURN coalesce(looked.many, 0);
END $$
"""

# Somebody still reads a case by a share of two weeks ago, and their agency has nothing to do in it:
# among the readings that are kept, and what has been entered since or is not counted yet.
UNASSIGNED_READS = f"""
CREATE FUNCTION referrals.unassigned_reads(since date, until date)
RETURNS TABLE (case_id uuid, agency uuid, actor uuid, day date, n int)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE
    here int := kernel.session_cell();
    opens timestamptz := since::timestamp AT TIME ZONE 'Europe/Paris';
    ends timestamptz := (until + 1)::timestamp AT TIME ZONE 'Europe/Paris';
    kept record;
    reach record;
    low record;
    high record;
BEGIN
    IF NOT coalesce(kernel.session_has('auditor') OR kernel.session_has('dpo'), false) THEN
        RETURN;
    END IF;
    SELECT r.epoch, r.xid, r.id INTO STRICT reach FROM public.audit_tally_reach r;
    SELECT r.epoch, r.xid, r.id INTO kept FROM public.referrals_share_read_reach r
     WHERE r.since <= unassigned_reads.since;
    {_end("low", "", "first", _ASKED)};
    {_end("high", "DESC", "last", _ASKED)};
    low.id := low.id - 1;
    IF (kept.epoch, kept.xid, kept.id) > (low.epoch, low.xid, low.id) THEN
        low := kept;
    END IF;
    RETURN QUERY
    WITH idle AS MATERIALIZED (
        SELECT s.id, s.cell_id, s.case_id, s.to_agency_id,
               s.decided_at + interval '14 days' AS late FROM public.referrals_share s
         WHERE s.cell_id = here AND s.state <> 'proposed' AND s.state <> 'refused'
           AND s.decided_at < now() - interval '14 days'
           AND NOT EXISTS (
               SELECT FROM public.referrals_measure m
                WHERE m.case_id = s.case_id AND m.owner_unit IN (s.to_unit, s.to_secrecy_unit))
           AND NOT EXISTS (
               SELECT FROM public.referrals_request r
                WHERE r.case_id = s.case_id AND r.from_unit IN (s.to_unit, s.to_secrecy_unit))
    ), entry AS MATERIALIZED (
        SELECT e.* FROM public.audit_entry e
         WHERE e.cell_id = here AND {_PLACE} > (low.epoch, low.xid, low.id)
           AND {_PLACE} <= (high.epoch, high.xid, high.id)
           AND e.at >= opens AND e.at < ends AND e.kind = 'case.read'
         UNION ALL
        SELECT e.* FROM public.audit_entry e
         WHERE e.cell_id = here AND {_PLACE} > (reach.epoch, reach.xid, reach.id)
           AND e.at >= opens AND e.at < ends AND e.kind = 'case.read'
    ), read AS (
        SELECT s.case_id, s.to_agency_id, r.actor, r.at, r.entry_id
          FROM idle s JOIN public.referrals_share_read r
            ON r.cell_id = here AND r.share_id = s.id AND r.at > s.late
         WHERE kept.epoch IS NOT NULL AND r.at >= opens AND r.at < ends
         UNION ALL
        SELECT s.case_id, s.to_agency_id, e.actor, e.at, e.id
          FROM entry e JOIN idle s ON {_OF_SHARE}
         WHERE e.at > s.late
    )
    SELECT r.case_id, r.to_agency_id, r.actor, (r.at AT TIME ZONE 'Europe/Paris')::date,
           count(DISTINCT r.entry_id)::int
      FROM read r GROUP BY 1, 2, 3, 4 ORDER BY 4, 3, 1, 2;
END $$
"""
