"""Leaving: who may end what, what ends with it, and that a cell is never left to nobody."""

from __future__ import annotations

from collections.abc import Iterable

from agencies.roles import CASE_WORKING, CONFIRMED


def array_of(roles: Iterable[str]) -> str:
    """Roles as the database writes them in a list."""
    return "ARRAY[" + ", ".join(f"'{role}'" for role in sorted(map(str, roles))) + "]"


DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
INTERIM = "interval '14 days'"
CONFIRMED_ROLES = array_of(CONFIRMED)
GIVEN_BY_TWO = array_of(CONFIRMED | CASE_WORKING)
KEPT_ROLES = "ARRAY['cell_admin', 'cell_coordinator']"

# One lock per cell: two people who leave at the same moment are looked at one after the other.
LOCK = "PERFORM pg_advisory_xact_lock(7310008, {cell});"

# Whoever leads an agency decides about its people, not about roles that two people have given.
ASK = f"""
CREATE FUNCTION agencies.ask_to_end(
    in_cell int, of_agency uuid, of_account uuid, holds text[]
) RETURNS void LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    IF kernel.session_cell() IS DISTINCT FROM in_cell
       OR NOT (kernel.session_has('cell_admin')
               OR (kernel.session_has('agency_lead') AND kernel.session_agency() = of_agency
                   AND NOT holds && {CONFIRMED_ROLES})
               OR kernel.session_account() = of_account) IS TRUE THEN
        RAISE EXCEPTION 'this seat ends nothing here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT kernel.session_fresh() THEN
        RAISE EXCEPTION 'a fresh factor comes first' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$
"""

END_PLACES = f"""
CREATE FUNCTION agencies.end_places(places uuid[], why text) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE ended int;
BEGIN
    UPDATE public.agencies_membership m
       SET valid_until = greatest(clock_timestamp(), m.valid_from), end_reason = why
     WHERE m.id = ANY (places) AND m.valid_until > clock_timestamp();
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$
"""

# What nobody but these people does in the cell. Covers do not count: they end with whom they cover.
# Answers those who may end or change each of these places, and nobody else.
LAST_ROLES = f"""
CREATE FUNCTION agencies.last_roles(places uuid[]) RETURNS text[]
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell();
BEGIN
    IF mine IS NULL OR EXISTS (SELECT FROM unnest(places) AS place WHERE NOT EXISTS (
        SELECT FROM public.agencies_membership m WHERE m.id = place AND m.cell_id = mine
           AND (kernel.session_has('cell_admin') OR m.account_id = kernel.session_account()
                OR (m.agency_id = kernel.session_agency()
                    AND (kernel.session_has('agency_lead')
                         OR kernel.session_has('school_head')))))) THEN
        RAISE EXCEPTION 'this seat decides about nobody here'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN (SELECT coalesce(array_agg(role ORDER BY role), '{{}}')
      FROM unnest({KEPT_ROLES}) AS role
     WHERE EXISTS (SELECT FROM public.agencies_membership m
                     JOIN public.kernel_seat s ON s.id = m.id
                    WHERE m.id = ANY (places) AND s.cell_id = mine AND role = ANY (s.roles)
                      AND m.kind <> 'cover' AND s.valid_until > clock_timestamp())
       AND NOT EXISTS (SELECT FROM public.agencies_membership m
                         JOIN public.kernel_seat s ON s.id = m.id
                        WHERE s.cell_id = mine AND m.id <> ALL (places) AND role = ANY (s.roles)
                          AND m.kind <> 'cover' AND s.valid_from <= clock_timestamp()
                          AND s.valid_until > clock_timestamp()));
END $$
"""

