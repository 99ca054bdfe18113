"""The life of a share after it was proposed: opened, renewed, about to end, ended."""

from __future__ import annotations

from referrals.compartments import SECRET
from referrals.sql.leaving import COORDINATES, DEFINER
from referrals.states import ENDS, LIVING

FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
LONGEST = "interval '367 days'"
NOTICE = "interval '7 days'"
_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDS))
_LIVING = ", ".join(f"'{state.value}'" for state in sorted(LIVING))
_BOUND = """EXISTS (SELECT FROM public.kernel_seat k
                WHERE k.id = kernel.session_seat() AND k.bound_by_secrecy)"""

# Who answered, when, and how often it changed are the database's to say, never a page's.
#
# Whoever shares what is under professional secrecy is bound by it, as whoever receives it is
# (art. L. 226-2-2 CASF). That right is nobody's by grant: nobody steers that compartment.
NEW_SHARE = f"""
CREATE OR REPLACE FUNCTION referrals.scope_new_share() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE given int; recipient record; living boolean;
BEGIN
    -- The case first, as everywhere: its end and an order are waited for. Whose share it is not
    -- makes nobody wait.
    SELECT c.state IN ({_LIVING}) INTO living FROM public.referrals_case c
     WHERE c.id = NEW.case_id AND c.cell_id = kernel.session_cell()
       AND NEW.from_unit = ANY (kernel.session_units()) FOR NO KEY UPDATE;
    SELECT bit_or(g.scope) INTO given FROM public.referrals_grant g
     WHERE g.case_id = NEW.case_id AND g.unit_id = NEW.from_unit AND g.level = 5
       AND g.valid_from <= now() AND now() < g.valid_until;
    IF {_BOUND} THEN
        given := given | {SECRET};
    END IF;
    IF living IS NULL OR given IS NULL OR NEW.scope & ~given <> 0 THEN
        RAISE EXCEPTION 'a share holds only what its author steers'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT living THEN
        RAISE EXCEPTION 'only a case that is followed is shared' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'a share begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.expires_at > now() + {LONGEST} THEN
        RAISE EXCEPTION 'a share ends within a year' USING ERRCODE = 'check_violation';
    END IF;
    SELECT a.secrecy_unit_id, g.id, g.kind, g.name INTO recipient
      FROM public.agencies_accession a JOIN public.agencies_agency g ON g.id = a.agency_id
     WHERE a.unit_id = NEW.to_unit AND a.cell_id = NEW.cell_id
       AND now() >= a.valid_from AND now() < a.valid_until;
    IF NOT FOUND OR NEW.to_secrecy_unit IS DISTINCT FROM recipient.secrecy_unit_id
                    AND NEW.to_secrecy_unit IS NOT NULL THEN
        RAISE EXCEPTION 'a share goes to an agency that takes part in the cell'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.to_agency_id := recipient.id;
    NEW.to_agency_kind := recipient.kind;
    NEW.to_agency_name := recipient.name;
    NEW.proposed_by := kernel.session_seat(); NEW.proposed_at := now(); NEW.starts_at := now();
    NEW.decided_by := NULL; NEW.decided_at := NULL; NEW.ended_at := NULL;
    NEW.refusal_reason := ''; NEW.version := 1;
    NEW.renewals := 0; NEW.renewed_at := NULL; NEW.renewal_reason := ''; NEW.remind_at := NULL;
    NEW.viewers := ARRAY[NEW.from_unit, NEW.to_unit];
    RETURN NEW;
END $$
"""

