"""An agency that has left a cell signs its protocol anew."""

from __future__ import annotations

from agencies.sql.leaving import DEFINER

# Places that ended with the accession stay ended: a later date would otherwise give them all back
# on the word of one person.
SIGN_ANEW = f"""
CREATE FUNCTION agencies.sign_anew(
    accession uuid, signed date, signed_by text, until timestamptz
) RETURNS void LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE old record;
BEGIN
    PERFORM agencies.require_admin();
    SELECT a.* INTO old FROM public.agencies_accession a
     WHERE a.id = accession AND a.cell_id = kernel.session_cell() FOR UPDATE;
    IF old.id IS NULL OR old.valid_until > clock_timestamp() THEN
        RAISE EXCEPTION 'no agency that has left here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.agencies_membership m
       SET valid_until = greatest(old.valid_until, m.valid_from)
     WHERE m.accession_id = old.id AND m.valid_until > old.valid_until;
    UPDATE public.agencies_accession a
       SET signed_on = signed, signatory = signed_by, valid_from = clock_timestamp(),
           valid_until = until, end_reason = ''
     WHERE a.id = old.id;
END $$
"""
