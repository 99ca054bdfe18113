"""Who must be the second person where one alone does not give a role, as PostgreSQL keeps it."""

from agencies.sql.joining import BY_ADMIN, BY_HEADS, BY_LEADS, DEFINER, PROSECUTORS

CASE_WORKING = (
    "ARRAY['school_pilot','resource_team_member','agency_partner','agency_lead','prosecutor',"
    "'prosecutor_delegate','cell_coordinator','departmental_officer']"
)
OWN = "ARRAY['agency_lead','school_head','prosecutor']"
FOR_OTHERS = "ARRAY['cell_admin','cell_coordinator','departmental_officer','prosecutor']"
COURT = f"(wanted && {PROSECUTORS} OR kind = 'prosecutor' AND wanted && {BY_LEADS})"
STRONG = f"({COURT} OR wanted && ({BY_ADMIN} || 'school_head'::text))"

# What others hold in the agency today. `besides` are those whose own say does not count.
HELD_BY_OTHERS = f"""
CREATE FUNCTION agencies.held_by_others(in_cell int, at_agency uuid, besides uuid[])
RETURNS text[] LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT coalesce(array_agg(DISTINCT role), ARRAY[]::text[])
      FROM public.kernel_seat s, unnest(s.roles) AS role
     WHERE s.cell_id = in_cell AND s.agency_id = at_agency AND s.account_id <> ALL (besides)
       AND now() >= s.valid_from AND now() < s.valid_until
$$
"""

IS_AT = f"""
CREATE FUNCTION agencies.is_at(address text, accounts uuid[])
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT EXISTS (SELECT FROM public.agencies_account a
                    WHERE a.id = ANY (accounts) AND a.email = address)
$$
"""

# Whoever leads an agency or heads a school gives what is theirs to give there. From outside nobody
# brings somebody in alone who works on cases or is bound by secrecy.
WANTS_SECOND = f"""
CREATE FUNCTION agencies.wants_second(at_agency uuid, wanted text[], secrecy boolean)
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT {STRONG}
        OR (secrecy OR wanted && {CASE_WORKING})
       AND NOT coalesce(kernel.session_agency() = at_agency
                        AND (kernel.session_has('agency_lead') AND wanted <@ {BY_LEADS}
                             OR kernel.session_has('school_head') AND wanted <@ {BY_HEADS}), false)
      FROM public.agencies_agency WHERE id = at_agency
$$
"""

# Whether a seat with these roles, of the agency itself or not, answers for the roles wanted there,
# given what is held in the agency.
VOUCHES = f"""
CREATE FUNCTION agencies.vouches(
    kind text, wanted text[], holding text[], here boolean, held text[]
) RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT (NOT wanted && {BY_ADMIN} OR 'cell_admin' = ANY (holding))
       AND (NOT 'school_head' = ANY (wanted)
            OR holding && ARRAY['cell_admin','departmental_officer'])
       AND (NOT {COURT}
            OR CASE WHEN 'prosecutor' = ANY (held) THEN here AND 'prosecutor' = ANY (holding)
                    ELSE 'cell_admin' = ANY (holding) END)
       AND (NOT 'school_pilot' = ANY (wanted)
            OR CASE WHEN 'school_head' = ANY (held) THEN here AND 'school_head' = ANY (holding)
                    ELSE holding && ARRAY['cell_admin','departmental_officer'] END)
       AND ({STRONG} OR 'school_pilot' = ANY (wanted)
            OR CASE WHEN held && {OWN} THEN here AND holding && {OWN}
                    ELSE holding && {FOR_OTHERS} END)
$$
"""

MAY_CONFIRM = f"""
CREATE FUNCTION agencies.may_confirm(at_agency uuid, wanted text[], besides uuid[])
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT coalesce(bool_or(s.account_id <> ALL (besides) AND agencies.vouches(
               g.kind, wanted,
               ARRAY(SELECT role FROM unnest(s.roles) AS role WHERE kernel.session_has(role)),
               s.agency_id = at_agency,
               agencies.held_by_others(s.cell_id, at_agency, besides))), false)
      FROM public.kernel_seat s, public.agencies_agency g
     WHERE s.id = kernel.session_seat() AND g.id = at_agency
$$
"""
