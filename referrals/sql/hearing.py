"""Who may enter the room of a case: whoever reads something of it, and not who merely knows it."""

from __future__ import annotations

from referrals.sql.leaving import DEFINER

HEARS = f"""
CREATE FUNCTION referrals.hears(in_room text) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF in_room !~ '^case:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM public.referrals_grant g
         WHERE g.case_id = split_part(in_room, ':', 2)::uuid AND g.level >= 2
           AND g.unit_id = ANY (kernel.session_units())
           AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""
ROOMS = (
    "starts_with(room, 'case:') AND referrals.hears(room)"
    " OR room = ANY (SELECT 'unit:' || u FROM unnest((SELECT kernel.session_units())) AS u)"
    " OR room = 'exports:' || (SELECT kernel.session_seat())"
)
