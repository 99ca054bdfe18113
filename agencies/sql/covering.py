"""Standing in for somebody who is away: a seat of its own that ends by itself."""

from __future__ import annotations

from agencies.naming import STANDS_IN
from agencies.sql.leaving import CONFIRMED_ROLES, DEFINER, LOCK
from agencies.sql.second_person import WAITS

MAGISTRATES = "ARRAY['prosecutor', 'prosecutor_delegate']"
LONGEST = "interval '366 days'"

# Asked when a deputy is named and again when that is confirmed: people change in between.
CANNOT_STAND_IN = f"""away.kind <> 'person' OR stands.kind <> 'person'
       OR away.accession_id <> stands.accession_id OR away.account_id = stands.account_id
       OR away.valid_until <= clock_timestamp() OR stands.valid_until <= clock_timestamp()
       OR (away.roles && {MAGISTRATES} AND NOT stands.roles && {MAGISTRATES})"""

# What the deputy does not do already, in a place of this same agency, when the cover begins.
GAINED = """ARRAY(SELECT role FROM unnest(away.roles) AS role
                      WHERE stands.valid_from > greatest({starts}, now())
                         OR role <> ALL (stands.roles))"""

# Neither who proposed it nor either of the two, but who answers for these roles in this agency. A
# magistrate's are a magistrate's to confirm, of the same office as soon as it has another one.
VOUCHED = f"""CASE WHEN away.roles && {MAGISTRATES}
       THEN kernel.session_account() <> ALL (concerned) AND kernel.session_has('prosecutor')
            AND (kernel.session_agency() = b.agency_id OR 'prosecutor' <> ALL (
                 agencies.held_by_others(b.cell_id, b.agency_id, concerned)))
       ELSE agencies.may_confirm(b.agency_id, {GAINED.format(starts="b.valid_from")}, concerned)
       END"""

# Whether who proposed it could name a deputy today, in whatever seat.
STILL_NAMES = f"""EXISTS (
        SELECT FROM public.kernel_seat s
         WHERE s.cell_id = b.cell_id AND s.account_id = proposer
           AND now() >= s.valid_from AND now() < s.valid_until
           AND (proposer = away.account_id OR 'cell_admin' = ANY (s.roles)
                OR 'agency_lead' = ANY (s.roles) AND s.agency_id = b.agency_id
                   AND NOT away.roles && {CONFIRMED_ROLES}))"""

NAME_DEPUTY = f"""
CREATE FUNCTION agencies.name_deputy(
    number uuid, absent uuid, deputy uuid, starts timestamptz, ends timestamptz
) RETURNS text LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE away record; stands record; gained text[]; asked text;
BEGIN
    {LOCK.format(cell="kernel.session_cell()")}
    SELECT m.* INTO away FROM public.agencies_membership m WHERE m.id = absent;
    SELECT m.* INTO stands FROM public.agencies_membership m WHERE m.id = deputy;
    IF away.id IS NULL OR stands.id IS NULL THEN
        RAISE EXCEPTION 'there is no such place' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM agencies.ask_to_end(away.cell_id, away.agency_id, away.account_id, away.roles);
    IF {CANNOT_STAND_IN} THEN
        RAISE EXCEPTION 'this person cannot stand in for that one'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ends <= greatest(starts, clock_timestamp()) OR ends > starts + {LONGEST}
       OR starts > now() + {LONGEST} THEN
        RAISE EXCEPTION 'an absence has a beginning and an end' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM public.agencies_absence b
                WHERE (b.state = 'confirmed'
                       OR b.state = 'proposed' AND now() < b.created_at + {WAITS})
                  AND b.valid_from < ends AND b.valid_until > starts
                  AND (b.membership_id = away.id OR b.membership_id = stands.id)) THEN
        RAISE EXCEPTION 'one of them is already away then' USING ERRCODE = 'check_violation';
    END IF;
    -- What the deputy may already do needs nobody's word. What this session could not give alone
    -- in that agency is confirmed by a second person, and so is all that a deputy would gain by
    -- naming themself.
    gained := {GAINED.format(starts="starts")};
    asked := CASE WHEN agencies.wants_second(away.agency_id, gained, false) IS NOT FALSE
                    OR gained <> '{{}}' AND stands.account_id = kernel.session_account()
                  THEN 'proposed' ELSE 'confirmed' END;
    INSERT INTO public.agencies_absence (id, cell_id, membership_id, deputy_id, agency_id,
           valid_from, valid_until, state, proposed_by, created_at)
    VALUES (number, away.cell_id, away.id, stands.id, away.agency_id, starts, ends,
            asked, kernel.session_seat(), now());
    IF asked = 'confirmed' THEN
        PERFORM agencies.seat_deputy(number);
    END IF;
    RETURN asked;
END $$
"""

