"""Tokens of agency systems: a technical seat, the digest of a secret, and what it may call."""

from __future__ import annotations

from agencies.sql.leaving import DEFINER

# Whoever leads the agency alone decides what its systems may read. Nobody does so for a
# prosecutor's office or a school: what they hold is for people.
MAY_MAKE_TOKENS = """(kernel.session_has('agency_lead')
        AND kernel.session_agency() = {agency}
        AND NOT EXISTS (SELECT FROM public.agencies_agency g
                         WHERE g.id = {agency} AND g.kind IN ('prosecutor', 'school'))) IS TRUE"""

MAY_REVOKE_TOKENS = """(kernel.session_has('cell_admin')
        OR (kernel.session_has('agency_lead') AND kernel.session_agency() = {agency})) IS TRUE"""

MAKE_TOKEN = f"""
CREATE FUNCTION agencies.make_token(
    number uuid, accession uuid, called text, shown text, digest bytea, may text[],
    networks text[], ends timestamptz
) RETURNS uuid LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE signed record; account uuid := gen_random_uuid(); seat uuid := gen_random_uuid(); unit int;
BEGIN
    SELECT a.* INTO signed FROM public.agencies_accession a WHERE a.id = accession;
    IF signed.id IS NULL OR signed.cell_id IS DISTINCT FROM kernel.session_cell()
       OR signed.valid_until <= clock_timestamp() OR NOT kernel.session_fresh()
       OR NOT {MAY_MAKE_TOKENS.format(agency="signed.agency_id")} THEN
        RAISE EXCEPTION 'this seat gives no token here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ends <= now() OR ends > now() + interval '366 days' THEN
        RAISE EXCEPTION 'a token ends within a year' USING ERRCODE = 'check_violation';
    END IF;
    ends := least(ends, (SELECT m.valid_until FROM public.agencies_membership m
                          WHERE m.id = kernel.session_seat()));
    -- Nobody signs in with this account: its address leads nowhere and no password matches.
    INSERT INTO public.agencies_account (id, email, display_name, password, is_active, created_at)
    VALUES (account, 'systeme-' || number || '@invalid', called, '!', true, now());
    INSERT INTO public.kernel_unit (cell_id, kind, ref) VALUES (signed.cell_id, 'seat', seat)
    RETURNING id INTO unit;
    INSERT INTO public.agencies_membership (id, cell_id, account_id, accession_id, agency_id,
           roles, bound_by_secrecy, display_name, job_title, unit_id, valid_from, valid_until,
           kind, end_reason)
    VALUES (seat, signed.cell_id, account, signed.id, signed.agency_id, ARRAY['agency_partner'],
            false, called, '', unit, now(), ends, 'system', '');
    INSERT INTO public.agencies_token (id, cell_id, agency_id, seat_id, called, shown,
           secret_digest, may, networks, created_by, created_at, expires_at, window_calls)
    VALUES (number, signed.cell_id, signed.agency_id, seat, called, shown, digest, may, networks,
            kernel.session_seat(), now(), ends, 0);
    RETURN seat;
END $$
"""

REVOKE_TOKEN = f"""
CREATE FUNCTION agencies.revoke_token(number uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE t record;
BEGIN
    SELECT * INTO t FROM public.agencies_token WHERE id = number FOR UPDATE;
    IF t.id IS NULL OR t.cell_id IS DISTINCT FROM kernel.session_cell()
       OR NOT {MAY_REVOKE_TOKENS.format(agency="t.agency_id")} THEN
        RAISE EXCEPTION 'this seat ends no token here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.agencies_token SET revoked_at = clock_timestamp()
     WHERE id = number AND revoked_at IS NULL;
    PERFORM agencies.end_places(ARRAY[t.seat_id], '');
END $$
"""

# The charter is for people. Fires after whatever else says who has signed it.
NO_CHARTER = f"""
CREATE FUNCTION agencies.system_signs_no_charter() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF EXISTS (SELECT FROM public.agencies_membership m WHERE m.id = NEW.id AND m.kind = 'system')
    THEN
        NEW.charter_signed := true;
    END IF;
    RETURN NEW;
END $$
"""

# A token goes on for as long as whoever made it is there, and no longer.
TOKENS_FOLLOW = f"""
CREATE FUNCTION agencies.tokens_follow() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE makers uuid[] := ARRAY[NEW.id]; ends timestamptz := clock_timestamp();
BEGIN
    IF TG_TABLE_NAME = 'agencies_account' THEN
        SELECT coalesce(array_agg(m.id), '{{}}') INTO makers
          FROM public.agencies_membership m WHERE m.account_id = NEW.id;
    ELSE
        ends := greatest(NEW.valid_until, ends);
    END IF;
    UPDATE public.agencies_membership s SET valid_until = greatest(ends, s.valid_from)
      FROM public.agencies_token t
     WHERE t.created_by = ANY (makers) AND s.id = t.seat_id AND s.valid_until > ends;
    UPDATE public.agencies_token t
       SET revoked_at = CASE WHEN ends <= clock_timestamp() THEN ends END,
           expires_at = least(t.expires_at, ends)
     WHERE t.created_by = ANY (makers) AND t.revoked_at IS NULL AND t.expires_at > ends;
    RETURN NULL;
END $$
"""

TRIGGERS = """
CREATE TRIGGER tokens_follow AFTER UPDATE OF valid_until ON agencies_membership FOR EACH ROW
    WHEN (NEW.valid_until < OLD.valid_until AND NEW.kind <> 'system')
    EXECUTE FUNCTION agencies.tokens_follow();
CREATE TRIGGER tokens_follow AFTER UPDATE OF is_active ON agencies_account FOR EACH ROW
    WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION agencies.tokens_follow();
CREATE TRIGGER system_signs_no_charter BEFORE INSERT OR UPDATE ON kernel_seat
    FOR EACH ROW EXECUTE FUNCTION agencies.system_signs_no_charter();
"""
