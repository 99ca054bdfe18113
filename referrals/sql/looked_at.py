"""Who has read the cases that somebody's agency has: what each person may know of it.

Of their own agency everybody is told by name, and of no other. Which services read a case, and on
which days an office does, can say that there is an investigation: so of other agencies only
coordination and the office that follows the case are told. A prosecutor's reading says no more than
that. What of a case was read is not told: it would say which parts there are.

It looks back day by day, in ever longer portions, until it has enough lines or has looked at many
entries. It says how far it has looked, so that nobody takes what was not looked at for nothing.

Of a portion it first finds which cases were read on which days, the newest first, and only then
what may be told of each, until there are enough lines: what a page costs does not grow with what
lies behind it. Both are found along an index alone, each day between its own places; of the entries
themselves only those are read that may be told.
"""

from __future__ import annotations

from referrals.models.access import Level
from referrals.rights import Right
from referrals.sql.leaving import DEFINER
from referrals.sql.reaching import CORE

READS = "'case.read', 'document.read', 'identity.revealed'"
TAKEN = "export.taken"
PROSECUTOR = "prosecutor"
MANY = 20_000
"""After so many readings looked at, whoever's they are, the rest is for the next page."""
FEW = 5_000
"""So many entries of the cell at once; one day at least."""
DAYS_OF_ONE = 32
"""So many days of one case at first; of all together one."""
AT_FIRST = 5
"""Of so many cases it is told before others are looked at."""


def _fact(name: str) -> str:
    """A code in the facts of an entry; of a payload that was tampered with nothing, or no code."""
    return f"substring(encode(e.payload, 'escape') FROM '\"{name}\":\"([a-z_]{{1,40}})\"')"


_DAY = "(e.at AT TIME ZONE 'Europe/Paris')::date"
_WANTED = f"""e.kind IN ({READS}, '{TAKEN}') AND e.outcome = 'done'
               AND e.at >= oldest::timestamp AT TIME ZONE 'Europe/Paris'
               AND e.at < (newest + 1)::timestamp AT TIME ZONE 'Europe/Paris'"""
_PLACE = "(e.epoch, e.xid, e.id)"
_BETWEEN = f"""{_PLACE} >= (low.first_epoch, low.first_xid, low.first_id)
               AND {_PLACE} <= (high.last_epoch, high.last_xid, high.last_id)"""
_UNCOUNTED = f"{_PLACE} > (reach.epoch, reach.xid, reach.id)"

_OF_CASE = f"""
            SELECT e.at, e.case_id FROM public.audit_entry e
             WHERE e.cell_id = here AND e.case_id = of_case
               AND {_BETWEEN} AND {_WANTED}"""
# Where everybody's readings are told, straight along the log.
_OF_ALL = f"""
            SELECT e.at, e.case_id FROM public.audit_entry e
             WHERE e.cell_id = here AND e.case_id IS NOT NULL
               AND {_BETWEEN} AND {_WANTED}"""
# Where only one's own agency's are, along the index of each of its people: without the OFFSET a
# whole month would be read for a few of them.
_OF_OWN_PEOPLE = f"""
            SELECT e.at, e.case_id FROM (
                SELECT DISTINCT t.actor FROM public.audit_tally t
                 WHERE t.cell_id = here AND t.agency = own AND t.day BETWEEN oldest AND newest) p
             CROSS JOIN LATERAL (
                SELECT * FROM public.audit_entry e
                 WHERE e.cell_id = here AND e.actor = p.actor AND e.case_id IS NOT NULL
               AND {_BETWEEN} AND {_WANTED} OFFSET 0) e"""


# Each case with a day on which somebody has read it, and how many readings that are in all. It only
# leads to them: who may be told of what is said once, where the lines are made.
def _read(entries: str) -> str:
    return f"""
            SELECT array_agg(r.day), array_agg(r.case_id), coalesce(max(r.many), 0)
              INTO on_days, cases, many FROM (
            SELECT {_DAY} AS day, e.case_id, sum(count(*)) OVER () AS many
              FROM ({entries}
             UNION ALL
            SELECT e.at, e.case_id FROM public.audit_entry e
             WHERE e.cell_id = here AND {_UNCOUNTED} AND {_WANTED}
               AND (e.case_id = of_case OR of_case IS NULL AND e.case_id IS NOT NULL)) e
             WHERE before_day IS NULL OR ({_DAY}, replace(e.case_id::text, '-', ''))
                                      <= (before_day, left(before_mark, 32))
             GROUP BY 1, 2 ORDER BY 1 DESC, 2 DESC) r;"""