INTERIMS = f"""
CREATE FUNCTION agencies.give_interim(places uuid[], follows uuid) RETURNS text[]
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE after record; missing text[] := agencies.last_roles(places); role text;
        number uuid; unit int;
BEGIN
    IF missing = '{{}}' OR follows IS NULL THEN
        RETURN '{{}}';
    END IF;
    SELECT m.* INTO after FROM public.agencies_membership m
      JOIN public.kernel_seat s ON s.id = m.id
     WHERE m.id = follows AND m.cell_id = kernel.session_cell() AND m.kind = 'person'
       AND m.id <> ALL (places) AND m.account_id <> kernel.session_account()
       AND m.account_id NOT IN (SELECT l.account_id FROM public.agencies_membership l
                                 WHERE l.id = ANY (places))
       AND m.accession_id IN (SELECT l.accession_id FROM public.agencies_membership l
                               WHERE l.id = ANY (places))
       AND s.valid_from <= clock_timestamp() AND s.valid_until > clock_timestamp()
       -- Two people have already vouched for whoever gets such a role on one person's word.
       AND EXISTS (SELECT FROM public.agencies_membership h
                     JOIN public.kernel_seat k ON k.id = h.id
                    WHERE h.cell_id = m.cell_id AND h.account_id = m.account_id
                      AND h.kind = 'person' AND k.roles && {CONFIRMED_ROLES}
                      AND k.valid_from <= clock_timestamp()
                      AND k.valid_until > clock_timestamp());
    IF NOT FOUND THEN
        RAISE EXCEPTION 'who follows is a colleague whom two people confirmed, and decides nothing'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH role IN ARRAY missing LOOP
        number := gen_random_uuid();
        INSERT INTO public.kernel_unit (cell_id, kind, ref)
        VALUES (after.cell_id, 'seat', number) RETURNING id INTO unit;
        INSERT INTO public.agencies_membership (id, cell_id, account_id, accession_id, agency_id,
               roles, bound_by_secrecy, display_name, job_title, unit_id, valid_from, valid_until,
               kind, end_reason)
        VALUES (number, after.cell_id, after.account_id, after.accession_id, after.agency_id,
                ARRAY[role], false, after.display_name, after.job_title, unit,
                now(), now() + {INTERIM}, 'interim', '');
    END LOOP;
    RETURN missing;
END $$
"""

END_PERSON = f"""
CREATE FUNCTION agencies.end_person(places uuid[], why text, follows uuid) RETURNS text[]
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE place record; given text[]; found int := 0;
BEGIN
    {LOCK.format(cell="kernel.session_cell()")}
    FOR place IN SELECT m.* FROM public.agencies_membership m
                  WHERE m.id = ANY (places) ORDER BY m.id FOR UPDATE LOOP
        PERFORM agencies.ask_to_end(place.cell_id, place.agency_id, place.account_id,
                                   place.roles);
        found := found + 1;
    END LOOP;
    IF found = 0 THEN
        RAISE EXCEPTION 'there is no such place' USING ERRCODE = 'insufficient_privilege';
    END IF;
    given := agencies.give_interim(places, follows);
    IF agencies.end_places(places, why) = 0 THEN
        RETURN NULL;
    END IF;
    RETURN given;
END $$
"""

END_AGENCY = f"""
CREATE FUNCTION agencies.end_agency(accession uuid, why text, whole boolean) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE signed record; ended int;
BEGIN
    {LOCK.format(cell="kernel.session_cell()")}
    SELECT a.* INTO signed FROM public.agencies_accession a WHERE a.id = accession FOR UPDATE;
    IF NOT FOUND OR kernel.session_has('cell_admin') IS NOT TRUE THEN
        RAISE EXCEPTION 'this seat ends nothing here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM agencies.ask_to_end(signed.cell_id, signed.agency_id, NULL, '{{}}');
    SELECT agencies.end_places(array_agg(m.id), why) INTO ended
      FROM public.agencies_membership m WHERE m.accession_id = accession;
    IF whole THEN
        UPDATE public.agencies_accession a
           SET valid_until = greatest(clock_timestamp(), a.valid_from + interval '1 microsecond'),
               end_reason = why
         WHERE a.id = accession AND a.valid_until > clock_timestamp();
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    RETURN coalesce(ended, 0);
END $$
"""

# An ended accession ends its people, so that nothing comes back to life when it is written anew.
PEOPLE_FOLLOW = f"""
CREATE FUNCTION agencies.people_follow() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF NEW.valid_until <= clock_timestamp() THEN
        UPDATE public.agencies_membership m
           SET valid_until = greatest(NEW.valid_until, m.valid_from), end_reason = NEW.end_reason
         WHERE m.accession_id = NEW.id AND m.valid_until > NEW.valid_until;
    END IF;
    RETURN NULL;
END $$
"""

