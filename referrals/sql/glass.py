"""Breaking the glass: whose right it is, what it opens, for how long, and who looks at it after.

It never leaves the cell, never opens what belongs to the prosecutor or what the prosecutor has
closed, keeps the gates of secrecy and of the victim's side, and asks for a fresh factor. It is
asked for in one transaction and opened in a later one: what was not committed with its reason, its
entry in the log and its letters has opened nothing. And what is asked is on record before it is
answered, so that nobody tries references or parts without end.
"""

from __future__ import annotations

from kernel.bounds import IN_TURN
from referrals.compartments import (
    NOT_FOR_VICTIM_SUPPORT,
    OPEN_IN_EMERGENCY,
    SECRET,
    Compartment,
)
from referrals.models.glass import Emergency
from referrals.sql.leaving import DEFINER, hold
from referrals.sql.seeing import WATCHES
from referrals.states import LIVING

HOURS = 3
A_DAY = 5
IN_VAIN_A_DAY = 10
LEAST = 20
_LIVING = ", ".join(f"'{state.value}'" for state in sorted(LIVING))
_ROLES = "'agency_partner', 'agency_lead', 'prosecutor', 'prosecutor_delegate'"
_KINDS = "'school', 'prefecture'"
_PARTS = ", ".join(
    f"({place}, '{part.code}', {part.mask})" for place, part in enumerate(Compartment)
)
_EMERGENCIES = ", ".join(f"'{code}'" for code in Emergency.values)
# What a sealed text weighs beside its letters: version, nonce and tag.
_SEAL = 29

_WHO_MAY = f"""SELECT k.* INTO me FROM public.kernel_seat k
     WHERE k.id = kernel.session_seat() AND k.roles && ARRAY[{_ROLES}]::text[]
       AND k.charter_signed AND k.agency_kind NOT IN ({_KINDS});
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this seat breaks no glass' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT kernel.session_fresh() THEN
        RAISE EXCEPTION 'a fresh factor comes first' USING ERRCODE = 'insufficient_privilege';
    END IF;"""

# Counted whatever comes of it: what has opened nothing, and what was never answered.
ASK = f"""
CREATE FUNCTION referrals.ask_glass(number uuid, wanted text, parts int) RETURNS text
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE me record;
BEGIN
    {_WHO_MAY}
    PERFORM pg_advisory_xact_lock({IN_TURN}, hashtext(me.account_id::text));
    IF (SELECT count(*) FROM public.referrals_glass_ask a WHERE a.account_id = me.account_id
          AND a.asked_at > now() - interval '24 hours'
          AND NOT EXISTS (SELECT FROM public.referrals_glass g WHERE g.id = a.id))
       >= {IN_VAIN_A_DAY} THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO public.referrals_glass_ask
           (id, cell_id, account_id, seat_id, by_name, by_agency, reference, scope, asked_at,
            asked_in)
    VALUES (number, me.cell_id, me.account_id, me.id, me.display_name, me.agency_name, wanted,
            parts, clock_timestamp(), pg_current_xact_id()::text::bigint);
    RETURN 'asked';
END $$
"""

