"""Whom an act concerns: who may be told of it, and in which rooms it may be rung."""

from __future__ import annotations

from referrals.sql.leaving import DEFINER
from referrals.states import COORDINATION, PROSECUTION, SCHOOL


def _has_one_of(roles: frozenset[str]) -> str:
    asked = " OR ".join(f"kernel.session_has('{role}')" for role in sorted(roles))
    return f"({asked}) IS TRUE"


WORKING = SCHOOL | COORDINATION | PROSECUTION
WORKING |= {"resource_team_member", "agency_partner", "agency_lead"}
WORKS_ON_CASES = _has_one_of(WORKING)
CORE = _has_one_of(COORDINATION | PROSECUTION)

# Coordination and prosecution act with everybody of the cell; others with coordination and with
# those who have a case in common with them.
MAY_REACH = f"""
CREATE FUNCTION referrals.may_reach(wanted int) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units(); here int := kernel.session_cell();
BEGIN
    IF wanted = ANY (mine) THEN
        RETURN true;
    END IF;
    RETURN coalesce(cardinality(mine), 0) > 0
       AND EXISTS (SELECT FROM public.kernel_unit u WHERE u.id = wanted AND u.cell_id = here)
       AND (EXISTS (SELECT FROM public.agencies_cell c
                     WHERE c.id = here AND c.coordination_unit_id = wanted)
            OR {CORE}
            OR EXISTS (SELECT FROM public.referrals_case_access a
                         JOIN public.referrals_case_access b ON b.case_id = a.case_id
                        WHERE a.unit_id = ANY (mine) AND now() < a.valid_until
                          AND b.unit_id = wanted AND now() < b.valid_until));
END $$
"""

# A technical seat reads no mail: only people are told.
RECIPIENTS = f"""
CREATE FUNCTION referrals.recipients_of_unit(wanted int) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT {WORKS_ON_CASES} OR NOT referrals.may_reach(wanted) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT s.account_id FROM public.kernel_seat s
      JOIN public.agencies_membership m ON m.id = s.id AND m.kind <> 'system'
     WHERE s.cell_id = kernel.session_cell() AND wanted = ANY (s.units)
       AND now() >= s.valid_from AND now() < s.valid_until;
END $$
"""

RING_UNIT = f"""
CREATE FUNCTION referrals.ring_unit(in_room text, what text, about uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    IF in_room !~ '^unit:[1-9][0-9]{{0,8}}$'
       OR NOT referrals.may_reach(split_part(in_room, ':', 2)::int) THEN
        RAISE EXCEPTION 'no such room' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN kernel.ring(in_room, what, about);
END $$
"""

# The case is one that this session sees, or that was offered to it: a refusal is heard as well.
RING_CASE = f"""
CREATE FUNCTION referrals.ring_case(in_room text, what text, about uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE wanted uuid; mine int[] := kernel.session_units();
BEGIN
    IF in_room ~ '^case:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN
        wanted := split_part(in_room, ':', 2)::uuid;
    END IF;
    IF NOT EXISTS (SELECT FROM public.referrals_case c
                    WHERE c.id = wanted AND c.cell_id = kernel.session_cell())
       OR NOT (referrals.still_granted(wanted, -1, now(), NULL)
               OR EXISTS (SELECT FROM public.referrals_share s
                           WHERE s.case_id = wanted AND s.viewers && mine
                             AND s.state IN ('proposed', 'accepted', 'refused')
                             AND now() < s.expires_at)) IS TRUE THEN
        RAISE EXCEPTION 'no such room' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN kernel.ring(in_room, what, about);
END $$
"""

FUNCTIONS = {
    "may_reach(int)": (MAY_REACH, ()),
    "recipients_of_unit(int)": (RECIPIENTS, ("rempart_runtime",)),
    "ring_unit(text, text, uuid)": (RING_UNIT, ("rempart_runtime",)),
    "ring_case(text, text, uuid)": (RING_CASE, ("rempart_runtime",)),
}
OWED = (
    *("referral.submitted", "referral.acknowledged", "referral.triaged", "referral.activated"),
    *("prosecutor.named", "measure.added", "feedback.sent", "cell.unheard"),
    *("share.proposed", "share.accepted", "share.refused", "share.revoked"),
)
