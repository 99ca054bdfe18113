"""Who offers what, who gives it alone and who must be the second person, as PostgreSQL says it."""

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
PROSECUTORS = "ARRAY['prosecutor','prosecutor_delegate']"
AT_SCHOOLS = "ARRAY['school_reporter','resource_team_member','school_pilot','school_head']"
BY_LEADS = "ARRAY['agency_partner','agency_lead']"
BY_HEADS = "ARRAY['school_reporter','resource_team_member','school_pilot']"
BY_ADMIN = "ARRAY['cell_coordinator','departmental_officer','auditor','dpo','cell_admin']"
WAITS = "interval '14 days'"

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

# What a seat with these roles, of the agency itself or not, offers there.
COULD_OFFER = f"""
CREATE FUNCTION agencies.could_offer(kind text, wanted text[], holding text[], here boolean)
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT NOT 'platform_operator' = ANY (wanted)
       AND (NOT wanted && {PROSECUTORS} OR kind = 'prosecutor')
       AND (NOT wanted && {AT_SCHOOLS} OR kind IN ('school', 'school_district'))
       AND ('cell_admin' = ANY (holding)
            OR here AND ('agency_lead' = ANY (holding) AND wanted <@ {BY_LEADS}
                         OR 'school_head' = ANY (holding) AND wanted <@ {BY_HEADS}))
$$
"""

# Whoever leads an agency or heads a school gives what is theirs to give there. From outside nobody
# brings somebody in alone who works on cases or is bound by secrecy.
GIVES_ALONE = f"""
CREATE FUNCTION agencies.gives_alone(
    kind text, wanted text[], secrecy boolean, holding text[], here boolean
) RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT NOT ({STRONG})
       AND (NOT (secrecy OR wanted && {CASE_WORKING})
            OR here AND ('agency_lead' = ANY (holding) AND wanted <@ {BY_LEADS}
                         OR 'school_head' = ANY (holding) AND wanted <@ {BY_HEADS}))
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

# The roles that the person who looks may use: none while the charter is not signed.
SESSION_HOLDS = f"""
CREATE FUNCTION agencies.session_holds() RETURNS text[] LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT coalesce(array_agg(role), ARRAY[]::text[])
      FROM public.kernel_seat s, unnest(s.roles) AS role
     WHERE s.id = kernel.session_seat() AND kernel.session_has(role)
$$
"""

MAY_OFFER = f"""
CREATE FUNCTION agencies.may_offer(at_agency uuid, wanted text[])
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT coalesce(agencies.could_offer(g.kind, wanted, agencies.session_holds(),
                                         kernel.session_agency() = g.id), false)
      FROM public.agencies_agency g WHERE g.id = at_agency
$$
"""

WANTS_SECOND = f"""
CREATE FUNCTION agencies.wants_second(at_agency uuid, wanted text[], secrecy boolean)
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT NOT coalesce(agencies.gives_alone(g.kind, wanted, secrecy, agencies.session_holds(),
                                             kernel.session_agency() = g.id), false)
      FROM public.agencies_agency g WHERE g.id = at_agency
$$
"""

# `besides` are those whose own say does not count.
MAY_CONFIRM = f"""
CREATE FUNCTION agencies.may_confirm(at_agency uuid, wanted text[], besides uuid[])
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT coalesce(kernel.session_account() <> ALL (besides) AND agencies.vouches(
               g.kind, wanted, agencies.session_holds(), kernel.session_agency() = g.id,
               agencies.held_by_others(kernel.session_cell(), g.id, besides)), false)
      FROM public.agencies_agency g WHERE g.id = at_agency
$$
"""

# Whether somebody could propose this today, in whatever seat.
STILL_OFFERS = f"""
CREATE FUNCTION agencies.still_offers(in_cell int, who uuid, at_agency uuid, wanted text[])
RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT EXISTS (
        SELECT FROM public.kernel_seat s JOIN public.agencies_agency g ON g.id = at_agency
         WHERE s.cell_id = in_cell AND s.account_id = who
           AND now() >= s.valid_from AND now() < s.valid_until
           AND agencies.could_offer(g.kind, wanted, s.roles, s.agency_id = at_agency))
$$
"""