GUARD_SHARE = f"""
CREATE OR REPLACE FUNCTION referrals.guard_share() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units(); ending boolean; living boolean;
BEGIN
    -- An order that is being given, or the end of the case, is waited for.
    SELECT c.state IN ({_LIVING}) INTO living FROM public.referrals_case c
     WHERE c.id = NEW.case_id FOR NO KEY UPDATE;
    -- Time ends a share, and so does another trigger (the case was closed, the agency has left).
    -- People end the rest.
    ending := NEW.state IN ('expired', 'case_closed', 'accession_ended')
        AND OLD.state IN ('proposed', 'accepted')
        AND (pg_trigger_depth() > 1 OR NEW.state = 'expired' AND OLD.expires_at <= now()
             OR NEW.state = 'accession_ended' AND EXISTS (
                 SELECT FROM public.agencies_accession a
                  WHERE a.unit_id = NEW.to_unit AND a.valid_until <= clock_timestamp()));
    IF NOT coalesce(ending
        OR (OLD.state = 'proposed' AND NEW.state IN ('accepted', 'refused')
            AND NEW.to_unit = ANY (mine))
        OR (OLD.state IN ('proposed', 'accepted') AND NEW.state = 'revoked'
            AND NEW.from_unit = ANY (mine)), false) THEN
        RAISE EXCEPTION 'a share does not go from % to % here', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'accepted' AND (NEW.expires_at <= now() OR living IS NOT TRUE) THEN
        RAISE EXCEPTION 'this proposal has expired' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'accepted' AND NEW.scope & {SECRET} <> 0
       AND (NEW.to_secrecy_unit = ANY (mine)) IS NOT TRUE THEN
        RAISE EXCEPTION 'what is secret is accepted by somebody who is bound by it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.version := OLD.version + 1;
    NEW.decided_by := OLD.decided_by; NEW.decided_at := OLD.decided_at;
    NEW.ended_at := OLD.ended_at;
    IF NEW.state IN ('accepted', 'refused') THEN
        NEW.decided_by := kernel.session_seat(); NEW.decided_at := now();
    ELSE
        NEW.ended_at := now();
    END IF;
    IF NEW.state <> 'refused' THEN
        NEW.refusal_reason := '';
    END IF;
    -- One word of warning, a week ahead; a share that is shorter than that ends without.
    NEW.remind_at := CASE WHEN NEW.state = 'accepted' AND NEW.expires_at - {NOTICE} > now()
        THEN NEW.expires_at - {NOTICE} END;
    RETURN NEW;
END $$
"""

# A proposal and its refusal change nobody's rights, so nobody's rights are worked out again.
#
# Of what is for those bound by secrecy alone, the others of the agency know that there is a case.
FOLLOW_SHARE = f"""
CREATE OR REPLACE FUNCTION referrals.follow_share() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE who record; until timestamptz; items timestamptz; changed boolean := false;
BEGIN
    SELECT k.display_name, k.agency_name INTO who
      FROM public.kernel_seat k WHERE k.id = kernel.session_seat();
    IF TG_OP = 'UPDATE' AND NEW.state = 'accepted' THEN
        SELECT least(NEW.expires_at, a.valid_until) INTO STRICT until
          FROM public.agencies_accession a WHERE a.unit_id = NEW.to_unit;
        items := CASE WHEN NEW.include_future THEN {FOREVER} ELSE now() END;
        INSERT INTO public.referrals_grant (id, cell_id, case_id, unit_id, scope, level,
               valid_from, valid_until, items_until, share_id)
        SELECT gen_random_uuid(), NEW.cell_id, NEW.case_id, u.unit, u.scope,
               CASE WHEN u.scope = 0 THEN 1 ELSE NEW.level END,
               greatest(NEW.starts_at, now()), until, items, NEW.id
          FROM (VALUES (NEW.to_unit, NEW.scope & ~{SECRET}),
                       (NEW.to_secrecy_unit, NEW.scope & {SECRET})) AS u (unit, scope)
         WHERE u.unit IS NOT NULL AND (u.unit = NEW.to_unit OR u.scope <> 0);
        changed := true;
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM public.referrals_grant WHERE share_id = NEW.id;
        changed := FOUND;
    END IF;
    INSERT INTO public.referrals_milestone
           (id, cell_id, case_id, bit, kind, detail, by_name, by_agency, created_at)
    VALUES (gen_random_uuid(), NEW.cell_id, NEW.case_id, 10, 'share.' || NEW.state,
            NEW.to_agency_name, coalesce(who.display_name, ''), coalesce(who.agency_name, ''),
            clock_timestamp());
    IF changed THEN
        PERFORM referrals.sync_case(NEW.case_id);
    END IF;
    RETURN NULL;
END $$
"""

