"""The rules of inviting and of changing roles, as PostgreSQL keeps them."""

from agencies.sql.second_person import DEFINER, WAITS

LETTERS_EACH = 5
LETTERS_IN_ALL = 50

INVITATION_RULES = f"""
CREATE FUNCTION agencies.invitation_rules() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE
    me uuid := kernel.session_account();
    allowed boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        allowed := NEW.invited_by = me AND kernel.session_fresh()
            AND agencies.may_offer(NEW.agency_id, NEW.roles)
            AND NOT agencies.is_at(NEW.address, ARRAY[me])
            AND NEW.state = CASE WHEN agencies.wants_second(NEW.agency_id, NEW.roles,
                                                            NEW.bound_by_secrecy)
                                 THEN 'waiting' ELSE 'sent' END
            AND num_nonnulls(NEW.confirmed_by, NEW.claimed_at, NEW.account_id,
                             NEW.membership_id, NEW.ended_at) = 0;
        NEW.created_at := now();
    ELSIF (NEW.id, NEW.cell_id, NEW.accession_id, NEW.agency_id, NEW.roles, NEW.bound_by_secrecy,
           NEW.address, NEW.display_name, NEW.invited_by, NEW.valid_from, NEW.valid_until)
       IS DISTINCT FROM
          (OLD.id, OLD.cell_id, OLD.accession_id, OLD.agency_id, OLD.roles, OLD.bound_by_secrecy,
           OLD.address, OLD.display_name, OLD.invited_by, OLD.valid_from, OLD.valid_until)
       OR OLD.state NOT IN ('waiting', 'sent') THEN
        allowed := false;
    ELSIF NEW.state = 'lapsed' THEN
        allowed := OLD.state = 'waiting' AND now() >= OLD.created_at + {WAITS}
            AND NEW.confirmed_by IS NULL;
    ELSIF me IS NULL THEN
        -- The link was used: what may come of it is said by the functions of the sign-in role.
        allowed := OLD.state = 'sent' AND NEW.state IN ('sent', 'joined', 'refused')
            AND NEW.token_hash IS NULL AND NEW.confirmed_by IS NOT DISTINCT FROM OLD.confirmed_by;
    ELSIF NEW.state = 'withdrawn' THEN
        allowed := agencies.may_offer(OLD.agency_id, OLD.roles);
    ELSIF OLD.state = 'waiting' AND NEW.state IN ('sent', 'refused') THEN
        allowed := NEW.confirmed_by = me AND kernel.session_fresh()
            AND now() < OLD.created_at + {WAITS}
            AND (NEW.state = 'refused' OR agencies.still_offers(
                     OLD.cell_id, OLD.invited_by, OLD.agency_id, OLD.roles))
            AND agencies.may_confirm(OLD.agency_id, OLD.roles, ARRAY[OLD.invited_by])
            AND NOT agencies.is_at(OLD.address, ARRAY[me, OLD.invited_by]);
    ELSIF OLD.state = 'sent' AND NEW.state = 'sent' THEN
        allowed := NEW.sending = OLD.sending + 1 AND kernel.session_fresh()
            AND agencies.may_offer(OLD.agency_id, OLD.roles)
            AND NEW.confirmed_by IS NOT DISTINCT FROM OLD.confirmed_by;
    END IF;
    IF NOT coalesce(allowed, false) OR NEW.expires_at > now() + interval '30 days' THEN
        RAISE EXCEPTION 'this is not for one person to decide'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state IN ('refused', 'withdrawn', 'lapsed') THEN
        NEW.address := ''; NEW.display_name := ''; NEW.job_title := '';
        NEW.token_hash := NULL;
        NEW.ended_at := CASE NEW.state WHEN 'lapsed' THEN OLD.created_at + {WAITS} ELSE now() END;
    END IF;
    RETURN NEW;
END $$
"""

