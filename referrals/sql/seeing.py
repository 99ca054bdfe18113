"""Who sees a case, by which grant, and what would be needed: asked before anything is said.

The prosecutor's office that follows the case, coordination, auditors and the data protection
officer are told of everybody; whoever else sees the case is told of their own agency. Nobody
reads the grants themselves.
"""

from __future__ import annotations

from referrals.sql.leaving import DEFINER
from referrals.sql.reaching import CORE

WATCHES = "(kernel.session_has('auditor') OR kernel.session_has('dpo')) IS TRUE"

# 'all' for who is told of everybody, 'own' for who is told of their own agency, NULL for nobody.
LOOKS_INTO = f"""
CREATE FUNCTION referrals.looks_into(of_case uuid) RETURNS text
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.referrals_case c
                    WHERE c.id = of_case AND c.cell_id = kernel.session_cell()) THEN
        RETURN NULL;
    END IF;
    IF {WATCHES} THEN
        RETURN (SELECT 'all' FROM public.referrals_case c
                 WHERE c.id = of_case AND c.state <> 'draft');
    END IF;
    IF NOT referrals.still_granted(of_case, -1, now(), NULL) THEN
        RETURN NULL;
    END IF;
    -- The role is not enough: another office may have been shown no more than that a case exists.
    RETURN CASE WHEN {CORE} AND EXISTS (
        SELECT FROM public.referrals_grant g
         WHERE g.case_id = of_case AND g.unit_id = ANY (kernel.session_units()) AND g.level = 5
           AND g.valid_from <= now() AND now() < g.valid_until) THEN 'all' ELSE 'own' END;
END $$
"""

# An emergency access is granted to a seat, and nothing else is.
GRANTS_ON = f"""
CREATE FUNCTION referrals.grants_on(of_case uuid) RETURNS TABLE (
    unit_id int, unit_kind text, rule text, agency_name text, scope int, level int,
    valid_from timestamptz, valid_until timestamptz, items_until timestamptz, share_id uuid
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE told text := referrals.looks_into(of_case); mine int[] := kernel.session_units();
BEGIN
    IF told IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT g.unit_id, u.kind,
           CASE WHEN u.kind = 'seat' THEN 'glass' WHEN g.share_id IS NOT NULL THEN 'share'
                WHEN g.unit_id = c.owner_unit THEN 'school'
                WHEN g.unit_id = l.coordination_unit_id THEN 'coordination'
                WHEN g.unit_id = c.prosecutor_unit THEN 'prosecution' ELSE 'unknown' END,
           coalesce(o.name, ''), g.scope, g.level::int, g.valid_from, g.valid_until,
           g.items_until, g.share_id
      FROM public.referrals_grant g
      JOIN public.referrals_case c ON c.id = g.case_id
      JOIN public.agencies_cell l ON l.id = c.cell_id
      JOIN public.kernel_unit u ON u.id = g.unit_id
      LEFT JOIN public.agencies_accession a
             ON a.cell_id = c.cell_id AND g.unit_id IN (a.unit_id, a.secrecy_unit_id)
      LEFT JOIN public.agencies_agency o ON o.id = a.agency_id
     WHERE g.case_id = of_case AND (told = 'all' OR g.unit_id = ANY (mine))
     ORDER BY g.valid_from, g.unit_id;
END $$
"""

_SEAT = """s.id, s.display_name, s.agency_id, s.agency_name, s.agency_kind, s.roles,
           CASE WHEN s.charter_signed THEN s.units ELSE '{}' END, s.bound_by_secrecy,
           s.charter_signed"""
_SEAT_TABLE = """TABLE (
    seat_id uuid, display_name text, agency_id uuid, agency_name text, agency_kind text,
    roles text[], units int[], bound_by_secrecy boolean, charter_signed boolean
)"""

SEATS_ON = f"""
CREATE FUNCTION referrals.seats_on(of_case uuid) RETURNS {_SEAT_TABLE}
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE told text := referrals.looks_into(of_case); reading int[];
BEGIN
    IF told IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(DISTINCT g.unit_id) INTO reading FROM public.referrals_grant g
     WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until;
    RETURN QUERY SELECT {_SEAT} FROM public.kernel_seat s
     WHERE s.cell_id = kernel.session_cell() AND s.charter_signed AND s.units && reading
       AND now() >= s.valid_from AND now() < s.valid_until
       AND (told = 'all' OR s.agency_id = kernel.session_agency())
     ORDER BY s.agency_name, s.display_name, s.id;
END $$
"""

SEAT_FOR = f"""
CREATE FUNCTION referrals.seat_for(of_case uuid, wanted uuid) RETURNS {_SEAT_TABLE}
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE told text := referrals.looks_into(of_case);
BEGIN
    -- Of others only those may ask who are told of everybody; one's own seat is one's own.
    IF told IS DISTINCT FROM 'all' AND wanted IS DISTINCT FROM kernel.session_seat() THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT {_SEAT} FROM public.kernel_seat s
     WHERE s.cell_id = kernel.session_cell() AND s.id = wanted
       AND now() >= s.valid_from AND now() < s.valid_until;
END $$
"""

SHARES_ON = f"""
CREATE FUNCTION referrals.shares_on(of_case uuid) RETURNS TABLE (
    share_id uuid, to_unit int, to_secrecy_unit int, scope int, state text,
    expires_at timestamptz, moved_at timestamptz
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE told text := referrals.looks_into(of_case); mine int[] := kernel.session_units();
BEGIN
    IF told IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT s.id, s.to_unit, s.to_secrecy_unit, s.scope, s.state, s.expires_at,
           coalesce(s.ended_at, s.decided_at, s.proposed_at)
      FROM public.referrals_share s
     WHERE s.case_id = of_case AND (told = 'all' OR s.to_unit = ANY (mine))
     ORDER BY s.proposed_at DESC, s.id;
END $$
"""

# An agency that was shown a case goes on knowing what it was called: it has to answer for it.
RECEIVED = f"""
CREATE FUNCTION referrals.references_received() RETURNS TABLE (case_id uuid, reference text)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units();
BEGIN
    RETURN QUERY SELECT DISTINCT c.id, c.reference FROM public.referrals_share s
      JOIN public.referrals_case c ON c.id = s.case_id
     WHERE s.cell_id = kernel.session_cell() AND s.to_unit = ANY (mine)
       AND s.state <> 'refused' AND s.decided_at IS NOT NULL;
END $$
"""

FUNCTIONS = {
    "looks_into(uuid)": (LOOKS_INTO, ()),
    "grants_on(uuid)": (GRANTS_ON, ("rempart_runtime",)),
    "seats_on(uuid)": (SEATS_ON, ("rempart_runtime",)),
    "seat_for(uuid, uuid)": (SEAT_FOR, ("rempart_runtime",)),
    "shares_on(uuid)": (SHARES_ON, ("rempart_runtime",)),
    "references_received()": (RECEIVED, ("rempart_runtime",)),
}