# The case before the share, as everywhere. What was agreed stays as it was: only the end moves.
# What is secret goes on only between people bound by it, on both sides.
RENEW = f"""
CREATE OR REPLACE FUNCTION referrals.renew_share(
    share uuid, until timestamptz, reason text, seen int
) RETURNS int LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE s record; made int;
BEGIN
    PERFORM 1 FROM public.referrals_case c JOIN public.referrals_share x ON x.case_id = c.id
      WHERE x.id = share AND x.cell_id = kernel.session_cell()
        AND x.from_unit = ANY (kernel.session_units()) AND c.state NOT IN ({_ENDED})
        FOR UPDATE OF c;
    IF NOT FOUND OR NOT {COORDINATES} THEN
        RAISE EXCEPTION 'only whoever shares renews' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT x.* INTO s FROM public.referrals_share x WHERE x.id = share FOR UPDATE;
    IF s.state <> 'accepted' OR s.expires_at <= now() OR until <= s.expires_at
       OR until > now() + {LONGEST} OR reason !~ '^[a-z_]{{1,40}}$' THEN
        RAISE EXCEPTION 'a running share is renewed for longer, within a year, with a reason'
            USING ERRCODE = 'check_violation';
    END IF;
    IF s.scope & {SECRET} <> 0 AND NOT {_BOUND} THEN
        RAISE EXCEPTION 'what is secret is prolonged by somebody who is bound by it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF s.scope & {SECRET} <> 0 AND NOT EXISTS (SELECT FROM public.kernel_seat k
          JOIN public.agencies_membership m ON m.id = k.id AND m.kind <> 'system'
         WHERE k.cell_id = s.cell_id AND s.to_secrecy_unit = ANY (k.units)
           AND now() >= k.valid_from AND now() < k.valid_until) THEN
        RAISE EXCEPTION 'nobody is left who is bound by secrecy' USING ERRCODE = 'check_violation';
    END IF;
    IF s.version <> seen THEN
        RETURN NULL;
    END IF;
    UPDATE public.referrals_share x
       SET expires_at = until, renewals = x.renewals + 1, renewed_at = now(),
           renewal_reason = reason, version = x.version + 1,
           remind_at = CASE WHEN until - {NOTICE} > now() THEN until - {NOTICE} END
     WHERE x.id = share RETURNING x.version INTO made;
    UPDATE public.referrals_grant g SET valid_until = least(until, a.valid_until)
      FROM public.agencies_accession a WHERE g.share_id = share AND a.unit_id = s.to_unit;
    -- Who has renewed it, sign_milestone says.
    INSERT INTO public.referrals_milestone
           (id, cell_id, case_id, bit, kind, detail, by_name, by_agency, created_at)
    VALUES (gen_random_uuid(), s.cell_id, s.case_id, 10, 'share.renewed', s.to_agency_name,
            '', '', clock_timestamp());
    PERFORM referrals.sync_case(s.case_id);
    RETURN made;
END $$
"""

# Asked by the worker, which owes what it is given in the same transaction: said once, whoever asks
# how often. A share that has ended meanwhile is not mentioned.
DUE_REMINDERS = f"""
CREATE FUNCTION referrals.due_reminders(at_most int)
RETURNS TABLE (of_share uuid, in_cell int, of_case uuid, account uuid)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE s record;
BEGIN
    FOR s IN SELECT x.id, x.cell_id, x.case_id, x.from_unit, x.to_unit, x.state, x.expires_at
          FROM public.referrals_share x WHERE x.remind_at <= now()
         ORDER BY x.remind_at LIMIT at_most FOR UPDATE SKIP LOCKED LOOP
        UPDATE public.referrals_share x SET remind_at = NULL WHERE x.id = s.id;
        IF s.state = 'accepted' AND s.expires_at > now() THEN
            RETURN QUERY SELECT DISTINCT s.id, s.cell_id, s.case_id, k.account_id
              FROM public.kernel_seat k
              JOIN public.agencies_membership m ON m.id = k.id AND m.kind <> 'system'
             WHERE k.cell_id = s.cell_id AND k.units && ARRAY[s.from_unit, s.to_unit]
               AND now() >= k.valid_from AND now() < k.valid_until;
        END IF;
    END LOOP;
END $$
"""