BREAK = f"""
CREATE OR REPLACE FUNCTION referrals.break_glass(number uuid, wanted text, parts int) RETURNS text
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE me record; c record; mine int; held int := 0; steering int[];
        moment timestamptz := clock_timestamp();
        monday timestamp := date_trunc('week', now() AT TIME ZONE 'Europe/Paris')
                            + interval '7 days 8 hours';
BEGIN
    {_WHO_MAY}
    -- Committed by another transaction: an answer that is rolled back has been counted.
    IF NOT EXISTS (SELECT FROM public.referrals_glass_ask a
         WHERE a.id = number AND a.seat_id = me.id AND a.reference = wanted AND a.scope = parts
           AND a.asked_in <> pg_current_xact_id()::text::bigint
           AND a.asked_at > now() - interval '5 minutes') THEN
        RAISE EXCEPTION 'what is not on record is not answered'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF parts = 0 OR parts & ~{OPEN_IN_EMERGENCY} <> 0
       OR (parts & {SECRET} <> 0 AND NOT me.bound_by_secrecy)
       OR (parts & {NOT_FOR_VICTIM_SUPPORT} <> 0 AND me.agency_kind = 'victim_support') THEN
        RAISE EXCEPTION 'this part opens to nobody in an emergency'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- One after the other: what is counted below is not counted twice.
    PERFORM pg_advisory_xact_lock(7310044, hashtext(me.account_id::text));
    IF (SELECT count(*) FROM public.referrals_glass g WHERE g.account_id = me.account_id
          AND g.opened_at > now() - interval '24 hours') >= {A_DAY} THEN
        RETURN 'too_many';
    END IF;
    SELECT x.* INTO c FROM public.referrals_case x
     WHERE x.cell_id = me.cell_id AND x.reference = wanted AND x.state IN ({_LIVING})
       FOR UPDATE;
    IF FOUND THEN
        SELECT coalesce(bit_or(g.scope), 0) INTO held FROM public.referrals_grant g
         WHERE g.case_id = c.id AND g.unit_id = ANY (me.units)
           AND g.valid_from <= now() AND now() < g.valid_until;
        -- What is open already is answered first: it says nothing of what is closed. What the
        -- agency holds is not opened again, or a share without later items would gain them.
        IF parts & ~held = 0 THEN
            RETURN 'open_already';
        END IF;
    END IF;
    -- A reference that nobody has, a case that is over and a part that the prosecutor has closed
    -- get the same answer: it says nothing of the case.
    IF c.id IS NULL OR c.closed_scope & parts & ~held <> 0 THEN
        RETURN 'not_here';
    END IF;
    SELECT u.id INTO STRICT mine FROM public.kernel_unit u
     WHERE u.kind = 'seat' AND u.id = ANY (me.units);
    SELECT coalesce(array_agg(DISTINCT g.unit_id), '{{}}') INTO steering
      FROM public.referrals_grant g WHERE g.case_id = c.id AND g.level = 5
       AND g.valid_from <= now() AND now() < g.valid_until;
    INSERT INTO public.referrals_glass (id, cell_id, case_id, seat_id, account_id, unit_id,
           stands_for, by_name, by_agency, scope, told, opened_at, ends_at, conclusion,
           concluded_name)
    VALUES (number, c.cell_id, c.id, me.id, me.account_id, mine, me.units, me.display_name,
            me.agency_name, parts & ~held, steering, moment,
            moment + interval '{HOURS} hours', '', '');
    -- Everybody who answers for it is told now; those who watch have it on their list on Monday.
    INSERT INTO public.kernel_outbox (cell_id, event_id, recipient, channel, kind, subject_id,
           created_at, due_at, attempts, last_error)
    SELECT c.cell_id, o.event_id, s.account_id, h.channel, o.kind, o.about, now(), o.due_at, 0, ''
      FROM (SELECT k.account_id, bool_or(k.roles && ARRAY['auditor', 'dpo']::text[]) AS watches
              FROM public.kernel_seat k
              JOIN public.agencies_membership m ON m.id = k.id AND m.kind <> 'system'
             WHERE k.cell_id = c.cell_id AND k.account_id <> me.account_id
               AND (k.roles && ARRAY['auditor', 'dpo']::text[] OR k.units && steering)
               AND now() >= k.valid_from AND now() < k.valid_until
             GROUP BY k.account_id) s,
           (VALUES ('inbox'), ('email')) AS h (channel),
           (VALUES ('glass.broken', gen_random_uuid(), number, now(), false),
                   ('glass.to_review', md5('glass.to_review:' || c.cell_id || ':' || monday)::uuid,
                    NULL, monday AT TIME ZONE 'Europe/Paris', true))
               AS o (kind, event_id, about, due_at, only_watch)
     WHERE s.watches OR NOT o.only_watch
        ON CONFLICT DO NOTHING;
    RETURN c.id::text;
END $$
"""

# In a later transaction than the one that asked: that moment is past only for those.
OPEN = f"""
CREATE FUNCTION referrals.open_glass(number uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE b record; c record;
BEGIN
    SELECT g.* INTO b FROM public.referrals_glass g
     WHERE g.id = number AND g.seat_id = kernel.session_seat()
       AND g.cell_id = kernel.session_cell();
    IF b.id IS NULL OR b.opened_at >= now() OR b.reason IS NULL THEN
        RAISE EXCEPTION 'what is not on record opens nothing'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT x.* INTO c FROM public.referrals_case x WHERE x.id = b.case_id FOR UPDATE;
    -- Closed meanwhile, ended or opened before: it does not open again.
    IF c.state NOT IN ({_LIVING}) OR b.scope & ~c.closed_scope = 0
       OR NOT EXISTS (SELECT FROM public.referrals_glass g
                       WHERE g.id = number AND now() < g.ends_at)
       OR EXISTS (SELECT FROM public.referrals_grant g WHERE g.id = number) THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.referrals_grant
           (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until, items_until)
    VALUES (number, b.cell_id, b.case_id, b.unit_id, b.scope & ~c.closed_scope, 2, now(),
            b.ends_at, timestamptz '9999-12-31 00:00:00+00');
    INSERT INTO public.referrals_milestone
           (id, cell_id, case_id, bit, kind, detail, by_name, by_agency, created_at)
    VALUES (gen_random_uuid(), b.cell_id, b.case_id, 10, 'glass.broken', '', '', '', now());
    PERFORM referrals.sync_case(b.case_id);
    RETURN b.case_id;
END $$
"""