# Letters are counted one after the other for each person who invites, whoever makes them leave, so
# that no two transactions both find room for the last one.
COUNT_LETTERS = f"""
CREATE FUNCTION agencies.letters_counted() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE
    since timestamptz;
    leaves boolean := NEW.state = 'sent';
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.letters := ARRAY[]::timestamptz[];
    ELSE
        NEW.letters := OLD.letters;
        leaves := leaves AND (OLD.state = 'waiting' OR NEW.sending <> OLD.sending);
    END IF;
    IF NOT leaves THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('letters of ' || NEW.invited_by, 0));
    since := clock_timestamp() - interval '1 day';
    NEW.letters := ARRAY(SELECT at FROM unnest(NEW.letters) AS at WHERE at > since);
    IF cardinality(NEW.letters) >= {LETTERS_EACH} THEN
        RAISE EXCEPTION 'this invitation was sent often enough today' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'agencies_letters_of_one_invitation';
    END IF;
    IF (SELECT count(*) FROM public.agencies_invitation i, unnest(i.letters) AS at
         WHERE i.invited_by = NEW.invited_by AND at > since) >= {LETTERS_IN_ALL} THEN
        RAISE EXCEPTION 'this person has invited often enough today' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'agencies_letters_of_one_inviter';
    END IF;
    NEW.letters := NEW.letters || clock_timestamp();
    RETURN NEW;
END $$
"""

CHANGE_RULES = f"""
CREATE FUNCTION agencies.role_change_rules() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE
    me uuid := kernel.session_account();
    given text[] := ARRAY(SELECT unnest(NEW.roles) EXCEPT SELECT unnest(NEW.previous_roles));
    secrecy boolean;
    longer boolean;
    allowed boolean := false;
BEGIN
    -- Locked, so that two changes of one place are measured one after the other.
    SELECT NEW.bound_by_secrecy AND NOT m.bound_by_secrecy, NEW.valid_until > m.valid_until
      INTO secrecy, longer
      FROM public.agencies_membership m WHERE m.id = NEW.membership_id FOR UPDATE;
    -- More secrets or more time is all of the place given again, not only what is added to it.
    IF secrecy OR longer THEN
        given := NEW.roles;
    END IF;
    IF TG_OP = 'INSERT' THEN
        allowed := NEW.proposed_by = me AND NEW.account_id <> me AND kernel.session_fresh()
            AND agencies.may_offer(NEW.agency_id, NEW.roles)
            AND agencies.may_offer(NEW.agency_id, NEW.previous_roles)
            AND NEW.confirmed_by IS NULL
            AND NEW.state = CASE WHEN agencies.wants_second(NEW.agency_id, given, secrecy)
                                 THEN 'waiting' ELSE 'applied' END
            AND EXISTS (SELECT FROM public.agencies_membership m
                         WHERE (m.id, m.cell_id, m.agency_id, m.account_id, m.roles)
                             = (NEW.membership_id, NEW.cell_id, NEW.agency_id, NEW.account_id,
                                NEW.previous_roles) AND m.kind = 'person');
        NEW.created_at := now();
    ELSIF OLD.state = 'waiting'
       AND (NEW.id, NEW.cell_id, NEW.membership_id, NEW.agency_id, NEW.account_id,
            NEW.previous_roles, NEW.roles, NEW.bound_by_secrecy, NEW.valid_until, NEW.proposed_by)
       IS NOT DISTINCT FROM
           (OLD.id, OLD.cell_id, OLD.membership_id, OLD.agency_id, OLD.account_id,
            OLD.previous_roles, OLD.roles, OLD.bound_by_secrecy, OLD.valid_until, OLD.proposed_by)
    THEN
        allowed := CASE
            WHEN NEW.state = 'lapsed' THEN
                now() >= OLD.created_at + {WAITS} AND NEW.confirmed_by IS NULL
            WHEN NEW.state = 'withdrawn' THEN agencies.may_offer(OLD.agency_id, OLD.roles)
            WHEN NEW.state IN ('applied', 'refused') THEN
                NEW.confirmed_by = me AND kernel.session_fresh()
                AND now() < OLD.created_at + {WAITS}
                AND (NEW.state = 'refused' OR agencies.still_offers(
                         OLD.cell_id, OLD.proposed_by, OLD.agency_id, OLD.roles)
                     AND agencies.still_offers(
                         OLD.cell_id, OLD.proposed_by, OLD.agency_id, OLD.previous_roles))
                AND agencies.may_confirm(OLD.agency_id, given,
                                         ARRAY[OLD.proposed_by, OLD.account_id])
            ELSE false END;
    END IF;
    IF NOT coalesce(allowed, false) THEN
        RAISE EXCEPTION 'this is not for one person to decide'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> 'waiting' THEN
        NEW.ended_at := CASE NEW.state WHEN 'lapsed' THEN OLD.created_at + {WAITS} ELSE now() END;
    END IF;
    RETURN NEW;
END $$
"""

