"""What is said of a case stays true: its reference, that its school was told, and its timeline.

Pages write these in the step that makes them true. Whoever writes past the pages, with a session of
somebody who reads the case, changes none of it.
"""

from __future__ import annotations

from kernel.rls.operations import CELL, has_role
from referrals.compartments import STORY, Compartment
from referrals.models.access import Level
from referrals.sql.leaving import DEFINER

_CELL = Compartment.CELL.bit
_LAST = max(part.bit for part in Compartment)

# Lines of those who read or complete a case, in the part that they are about. The rest is for who
# conducts it; what becomes of shares and emergency accesses is written by the functions that do it.
TIMELINE = f"""{CELL} AND referrals.level_now(case_id) >= CASE
    WHEN kind ~ '^(share|glass)[.]' THEN 9
    WHEN kind = 'request.made' AND bit = {_CELL} THEN {Level.STUB.value}
    WHEN kind = 'measure.done' AND bit = {_CELL} THEN {Level.READ.value}
    WHEN kind = 'decision.recorded' AND bit = {_CELL} THEN {Level.CONTRIBUTE.value}
    WHEN kind IN ('document.added', 'document.destroyed')
         AND bit BETWEEN 0 AND {_LAST} THEN {Level.CONTRIBUTE.value}
    WHEN kind = 'referral.submitted' AND bit = {STORY}
         AND {has_role("school_pilot")} THEN {Level.CONTRIBUTE.value}
    ELSE {Level.STEER.value} END"""

# A school is told by what it is sent, in the transaction that says so.
GUARD_HEADER = f"""
CREATE FUNCTION referrals.guard_header() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF kernel.session_seat() IS NULL THEN
        RETURN NEW;
    END IF;
    IF (NEW.reference, NEW.submitted_at, NEW.danger)
       IS DISTINCT FROM (OLD.reference, OLD.submitted_at, OLD.danger) THEN
        RAISE EXCEPTION 'what was sent stays as it was sent'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.feedback_at IS DISTINCT FROM OLD.feedback_at AND NOT EXISTS (
        SELECT FROM public.referrals_feedback f
         WHERE f.case_id = NEW.id AND f.created_at >= now()) THEN
        RAISE EXCEPTION 'nobody was told' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""

# What was to be done is done, and when is the database's to say; nothing else becomes of it here.
GUARD_MEASURE = f"""
CREATE FUNCTION referrals.guard_measure() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF kernel.session_seat() IS NULL THEN
        RETURN NEW;
    END IF;
    IF (OLD.state, NEW.state) <> ('planned', 'done') THEN
        RAISE EXCEPTION 'a measure does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.done_at := now();
    RETURN NEW;
END $$
"""
MEASURES = (
    "CREATE TRIGGER z_measure BEFORE UPDATE OF state, done_at ON referrals_measure FOR EACH ROW"
    " WHEN ((OLD.state, OLD.done_at) IS DISTINCT FROM (NEW.state, NEW.done_at))"
    " EXECUTE FUNCTION referrals.guard_measure();"
)

FUNCTIONS = {"guard_header()": (GUARD_HEADER, ())}
TRIGGERS = (
    "CREATE TRIGGER z_header BEFORE UPDATE OF reference, submitted_at, danger, feedback_at"
    " ON referrals_case FOR EACH ROW WHEN (OLD.state <> 'draft')"
    " EXECUTE FUNCTION referrals.guard_header();"
    # What somebody types in the place of a reference is kept by nobody.
    "ALTER TABLE referrals_glass_ask ADD CONSTRAINT referrals_glass_ask_names_a_case"
    " CHECK (reference ~ '^[0-9][0-9AB]{1,2}-[0-9]{4}-[0-9]{5,7}$') NOT VALID;"
)
DROPPED = (
    "DROP TRIGGER z_header ON referrals_case;"
    "ALTER TABLE referrals_glass_ask DROP CONSTRAINT referrals_glass_ask_names_a_case;"
)