# Sealed under the case's key, which opens no row to whoever asks.
SAY_WHY = f"""
CREATE FUNCTION referrals.say_why(number uuid, code text, sealed bytea) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    UPDATE public.referrals_glass g SET emergency = code, reason = sealed
     WHERE g.id = number AND g.reason IS NULL AND g.seat_id = kernel.session_seat()
       AND octet_length(sealed) >= {LEAST + _SEAL} AND code IN ({_EMERGENCIES});
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a reason is said once, by whom it concerns'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$
"""

# What the record says of it is what the row says: which case, what presses, and the parts that were
# opened. It is said at that moment: an entry of another transaction says it of nothing. Whoever
# looks a case up in the journal finds who broke its glass.
HAS_REASON = f"""
CREATE OR REPLACE FUNCTION referrals.has_reason() RETURNS trigger
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE b record;
BEGIN
    SELECT g.* INTO b FROM public.referrals_glass g WHERE g.id = NEW.id;
    IF FOUND AND b.reason IS NULL THEN
        RAISE EXCEPTION 'no glass is broken without a reason' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT bool_and((e.xid = pg_current_xact_id() AND e.case_id = b.case_id
               AND convert_from(e.payload, 'UTF8')::jsonb -> 'facts' = jsonb_build_object(
                   'before', NULL, 'after', 'open', 'emergency', b.emergency, 'compartments',
                   (SELECT jsonb_agg(p.code ORDER BY p.place) FROM (VALUES {_PARTS})
                        AS p (place, code, mask) WHERE b.scope & p.mask <> 0))) IS TRUE)
          FROM public.audit_entry e
         WHERE e.cell_id = NEW.cell_id AND e.actor = NEW.account_id
           AND e.kind = 'glass.broken' AND e.outcome = 'done'
           AND e.subject_id = NEW.id) IS NOT TRUE THEN
        RAISE EXCEPTION 'no glass is broken without an entry that says the same'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

CLOSE = f"""
CREATE FUNCTION referrals.close_glass(number uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE about uuid;
BEGIN
    SELECT g.case_id INTO about FROM public.referrals_glass g
     WHERE g.id = number AND g.seat_id = kernel.session_seat();
    IF about IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM public.referrals_case c WHERE c.id = about FOR UPDATE;
    UPDATE public.referrals_glass g SET ends_at = greatest(now(), g.opened_at)
     WHERE g.id = number AND g.ends_at > now();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM public.referrals_grant g WHERE g.id = number;
    PERFORM referrals.sync_case(about);
    RETURN about;
END $$
"""

CONCLUDE = f"""
CREATE FUNCTION referrals.conclude_glass(number uuid, said text) RETURNS uuid
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE about uuid;
BEGIN
    IF NOT {WATCHES} THEN
        RAISE EXCEPTION 'this seat concludes nothing' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.referrals_glass g SET conclusion = said, concluded_at = now(),
           concluded_by = kernel.session_seat(),
           concluded_name = (SELECT k.display_name FROM public.kernel_seat k
                              WHERE k.id = kernel.session_seat())
     WHERE g.id = number AND g.cell_id = kernel.session_cell() AND g.conclusion = ''
       AND g.account_id <> kernel.session_account()
       AND said IN ('justified', 'follow_up', 'unjustified')
    RETURNING g.case_id INTO about;
    RETURN about;
END $$
"""

# Those who look at it after read the reason and nothing else of the case: no row of it is theirs.
REASON_KEY = f"""
CREATE FUNCTION referrals.reason_key(number uuid)
RETURNS TABLE (case_id uuid, period_key_id uuid, wrapped bytea, key_number smallint)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN QUERY SELECT k.case_id, k.period_key_id, k.wrapped, k.number
      FROM public.referrals_glass g JOIN public.referrals_case_key k ON k.case_id = g.case_id
     WHERE g.id = reason_key.number AND g.cell_id = kernel.session_cell()
       AND (g.seat_id = kernel.session_seat() OR g.told && kernel.session_units() OR {WATCHES});
END $$
"""

# What the prosecutor closes is closed at once for whoever has broken the glass, and so is a case
# that comes to its end. What has nothing left open is over.
FOLLOW_CASE = f"""
CREATE FUNCTION referrals.glass_follows() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.referrals_glass g SET ends_at = greatest(now(), g.opened_at)
     WHERE g.case_id = NEW.id AND g.ends_at > now()
       AND (NEW.state NOT IN ({_LIVING})
            OR g.scope & ~NEW.closed_scope = 0
            OR EXISTS (SELECT FROM public.referrals_grant r
                        WHERE r.id = g.id AND r.scope & ~NEW.closed_scope = 0));
    DELETE FROM public.referrals_grant r USING public.referrals_glass g
     WHERE g.case_id = NEW.id AND r.id = g.id AND g.ends_at <= now();
    UPDATE public.referrals_grant r SET scope = r.scope & ~NEW.closed_scope
      FROM public.referrals_glass g
     WHERE g.case_id = NEW.id AND r.id = g.id AND r.scope & NEW.closed_scope <> 0;
    PERFORM referrals.sync_case(NEW.id);
    RETURN NULL;
END $$
"""

# Who is not bound by secrecy any more keeps of an emergency access what needs no such bond.
SECRET_FOLLOWS = f"""
CREATE FUNCTION referrals.secret_follows() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT g.id, g.case_id FROM public.referrals_glass g
         WHERE g.seat_id = NEW.id AND g.ends_at > now() AND g.scope & {SECRET} <> 0
         ORDER BY g.case_id LOOP
        PERFORM 1 FROM public.referrals_case c WHERE c.id = one.case_id FOR UPDATE;
        UPDATE public.referrals_grant r SET scope = r.scope & ~{SECRET} WHERE r.id = one.id;
        UPDATE public.referrals_glass g SET ends_at = greatest(now(), g.opened_at)
         WHERE g.id = one.id AND g.scope & ~{SECRET} = 0;
        DELETE FROM public.referrals_grant r WHERE r.id = one.id AND r.scope = 0;
        PERFORM referrals.sync_case(one.case_id);
    END LOOP;
    RETURN NULL;
END $$
"""
BOND_ENDS = (
    "CREATE TRIGGER secret_follows AFTER UPDATE OF bound_by_secrecy ON kernel_seat FOR EACH ROW"
    " WHEN (OLD.bound_by_secrecy AND NOT NEW.bound_by_secrecy)"
    " EXECUTE FUNCTION referrals.secret_follows();"
)

_OVER = """SELECT r.id, r.case_id FROM public.referrals_grant r
          JOIN public.referrals_glass g ON g.id = r.id
         WHERE r.valid_until <= now() ORDER BY r.case_id LIMIT at_most"""

# Only tidies: the grant already opens nothing.
TIDY = f"""
CREATE OR REPLACE FUNCTION referrals.tidy_glass(at_most int) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE one record; done int := 0;
BEGIN
    {hold(f"SELECT o.case_id FROM ({_OVER}) o")}
    FOR one IN {_OVER} LOOP
        PERFORM 1 FROM public.referrals_case c WHERE c.id = one.case_id FOR UPDATE;
        DELETE FROM public.referrals_grant r WHERE r.id = one.id;
        PERFORM referrals.sync_case(one.case_id);
        done := done + 1;
    END LOOP;
    DELETE FROM public.referrals_glass_ask a WHERE a.asked_at < now() - interval '31 days';
    RETURN done;
END $$
"""

_ASKED = ("rempart_runtime",)
FUNCTIONS = {
    "break_glass(uuid, text, int)": (BREAK, _ASKED),
    "say_why(uuid, text, bytea)": (SAY_WHY, _ASKED),
    "open_glass(uuid)": (OPEN, _ASKED),
    "has_reason()": (HAS_REASON, ()),
    "close_glass(uuid)": (CLOSE, _ASKED),
    "conclude_glass(uuid, text)": (CONCLUDE, _ASKED),
    "reason_key(uuid)": (REASON_KEY, _ASKED),
    "glass_follows()": (FOLLOW_CASE, ()),
    "tidy_glass(int)": (TIDY, ("rempart_worker",)),
}
TRIGGERS = (
    "CREATE CONSTRAINT TRIGGER z_reason AFTER INSERT ON referrals_glass"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION referrals.has_reason();"
    "CREATE TRIGGER d_glass AFTER UPDATE OF closed_scope, state ON referrals_case FOR EACH ROW"
    " WHEN (OLD.closed_scope IS DISTINCT FROM NEW.closed_scope"
    f" OR OLD.state IS DISTINCT FROM NEW.state AND NEW.state NOT IN ({_LIVING}))"
    " EXECUTE FUNCTION referrals.glass_follows();"
)
DROPPED = "DROP TRIGGER z_reason ON referrals_glass; DROP TRIGGER d_glass ON referrals_case;"