STEADY = (
    "DROP TRIGGER a_steady ON referrals_share;"
    "CREATE TRIGGER a_steady BEFORE UPDATE ON referrals_share FOR EACH ROW"
    " WHEN (OLD.state IS NOT DISTINCT FROM NEW.state AND OLD.renewals = NEW.renewals"
    " AND OLD.remind_at IS NOT DISTINCT FROM NEW.remind_at)"
    " EXECUTE FUNCTION referrals.refuse_change();"
    "CREATE TRIGGER z_closed_longer BEFORE UPDATE OF expires_at ON referrals_share FOR EACH ROW"
    " WHEN (NEW.renewals > OLD.renewals) EXECUTE FUNCTION referrals.refuse_closed();"
)

# Levels of what belongs to the case itself: everybody sees that it exists (-1), those who read it
# see what happened (-2).
_SEEN = """(of_bit = -1 OR (of_bit = -2 AND g.level >= 2)
                OR (of_bit >= 0 AND ((g.unit_id = extra AND g.level >= 2)
                    OR (g.scope & (1 << greatest(of_bit, 0)) <> 0 AND made <= g.items_until))))"""

READERS = f"""
CREATE OR REPLACE FUNCTION referrals.readers(
    of_case uuid, of_bit int, made timestamptz, extra int,
    OUT viewers int[], OUT editors int[], OUT recheck_at timestamptz
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    SELECT coalesce(array_agg(u.unit_id ORDER BY u.unit_id), '{{}}'),
           coalesce(array_agg(u.unit_id ORDER BY u.unit_id)
                    FILTER (WHERE u.level >= CASE WHEN of_bit < 0 THEN 5 ELSE 4 END), '{{}}'),
           coalesce(min(u.until), {FOREVER})
      INTO viewers, editors, recheck_at
      FROM (SELECT g.unit_id, max(g.level) AS level, min(g.valid_until) AS until
              FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until
               AND {_SEEN}
             GROUP BY g.unit_id) u;
END $$
"""


def _still(name: str, level: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION referrals.{name}(of_case uuid, of_bit int, made timestamptz, extra int)
RETURNS boolean LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM public.referrals_grant g
         WHERE g.case_id = of_case AND g.unit_id = ANY (kernel.session_units())
           AND g.valid_from <= now() AND now() < g.valid_until{level}
           AND {_SEEN});
END $$
"""


STILL = _still("still_granted", "")
STILL_EDITS = _still(
    "still_edits", "\n           AND g.level >= CASE WHEN of_bit < 0 THEN 5 ELSE 4 END"
)

LEVEL_NOW = f"""
CREATE FUNCTION referrals.level_now(of_case uuid) RETURNS int
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (SELECT coalesce(max(g.level), 0) FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.cell_id = kernel.session_cell()
               AND g.unit_id = ANY (kernel.session_units())
               AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""

RUNTIME, WORKER = ("rempart_runtime",), ("rempart_worker",)
FUNCTIONS = {
    "scope_new_share()": (NEW_SHARE, ()),
    "guard_share()": (GUARD_SHARE, ()),
    "follow_share()": (FOLLOW_SHARE, ()),
    "renew_share(uuid, timestamptz, text, int)": (RENEW, RUNTIME),
    "due_reminders(int)": (DUE_REMINDERS, WORKER),
    "readers(uuid, int, timestamptz, int)": (READERS, ()),
    "still_granted(uuid, int, timestamptz, int)": (STILL, RUNTIME),
    "still_edits(uuid, int, timestamptz, int)": (STILL_EDITS, RUNTIME),
    "level_now(uuid)": (LEVEL_NOW, RUNTIME),
}
STORIES = (
    "SET ROLE rempart_maintenance;"
    "UPDATE public.referrals_milestone SET bit = -2 WHERE bit = -1;"
    "SELECT referrals.sync_case(id) FROM public.referrals_case;"
    "RESET ROLE;"
)