SEAT_DEPUTY = f"""
CREATE FUNCTION agencies.seat_deputy(number uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE b record; away record; stands record; seat uuid := gen_random_uuid(); unit int;
BEGIN
    SELECT * INTO STRICT b FROM public.agencies_absence WHERE id = number;
    SELECT * INTO STRICT away FROM public.agencies_membership WHERE id = b.membership_id;
    SELECT * INTO STRICT stands FROM public.agencies_membership WHERE id = b.deputy_id;
    INSERT INTO public.kernel_unit (cell_id, kind, ref) VALUES (b.cell_id, 'seat', seat)
    RETURNING id INTO unit;
    INSERT INTO public.agencies_membership (id, cell_id, account_id, accession_id, agency_id,
           roles, bound_by_secrecy, display_name, job_title, unit_id, valid_from, valid_until,
           kind, end_reason)
    VALUES (seat, b.cell_id, stands.account_id, stands.accession_id, stands.agency_id, away.roles,
            away.bound_by_secrecy AND stands.bound_by_secrecy,
            stands.display_name || '{STANDS_IN}' || away.display_name,
            stands.job_title, unit, b.valid_from,
            least(b.valid_until, away.valid_until, stands.valid_until), 'cover', '');
    UPDATE public.agencies_absence SET state = 'confirmed', seat_id = seat WHERE id = number;
END $$
"""

CONFIRM_DEPUTY = f"""
CREATE FUNCTION agencies.confirm_deputy(number uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE b record; away record; stands record; proposer uuid; concerned uuid[];
BEGIN
    SELECT * INTO b FROM public.agencies_absence WHERE id = number FOR UPDATE;
    SELECT * INTO away FROM public.agencies_membership WHERE id = b.membership_id;
    SELECT * INTO stands FROM public.agencies_membership WHERE id = b.deputy_id;
    SELECT account_id INTO proposer FROM public.agencies_membership WHERE id = b.proposed_by;
    concerned := ARRAY[proposer, away.account_id, stands.account_id];
    IF b.id IS NULL OR b.cell_id IS DISTINCT FROM kernel.session_cell()
       OR kernel.session_fresh() IS NOT TRUE OR ({VOUCHED}) IS NOT TRUE THEN
        RAISE EXCEPTION 'a second person confirms this' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT {STILL_NAMES} THEN
        RAISE EXCEPTION 'who proposed this could not propose it today'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF {CANNOT_STAND_IN} THEN
        RAISE EXCEPTION 'this person cannot stand in for that one'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF b.state <> 'proposed' OR b.valid_until <= clock_timestamp()
       OR now() >= b.created_at + {WAITS} THEN
        RAISE EXCEPTION 'this is no longer open' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.agencies_absence SET confirmed_by = kernel.session_seat() WHERE id = number;
    PERFORM agencies.seat_deputy(number);
END $$
"""