# Nothing of it but what the index of a case holds: see audit.sql.days_of_case. Of which days it is
# is said of all of them as well: that leaves few partitions to be planned for.
_OF_THE_DAY = f"""
                SELECT e.epoch, e.xid, e.id, e.at, e.agency FROM public.audit_entry e
                 WHERE e.cell_id = here AND e.case_id = h.case_id
                   AND {_WANTED}
                   AND e.at >= h.day::timestamp AT TIME ZONE 'Europe/Paris'
                   AND e.at < (h.day + 1)::timestamp AT TIME ZONE 'Europe/Paris'"""
# Epoch by epoch: only where it is one and the same does PostgreSQL 15 stop where a day ends.
_NEAR_THE_DAY = """e.epoch = of.epoch
                   AND e.xid >= CASE of.epoch WHEN h.first_epoch THEN h.first_xid ELSE '0' END
                   AND e.xid <= CASE of.epoch WHEN h.last_epoch THEN h.last_xid
                       ELSE '18446744073709551615' END"""
_HELD = """FROM public.referrals_case_access a
          JOIN public.referrals_grant g ON g.case_id = a.case_id AND g.unit_id = a.unit_id
          JOIN public.referrals_case c ON c.id = a.case_id
         WHERE a.unit_id = ANY (mine) AND g.valid_from <= now() AND now() < g.valid_until"""
# A row for each reader of these cases on these days. Its mark is made of the case, in whose order
# they come, and of what it tells, and of nothing else.
_LINES = f"""
        WITH held AS MATERIALIZED (
            SELECT p.day, p.case_id, s.submitted_at, s.steers,
                   d.first_epoch, d.first_xid, d.last_epoch, d.last_xid
              FROM unnest(on_days[since_here:to_here], cases[since_here:to_here])
                AS p (day, case_id)
              LEFT JOIN public.audit_tally_day d ON d.cell_id = here AND d.day = p.day
             CROSS JOIN LATERAL (
                SELECT c.submitted_at, core AND max(g.level) = {Level.STEER.value} AS steers
                  {_HELD} AND a.case_id = p.case_id GROUP BY c.id) s
        ), found AS (
            SELECT h.*, e.epoch, e.xid, e.id, e.at
              FROM held h
             CROSS JOIN LATERAL (
                SELECT e.* FROM generate_series(h.first_epoch::int, h.last_epoch) AS of (epoch)
                 CROSS JOIN LATERAL ({_OF_THE_DAY} AND {_NEAR_THE_DAY} OFFSET 0) e
                 UNION ALL {_OF_THE_DAY} AND {_UNCOUNTED} OFFSET 0) e
             WHERE e.at >= h.submitted_at AND (e.agency = own OR h.steers)
        ), read AS (
            SELECT f.day, f.case_id, e.kind = '{TAKEN}' AS taken, e.agency, k.display_name, k.roles,
                   {_fact("right")} AS of_right, {_fact("purpose")} AS purpose,
                   e.agency = own AS is_own,
                   e.agency <> own AND o.kind = '{PROSECUTOR}' AS office, f.steers
              FROM found f
             CROSS JOIN LATERAL (
                SELECT * FROM public.audit_entry e
                 WHERE e.cell_id = here AND e.case_id = f.case_id
                   AND e.epoch = f.epoch AND e.xid = f.xid AND e.id = f.id AND e.at = f.at
                   AND {_WANTED} OFFSET 0) e
              JOIN public.agencies_agency o ON o.id = e.agency
              LEFT JOIN public.kernel_seat k ON k.id = e.seat
             WHERE e.actor <> me
        ), told AS (
            SELECT DISTINCT r.day, r.case_id, r.taken AND NOT r.office AS taken,
                   CASE WHEN NOT r.office THEN r.agency END AS agency, r.office,
                   CASE WHEN r.is_own THEN r.display_name END AS person,
                   CASE WHEN NOT r.office THEN r.roles END AS roles,
                   CASE WHEN NOT r.office AND (r.steers OR r.of_right <> '{Right.GLASS}')
                       THEN r.of_right END AS of_right,
                   CASE WHEN NOT r.office THEN r.purpose END AS purpose
              FROM read r
        ), marked AS (
            SELECT t.*, replace(t.case_id::text, '-', '') || md5(t::text) AS mark FROM told t
        )
        SELECT m.* FROM marked m
         WHERE before_day IS NULL OR (m.day, m.mark) < (before_day, before_mark)
         ORDER BY m.day DESC, m.mark DESC LIMIT most - told"""

