"""Who has read the cases that somebody's agency has: what each person may know of it.

Of their own agency everybody is told by name, and of no other. Which services read a case, and on
which days an office does, can say that there is an investigation: so of other agencies only
coordination and the office that follows the case are told. A prosecutor's reading says no more than
that. What of a case was read is not told: it would say which parts there are.

It looks back day by day, in ever longer portions, until it has enough lines or has looked at many
entries. It says how far it has looked, so that nobody takes what was not looked at for nothing.
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


def _fact(name: str) -> str:
    """A code in the facts of an entry; of a payload that was tampered with nothing, or no code."""
    return f"substring(encode(e.payload, 'escape') FROM '\"{name}\":\"([a-z_]{{1,40}})\"')"


_COLUMNS = "e.at, e.kind, e.actor, e.seat, e.agency, e.case_id, e.payload"
_WANTED = f"""e.kind IN ({READS}, '{TAKEN}') AND e.outcome = 'done'
           AND e.at >= oldest::timestamp AT TIME ZONE 'Europe/Paris'
           AND e.at < (newest + 1)::timestamp AT TIME ZONE 'Europe/Paris'"""
_PLACE = "(e.epoch, e.xid, e.id)"
_BETWEEN = f"""{_PLACE} >= (low.first_epoch, low.first_xid, low.first_id)
           AND {_PLACE} <= (high.last_epoch, high.last_xid, high.last_id)"""

# Where the cases are few or everybody's readings are told, along the index of each case.
_BY_CASE = f"""
            SELECT {_COLUMNS} FROM unnest(cases) AS h (id)
              JOIN public.audit_entry e ON e.cell_id = here AND e.case_id = h.id
             WHERE {_BETWEEN} AND {_WANTED}"""
# Where only one's own agency's are, along the index of each of its people: without the OFFSET a
# whole month would be read for a few of them.
_BY_PERSON = f"""
            SELECT {_COLUMNS} FROM (
                SELECT DISTINCT t.actor FROM public.audit_tally t
                 WHERE t.cell_id = here AND t.agency = own
                   AND (t.last_epoch, t.last_xid, t.last_id)
                       >= (low.first_epoch, low.first_xid, low.first_id)
                   AND (t.last_epoch, t.last_xid, t.last_id)
                       <= (high.last_epoch, high.last_xid, high.last_id)) p
             CROSS JOIN LATERAL (
                SELECT * FROM public.audit_entry e
                 WHERE e.cell_id = here AND e.actor = p.actor AND e.agency = own
                   AND {_BETWEEN} AND {_WANTED} OFFSET 0) e"""


# A row for each day, case and reader. Its mark is made of what it tells and of nothing else. The
# last row of a portion has none: it says how many readings were looked at.
def _lines(entries: str) -> str:
    return f"""
        WITH entry AS MATERIALIZED ({entries}
             UNION ALL
            SELECT {_COLUMNS} FROM public.audit_entry e
             WHERE e.cell_id = here AND {_PLACE} > (reach.epoch, reach.xid, reach.id)
               AND (core OR e.agency = own) AND {_WANTED}
        ), read AS (
            SELECT (e.at AT TIME ZONE 'Europe/Paris')::date AS day, h.id AS case_id,
                   e.kind = '{TAKEN}' AS taken, e.agency, k.display_name, k.roles,
                   {_fact("right")} AS of_right, {_fact("purpose")} AS purpose,
                   e.agency = own AS is_own,
                   e.agency <> own AND o.kind = '{PROSECUTOR}' AS office, h.steers
              FROM unnest(cases, sent, steered) AS h (id, submitted_at, steers)
              JOIN entry e ON e.case_id = h.id
              JOIN public.agencies_agency o ON o.id = e.agency
              LEFT JOIN public.kernel_seat k ON k.id = e.seat
             WHERE e.at >= h.submitted_at AND e.actor <> me AND (e.agency = own OR h.steers)
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
            SELECT t.*, md5(t::text) AS mark FROM told t
        )
        (SELECT m.*, 0 AS many FROM marked m
          WHERE before_day IS NULL OR (m.day, m.mark) < (before_day, before_mark)
          ORDER BY m.day DESC, m.mark DESC LIMIT most - told)
        UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, count(*)::int
          FROM entry"""


_TELL = """
            IF line.mark IS NULL THEN
                looked := looked + line.many;
            ELSE
                told := told + 1;
                day := line.day; mark := line.mark; case_id := line.case_id; taken := line.taken;
                agency := line.agency; office := line.office; person := line.person;
                roles := line.roles; of_right := line.of_right; purpose := line.purpose;
                RETURN NEXT;
            END IF;"""

# The last row of all has no mark either: its day is the first that was looked at. Whoever has no
# case gets nothing.
LOOKED_AT = f"""
CREATE FUNCTION referrals.looked_at(
    since date, until date, of_case uuid, before_day date, before_mark text, most int
) RETURNS TABLE (day date, mark text, case_id uuid, taken boolean, agency uuid, office boolean,
                 person text, roles text[], of_right text, purpose text)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
#variable_conflict use_column
DECLARE
    mine int[] := kernel.session_units();
    own uuid := kernel.session_agency();
    here int := kernel.session_cell();
    me uuid := kernel.session_account();
    core boolean := {CORE};
    cases uuid[];
    sent timestamptz[];
    steered boolean[];
    reach record;
    low record;
    high record;
    line record;
    newest date := least(until, before_day);
    oldest date;
    days int := 1;
    told int := 0;
    looked int := 0;
BEGIN
    SELECT array_agg(c.id), array_agg(c.submitted_at), array_agg(c.steers)
      INTO cases, sent, steered FROM (
        SELECT c.id, c.submitted_at, core AND max(g.level) = {Level.STEER.value} AS steers
          FROM public.referrals_case_access a
          JOIN public.referrals_grant g ON g.case_id = a.case_id AND g.unit_id = a.unit_id
          JOIN public.referrals_case c ON c.id = a.case_id
         WHERE a.unit_id = ANY (mine) AND g.valid_from <= now() AND now() < g.valid_until
           AND (of_case IS NULL OR a.case_id = of_case)
         GROUP BY c.id) c;
    IF cases IS NULL THEN
        RETURN;
    END IF;
    SELECT r.epoch, r.xid, r.id INTO reach FROM public.audit_tally_reach r;
    WHILE newest >= since AND told < most AND looked < {MANY} LOOP
        oldest := greatest(since, newest - days + 1);
        SELECT d.first_epoch, d.first_xid, d.first_id INTO low FROM public.audit_tally_day d
         WHERE d.cell_id = here AND d.day BETWEEN oldest AND newest
         ORDER BY d.first_epoch, d.first_xid, d.first_id LIMIT 1;
        SELECT d.last_epoch, d.last_xid, d.last_id INTO high FROM public.audit_tally_day d
         WHERE d.cell_id = here AND d.day BETWEEN oldest AND newest
         ORDER BY d.last_epoch DESC, d.last_xid DESC, d.last_id DESC LIMIT 1;
        IF core OR of_case IS NOT NULL THEN
            FOR line IN {_lines(_BY_CASE)} LOOP {_TELL}
            END LOOP;
        ELSE
            FOR line IN {_lines(_BY_PERSON)} LOOP {_TELL}
            END LOOP;
        END IF;
        newest := oldest - 1;
        days := days * 2;
    END LOOP;
    day := newest + 1; mark := NULL; case_id := NULL; taken := NULL; agency := NULL;
    office := NULL; person := NULL; roles := NULL; of_right := NULL; purpose := NULL;
    RETURN NEXT;
END $$
"""