END_COVER = f"""
CREATE FUNCTION agencies.end_cover(number uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE b record; away record; stands record; concerned uuid[];
BEGIN
    SELECT * INTO b FROM public.agencies_absence WHERE id = number FOR UPDATE;
    SELECT * INTO away FROM public.agencies_membership WHERE id = b.membership_id;
    SELECT * INTO stands FROM public.agencies_membership WHERE id = b.deputy_id;
    concerned := ARRAY[away.account_id, stands.account_id];
    IF b.id IS NULL OR b.cell_id IS DISTINCT FROM kernel.session_cell()
       OR NOT (kernel.session_account() IN (away.account_id, stands.account_id)
               OR kernel.session_has('cell_admin')
               OR (away.roles && {MAGISTRATES} AND kernel.session_has('prosecutor'))
               OR (kernel.session_has('agency_lead')
                   AND kernel.session_agency() = b.agency_id)
               OR (b.state = 'proposed' AND {VOUCHED})) IS TRUE THEN
        RAISE EXCEPTION 'this seat ends no cover here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF b.state NOT IN ('proposed', 'confirmed') OR b.valid_until <= clock_timestamp() THEN
        RAISE EXCEPTION 'this is over already' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.agencies_absence SET state = 'ended' WHERE id = number;
    PERFORM agencies.end_places(ARRAY[b.seat_id], '');
END $$
"""

# A cover never outlives nor outranks: it follows both people, whoever changes them.
COVERS_FOLLOW = f"""
CREATE FUNCTION agencies.covers_follow() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF TG_TABLE_NAME = 'agencies_account' THEN
        UPDATE public.agencies_membership c
           SET valid_until = greatest(clock_timestamp(), c.valid_from)
          FROM public.agencies_absence b JOIN public.agencies_membership m
            ON m.id IN (b.membership_id, b.deputy_id)
         WHERE c.id = b.seat_id AND m.account_id = NEW.id AND c.valid_until > clock_timestamp();
        RETURN NULL;
    END IF;
    UPDATE public.agencies_membership c
       SET valid_until = greatest(c.valid_from, NEW.valid_until)
      FROM public.agencies_absence b
     WHERE c.id = b.seat_id AND NEW.id IN (b.membership_id, b.deputy_id)
       AND c.valid_until > greatest(c.valid_from, NEW.valid_until);
    UPDATE public.agencies_membership c
       SET roles = ARRAY(SELECT role FROM unnest(c.roles) AS role WHERE role = ANY (NEW.roles))
      FROM public.agencies_absence b
     WHERE c.id = b.seat_id AND NEW.id = b.membership_id AND c.roles && NEW.roles
       AND NOT c.roles <@ NEW.roles AND c.valid_until > clock_timestamp();
    UPDATE public.agencies_membership c
       SET valid_until = greatest(clock_timestamp(), c.valid_from)
      FROM public.agencies_absence b
     WHERE c.id = b.seat_id AND NEW.id = b.membership_id AND NOT c.roles && NEW.roles
       AND c.valid_until > clock_timestamp();
    -- A magistrate's cover stays with a magistrate.
    UPDATE public.agencies_membership c
       SET valid_until = greatest(clock_timestamp(), c.valid_from)
      FROM public.agencies_absence b
     WHERE c.id = b.seat_id AND NEW.id = b.deputy_id AND c.roles && {MAGISTRATES}
       AND NOT NEW.roles && {MAGISTRATES} AND c.valid_until > clock_timestamp();
    UPDATE public.agencies_membership c SET bound_by_secrecy = false
      FROM public.agencies_absence b
     WHERE c.id = b.seat_id AND NEW.id IN (b.membership_id, b.deputy_id)
       AND c.bound_by_secrecy AND NOT NEW.bound_by_secrecy;
    RETURN NULL;
END $$
"""

TRIGGERS = """
CREATE TRIGGER covers_follow AFTER UPDATE OF valid_until, roles, bound_by_secrecy
    ON agencies_membership FOR EACH ROW WHEN (NEW.kind = 'person')
    EXECUTE FUNCTION agencies.covers_follow();
CREATE TRIGGER covers_follow AFTER UPDATE OF is_active ON agencies_account FOR EACH ROW
    WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION agencies.covers_follow();
"""