APPLY_CHANGE = f"""
CREATE FUNCTION agencies.apply_role_change() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.agencies_membership m
       SET roles = NEW.roles, bound_by_secrecy = NEW.bound_by_secrecy,
           valid_until = NEW.valid_until
     WHERE m.id = NEW.membership_id AND m.roles = NEW.previous_roles AND m.valid_until > now()
       AND m.kind = 'person';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the membership has changed or ended meanwhile'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""

# Asked again at every use of the link: whoever invited still may, alone if it was alone; the say of
# whoever confirmed still counts; the agency still takes part; the offer itself is not over.
# Whoever confirmed for an agency that had nobody yet has done so also when it has somebody since.
STILL_STANDS = f"""
CREATE FUNCTION agencies.still_stands(wanted uuid) RETURNS boolean LANGUAGE sql STABLE {DEFINER}
AS $$
    SELECT EXISTS (
        SELECT FROM public.agencies_invitation i
          JOIN public.agencies_accession a ON a.id = i.accession_id
          JOIN public.agencies_agency g ON g.id = i.agency_id
         WHERE i.id = wanted AND i.state = 'sent' AND i.valid_until > now()
           AND now() >= a.valid_from AND now() < a.valid_until
           AND EXISTS (SELECT FROM public.kernel_seat s
                        WHERE s.cell_id = i.cell_id AND s.account_id = i.invited_by
                          AND now() >= s.valid_from AND now() < s.valid_until
                          AND agencies.could_offer(g.kind, i.roles, s.roles,
                                                   s.agency_id = i.agency_id)
                          AND (i.confirmed_by IS NOT NULL
                               OR agencies.gives_alone(g.kind, i.roles, i.bound_by_secrecy,
                                                       s.roles, s.agency_id = i.agency_id)))
           AND (i.confirmed_by IS NULL
                OR EXISTS (SELECT FROM public.kernel_seat s,
                                  unnest(ARRAY[true, false]) AS somebody_since
                            WHERE s.cell_id = i.cell_id AND s.account_id = i.confirmed_by
                              AND now() >= s.valid_from AND now() < s.valid_until
                              AND agencies.vouches(g.kind, i.roles, s.roles,
                                    s.agency_id = i.agency_id,
                                    CASE WHEN somebody_since THEN ARRAY[]::text[]
                                         ELSE agencies.held_by_others(i.cell_id, i.agency_id,
                                                                      ARRAY[i.invited_by])
                                    END))))
