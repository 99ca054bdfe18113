"""What partners ask about a case they know of: kept between both sides, opening nothing."""

from __future__ import annotations

from referrals.compartments import NEVER_SHARED, NOT_FOR_VICTIM_SUPPORT, SECRET
from referrals.sql.leaving import COORDINATES, DEFINER
from referrals.states import ENDS

LASTS = "interval '14 days'"
_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDS))

# What shares with that unit, and nothing else, hold open now: not what a person of it has opened in
# an emergency, and not what is for those bound by secrecy. NULL where no share runs.
SHARED_WITH = f"""
CREATE FUNCTION referrals.shared_with(of_case uuid, with_unit int) RETURNS int
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (SELECT bit_or(g.scope) FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.unit_id = with_unit AND g.share_id IS NOT NULL
               AND with_unit = ANY (kernel.session_units())
               AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""

# Who asks, when and of whom are the database's to say. More is asked of what is not open yet,
# information about what is; never about what is never shared with that kind of agency, nor about
# what is under professional secrecy: not everybody who reads the answer is bound by it.
NEW_REQUEST = f"""
CREATE FUNCTION referrals.scope_new_request() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units(); asker record;
        opened int := referrals.shared_with(NEW.case_id, NEW.from_unit);
BEGIN
    SELECT g.kind, g.name, c.state, l.coordination_unit_id INTO asker
      FROM public.agencies_accession a JOIN public.agencies_agency g ON g.id = a.agency_id
      JOIN public.referrals_case c ON c.id = NEW.case_id AND c.cell_id = a.cell_id
      JOIN public.agencies_cell l ON l.id = c.cell_id
     WHERE a.unit_id = NEW.from_unit AND a.cell_id = NEW.cell_id AND NEW.from_unit = ANY (mine)
       AND now() >= a.valid_from AND now() < a.valid_until;
    IF NOT FOUND OR opened IS NULL THEN
        RAISE EXCEPTION 'only an agency that knows of the case asks about it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF asker.state IN ({_ENDED}) OR NEW.state <> 'open'
       OR NEW.scope & {NEVER_SHARED | SECRET} <> 0
       OR (asker.kind = 'victim_support' AND NEW.scope & {NOT_FOR_VICTIM_SUPPORT} <> 0)
       OR (NEW.kind = 'access' AND (NEW.scope & opened <> 0 OR NEW.level NOT BETWEEN 2 AND 4))
       OR (NEW.kind = 'information' AND NEW.scope & ~opened <> 0) THEN
        RAISE EXCEPTION 'this cannot be asked' USING ERRCODE = 'check_violation';
    END IF;
    NEW.agency_name := asker.name; NEW.to_unit := asker.coordination_unit_id;
    NEW.asked_by := kernel.session_seat(); NEW.asked_at := now();
    NEW.lapses_at := now() + {LASTS}; NEW.closed_at := NULL; NEW.answered_by := NULL;
    NEW.granted_scope := 0; NEW.refusals := '{{}}'; NEW.share_id := NULL;
    NEW.version := 1; NEW.viewers := ARRAY[NEW.from_unit, NEW.to_unit];
    RETURN NEW;
END $$
"""

GUARD_REQUEST = f"""
CREATE FUNCTION referrals.guard_request() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units();
BEGIN
    IF OLD.state <> 'open' OR NOT coalesce(
        (NEW.state = 'answered' AND OLD.to_unit = ANY (mine) AND {COORDINATES}
            AND now() < OLD.lapses_at)
        OR (NEW.state = 'withdrawn' AND OLD.from_unit = ANY (mine))
        OR (NEW.state = 'lapsed' AND OLD.lapses_at <= now()), false) THEN
        RAISE EXCEPTION 'a request does not go from % to % here', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> 'answered' THEN
        NEW.granted_scope := 0; NEW.refusals := '{{}}'; NEW.share_id := NULL;
        NEW.answers := OLD.answers;
    END IF;
    IF NEW.granted_scope & ~OLD.scope <> 0 THEN
        RAISE EXCEPTION 'what was not asked is not granted' USING ERRCODE = 'check_violation';
    END IF;
    -- Access is granted by one share with who asked, of what is granted and no more.
    IF (NEW.share_id IS NOT NULL) IS DISTINCT FROM (OLD.kind = 'access' AND NEW.granted_scope <> 0)
       OR (NEW.share_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.referrals_share s
             WHERE s.id = NEW.share_id AND s.case_id = OLD.case_id AND s.to_unit = OLD.from_unit
               AND s.scope & ~NEW.granted_scope = 0 AND s.level <= OLD.level)) THEN
        RAISE EXCEPTION 'this share does not answer that' USING ERRCODE = 'check_violation';
    END IF;
    NEW.closed_at := now();
    NEW.answered_by := CASE WHEN NEW.state = 'answered' THEN kernel.session_seat() END;
    RETURN NEW;
END $$
"""

GUARD_WORDS = f"""
CREATE FUNCTION referrals.guard_words() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF kernel.session_seat() IS NOT NULL THEN
        RAISE EXCEPTION 'an answer is written with the step that gives it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""

# Only tidies: an answer that comes too late is refused anyway.
LAPSE = f"""
CREATE FUNCTION referrals.lapse_requests(at_most int)
RETURNS TABLE (which uuid, in_cell int, about uuid) LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    RETURN QUERY UPDATE public.referrals_request r SET state = 'lapsed', version = r.version + 1
     WHERE r.id IN (SELECT x.id FROM public.referrals_request x
                     WHERE x.state = 'open' AND x.lapses_at <= now()
                     ORDER BY x.lapses_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    RETURNING r.id, r.cell_id, r.case_id;
END $$
"""

FUNCTIONS = {
    "shared_with(uuid, int)": (SHARED_WITH, ("rempart_runtime",)),
    "scope_new_request()": (NEW_REQUEST, ()),
    "guard_request()": (GUARD_REQUEST, ()),
    "guard_words()": (GUARD_WORDS, ()),
    "lapse_requests(int)": (LAPSE, ("rempart_worker",)),
}
TRIGGERS = (
    "GRANT SELECT, INSERT, UPDATE ON referrals_request TO rempart_maintenance;"
    "CREATE TRIGGER a_scope BEFORE INSERT ON referrals_request"
    " FOR EACH ROW EXECUTE FUNCTION referrals.scope_new_request();"
    # Whoever seals it anew under another key changes no word of it; pages only move it on.
    "CREATE TRIGGER a_guard BEFORE UPDATE OF state, granted_scope, refusals, share_id, version"
    " ON referrals_request FOR EACH ROW EXECUTE FUNCTION referrals.guard_request();"
    "CREATE TRIGGER a_words BEFORE UPDATE OF answers ON referrals_request FOR EACH ROW"
    " WHEN (NEW.state = OLD.state) EXECUTE FUNCTION referrals.guard_words();"
    "CREATE TRIGGER z_frozen BEFORE INSERT ON referrals_request"
    " FOR EACH ROW EXECUTE FUNCTION referrals.refuse_frozen('case_id');"
    "CREATE TRIGGER z_frozen_answer BEFORE UPDATE OF state ON referrals_request"
    " FOR EACH ROW WHEN (NEW.state = 'answered')"
    " EXECUTE FUNCTION referrals.refuse_frozen('case_id');"
)