# How much lies between two places of the log is no figure that the planner has: it takes a day for
# a third of all there is.
ALONG_INDEXES = """SET enable_seqscan = off SET enable_bitmapscan = off
SET max_parallel_workers_per_gather = 0"""

# The last row of all has no mark: its day is the first that was looked at. Whoever has no case gets
# nothing.
LOOKED_AT = f"""
CREATE FUNCTION referrals.looked_at(
    since date, until date, of_case uuid, before_day date, before_mark text, most int
) RETURNS TABLE (day date, mark text, case_id uuid, taken boolean, agency uuid, office boolean,
                 person text, roles text[], of_right text, purpose text)
LANGUAGE plpgsql STABLE {DEFINER} {ALONG_INDEXES} AS $$
#variable_conflict use_column
DECLARE
    mine int[] := kernel.session_units();
    own uuid := kernel.session_agency();
    here int := kernel.session_cell();
    me uuid := kernel.session_account();
    core boolean := {CORE};
    on_days date[];
    cases uuid[];
    many bigint;
    since_here int;
    to_here int;
    reach record;
    low record;
    high record;
    line record;
    newest date := least(until, before_day);
    oldest date;
    days int := CASE WHEN of_case IS NULL THEN 1 ELSE {DAYS_OF_ONE} END;
    told int := 0;
    looked bigint := 0;
BEGIN
    PERFORM {_HELD} AND (of_case IS NULL OR a.case_id = of_case) LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT r.epoch, r.xid, r.id INTO reach FROM public.audit_tally_reach r;
    WHILE newest >= since AND told < most AND looked < {MANY} LOOP
        oldest := greatest(since, newest - days + 1);
        IF core AND of_case IS NULL THEN
            SELECT least(newest, greatest(oldest, 1 + max(s.day) FILTER (WHERE s.many > {FEW})))
              INTO oldest FROM (
                SELECT t.day, sum(sum(t.n)) OVER (ORDER BY t.day DESC) AS many
                  FROM public.audit_tally_sum t
                 WHERE t.cell_id = here AND t.day BETWEEN oldest AND newest GROUP BY t.day) s;
        END IF;
        SELECT d.first_epoch, d.first_xid, d.first_id INTO low FROM public.audit_tally_day d
         WHERE d.cell_id = here AND d.day BETWEEN oldest AND newest
         ORDER BY d.first_epoch, d.first_xid, d.first_id LIMIT 1;
        SELECT d.last_epoch, d.last_xid, d.last_id INTO high FROM public.audit_tally_day d
         WHERE d.cell_id = here AND d.day BETWEEN oldest AND newest
         ORDER BY d.last_epoch DESC, d.last_xid DESC, d.last_id DESC LIMIT 1;
        IF of_case IS NOT NULL THEN {_read(_OF_CASE)}
        ELSIF core THEN {_read(_OF_ALL)}
        ELSE {_read(_OF_OWN_PEOPLE)}
        END IF;
        looked := looked + many;
        -- Ever more at once: some are read by many, and others are somebody else's.
        since_here := 1;
        to_here := {AT_FIRST};
        WHILE told < most AND since_here <= cardinality(cases) LOOP
            FOR line IN {_LINES} LOOP
                told := told + 1;
                day := line.day; mark := line.mark; case_id := line.case_id; taken := line.taken;
                agency := line.agency; office := line.office; person := line.person;
                roles := line.roles; of_right := line.of_right; purpose := line.purpose;
                RETURN NEXT;
            END LOOP;
            since_here := to_here + 1;
            to_here := to_here * 4;
        END LOOP;
        days := 2 * (newest - oldest + 1);
        newest := oldest - 1;
    END LOOP;
    day := newest + 1; mark := NULL; case_id := NULL; taken := NULL; agency := NULL;
    office := NULL; person := NULL; roles := NULL; of_right := NULL; purpose := NULL;
    RETURN NEXT;
END $$
"""