$$
"""

# Only tidies: nobody can confirm them any more.
END_LAPSED = f"""
CREATE FUNCTION agencies.end_lapsed(at_most int)
RETURNS TABLE (what text, which uuid, in_cell int) LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    RETURN QUERY UPDATE public.agencies_invitation i SET state = 'lapsed'
     WHERE i.id IN (SELECT w.id FROM public.agencies_invitation w
                     WHERE w.state = 'waiting' AND w.created_at <= now() - {WAITS}
                     ORDER BY w.created_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    RETURNING 'invitation', i.id, i.cell_id;
    RETURN QUERY UPDATE public.agencies_role_change c SET state = 'lapsed'
     WHERE c.id IN (SELECT w.id FROM public.agencies_role_change w
                     WHERE w.state = 'waiting' AND w.created_at <= now() - {WAITS}
                     ORDER BY w.created_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    RETURNING 'role change', c.id, c.cell_id;
END $$
"""

OFFER = f"""
CREATE FUNCTION agencies.offer_behind(shown bytea) RETURNS TABLE (
    id uuid, cell_id int, cell_name text, agency_id uuid, agency_name text, roles text[],
    address text, display_name text, account_id uuid, valid_from timestamptz,
    valid_until timestamptz, expires_at timestamptz
) LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT i.id, i.cell_id, c.name, i.agency_id, g.name, i.roles, i.address, i.display_name,
           i.account_id, i.valid_from, i.valid_until, i.expires_at
      FROM public.agencies_invitation i
      JOIN public.agencies_cell c ON c.id = i.cell_id
      JOIN public.agencies_agency g ON g.id = i.agency_id
     WHERE i.token_hash = shown AND now() < i.expires_at AND agencies.still_stands(i.id)
$$
"""

# The link is used up and the account made in one step. Somebody who has come so far before and gone
# away without a second factor goes on with the same account; any other account stays untouched.
CLAIM = f"""
CREATE FUNCTION agencies.claim_offer(shown bytea, joining uuid, hashed text)
RETURNS TABLE (id uuid, cell_id int, account_id uuid) LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
#variable_conflict use_column
DECLARE
    i public.agencies_invitation;
    known uuid;
BEGIN
    SELECT * INTO i FROM public.agencies_invitation o
     WHERE o.token_hash = shown AND o.state = 'sent' AND now() < o.expires_at FOR UPDATE;
    IF i.id IS NULL OR NOT agencies.still_stands(i.id) THEN
        RETURN;
    END IF;
    SELECT a.id INTO known FROM public.agencies_account a WHERE a.email = i.address;
    IF known IS NULL THEN
        INSERT INTO public.agencies_account
               (id, email, display_name, password, is_active, created_at)
        VALUES (joining, i.address, i.display_name, hashed, true, now());
        known := joining;
    ELSIF known = i.account_id
          AND NOT EXISTS (SELECT FROM public.kernel_seat s WHERE s.account_id = known) THEN
        UPDATE public.agencies_account a SET password = hashed WHERE a.id = known;
    ELSE
        RAISE EXCEPTION 'somebody has this address' USING ERRCODE = 'unique_violation';
    END IF;
    UPDATE public.agencies_invitation o
       SET token_hash = NULL, account_id = known, claimed_at = now() WHERE o.id = i.id;
    RETURN QUERY SELECT i.id, i.cell_id, known;
END $$
"""

DECLINE = f"""
CREATE FUNCTION agencies.decline_offer(shown bytea) RETURNS TABLE (id uuid, cell_id int)
LANGUAGE sql VOLATILE {DEFINER} AS $$
    UPDATE public.agencies_invitation i SET state = 'refused', token_hash = NULL
     WHERE i.token_hash = shown AND now() < i.expires_at AND agencies.still_stands(i.id)
     RETURNING i.id, i.cell_id
$$
"""

# By the link itself for somebody who has an account, by the claim for somebody who has just made
# one. Whoever joins must be whom the invitation is addressed to.
TAKE_UP = f"""
CREATE FUNCTION agencies.take_up_offer(shown bytea, claimed uuid, joining uuid, seat uuid)
RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE
    i public.agencies_invitation;
    called text;
    unit int;
BEGIN
    SELECT * INTO i FROM public.agencies_invitation o
     WHERE o.state = 'sent'
       AND (o.token_hash = shown AND now() < o.expires_at
            OR o.id = claimed AND o.account_id = joining AND o.token_hash IS NULL
               AND o.claimed_at > now() - interval '1 hour')
       FOR UPDATE;
    IF i.id IS NULL OR NOT agencies.still_stands(i.id) THEN
        RETURN false;
    END IF;
    SELECT a.display_name INTO called FROM public.agencies_account a
     WHERE a.id = joining AND a.email = i.address AND a.is_active;
    IF called IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO public.kernel_unit (cell_id, kind, ref) VALUES (i.cell_id, 'seat', seat)
        RETURNING kernel_unit.id INTO unit;
    INSERT INTO public.agencies_membership (id, cell_id, account_id, accession_id, agency_id,
           roles, bound_by_secrecy, display_name, job_title, unit_id, valid_from, valid_until)
    VALUES (seat, i.cell_id, joining, i.accession_id, i.agency_id, i.roles, i.bound_by_secrecy,
            called, i.job_title, unit, greatest(now(), i.valid_from), i.valid_until);
    UPDATE public.agencies_invitation o
       SET state = 'joined', token_hash = NULL, account_id = joining, membership_id = seat,
           ended_at = now()
     WHERE o.id = i.id;
    RETURN true;
END $$
"""

MY_PLACES = f"""
CREATE FUNCTION agencies.my_places() RETURNS TABLE (
    id uuid, cell_id int, agency_id uuid, agency_name text, cell_name text, roles text[]
) LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT s.id, s.cell_id, s.agency_id, s.agency_name, s.cell_name, s.roles
      FROM public.kernel_seat s
     WHERE s.account_id = (SELECT kernel.session_account())
       AND now() >= s.valid_from AND now() < s.valid_until
     ORDER BY s.cell_name, s.agency_name, s.id
$$
"""