# The wall behind every page: whatever a page writes, a cell keeps somebody for these roles. The
# operator's commands may still switch anybody off.
SOMEBODY_STAYS = f"""
CREATE FUNCTION agencies.somebody_stays() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE role text;
BEGIN
    IF session_user <> 'rempart_runtime' OR OLD.kind = 'cover'
       OR OLD.valid_until <= clock_timestamp() THEN
        RETURN NULL;
    END IF;
    {LOCK.format(cell="OLD.cell_id")}
    FOREACH role IN ARRAY {KEPT_ROLES} LOOP
        IF role = ANY (OLD.roles) AND NOT EXISTS (
            SELECT FROM public.agencies_membership m JOIN public.kernel_seat s ON s.id = m.id
             WHERE s.cell_id = OLD.cell_id AND role = ANY (s.roles) AND m.kind <> 'cover'
               AND s.valid_from <= clock_timestamp() AND s.valid_until > clock_timestamp()
               AND (m.id <> NEW.id OR m.valid_until >= OLD.valid_until)) THEN
            RAISE EXCEPTION 'agencies_somebody_stays: nobody would follow as %', role
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

# The same for a day to come on which a whole agency leaves: somebody of another one is there then,
# and holds the role for as long as its people would have.
SOMEBODY_REMAINS = f"""
CREATE FUNCTION agencies.somebody_remains() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE role text; held timestamptz; last_day timestamptz;
BEGIN
    IF session_user <> 'rempart_runtime' THEN
        RETURN NULL;
    END IF;
    {LOCK.format(cell="NEW.cell_id")}
    last_day := greatest(NEW.valid_until, clock_timestamp());
    FOREACH role IN ARRAY {KEPT_ROLES} LOOP
        SELECT max(least(m.valid_until, OLD.valid_until)) INTO held
          FROM public.agencies_membership m
          JOIN public.agencies_account p ON p.id = m.account_id AND p.is_active
         WHERE m.accession_id = NEW.id AND role = ANY (m.roles) AND m.kind <> 'cover';
        IF held > last_day AND NOT EXISTS (
            SELECT FROM public.agencies_membership m JOIN public.kernel_seat s ON s.id = m.id
             WHERE s.cell_id = NEW.cell_id AND m.accession_id <> NEW.id AND m.kind <> 'cover'
               AND role = ANY (s.roles) AND s.valid_from <= last_day AND s.valid_until >= held)
        THEN
            RAISE EXCEPTION 'agencies_somebody_stays: nobody would remain as %', role
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

# A place ends with its agency's accession at the latest. Putting that off would give again, on one
# person's word, what two people give.
NOBODY_PROLONGED = f"""
CREATE FUNCTION agencies.nobody_prolonged() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF session_user = 'rempart_runtime' AND EXISTS (
        SELECT FROM public.agencies_membership m
         WHERE m.accession_id = NEW.id AND m.kind <> 'system' AND m.roles && {GIVEN_BY_TWO}
           AND m.valid_until > greatest(OLD.valid_until, clock_timestamp())) THEN
        RAISE EXCEPTION 'agencies_nobody_prolonged: these roles would last longer'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

TRIGGERS = """
CREATE TRIGGER nobody_prolonged AFTER UPDATE OF valid_until ON agencies_accession FOR EACH ROW
    WHEN (NEW.valid_until > OLD.valid_until) EXECUTE FUNCTION agencies.nobody_prolonged();
CREATE TRIGGER somebody_remains AFTER UPDATE OF valid_until ON agencies_accession FOR EACH ROW
    WHEN (NEW.valid_until < OLD.valid_until) EXECUTE FUNCTION agencies.somebody_remains();
CREATE TRIGGER people_follow AFTER UPDATE OF valid_until ON agencies_accession FOR EACH ROW
    WHEN (NEW.valid_until < OLD.valid_until) EXECUTE FUNCTION agencies.people_follow();
CREATE TRIGGER somebody_stays AFTER UPDATE OF valid_until, roles ON agencies_membership
    FOR EACH ROW WHEN ((OLD.valid_until, OLD.roles) IS DISTINCT FROM (NEW.valid_until, NEW.roles))
    EXECUTE FUNCTION agencies.somebody_stays();
"""
