"""How long entries are kept: holds, purges that two people answer for, and what a purge may take.

Whoever signs a purge is not who proposed it. What goes is named first, leaf by leaf, in
``audit_pruned``; the digest of that list is an entry of the log; and only when a checkpoint lies
over this entry does anything go. The hashes stay.
"""

from __future__ import annotations

from typing import Final

from audit.log import of_this_era

LOWEST_MONTHS: Final = 6
CONTROL_MONTHS: Final = 36
LAPSES_AFTER: Final = "14 days"
OPEN: Final = "'proposed', 'signed', 'named'"
SCOPES: Final = "'cell', 'case', 'person'"
REASONS: Final = "'judicial', 'complaint', 'inspection', 'person_request'"
ABOUT_PURGES: Final = "'keeping.proposed', 'keeping.signed', 'keeping.purged'"

DEFINER: Final = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

TABLES = f"""
CREATE TABLE audit_hold (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL,
    scope text NOT NULL CHECK (scope IN ({SCOPES})),
    about uuid,
    reason text NOT NULL CHECK (reason IN ({REASONS})),
    placed_by uuid NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_by uuid,
    lifted_at timestamptz,
    CHECK ((about IS NULL) = (scope = 'cell')),
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
);
CREATE INDEX audit_hold_standing ON audit_hold (cell_id) WHERE lifted_at IS NULL;

-- listed and pruned are tiles that are done with; gone counts entries. at_work is the transaction
-- in which entries go: the guard of audit_entry asks for it.
CREATE TABLE audit_purge (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL,
    state text NOT NULL CHECK (state IN ({OPEN}, 'done', 'withdrawn', 'lapsed')),
    months smallint NOT NULL CHECK (months BETWEEN {LOWEST_MONTHS} AND {CONTROL_MONTHS}),
    ordinary_before timestamptz NOT NULL,
    control_before timestamptz NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    signed_by uuid CHECK (signed_by <> proposed_by),
    signed_at timestamptz,
    ended_at timestamptz,
    ordinary_size bigint,
    control_size bigint,
    listed bigint NOT NULL DEFAULT 0,
    pruned bigint NOT NULL DEFAULT 0,
    gone bigint NOT NULL DEFAULT 0,
    at_work xid8
);
CREATE UNIQUE INDEX audit_purge_one ON audit_purge (cell_id) WHERE state IN ({OPEN});

-- Bit i of a mask, (byte i/8 >> i%8) & 1, names the leaf n * 256 + i.
CREATE TABLE audit_pruned (
    cell_id int NOT NULL,
    n bigint NOT NULL CHECK (n >= 0),
    purge_id uuid NOT NULL,
    mask bytea NOT NULL CHECK (octet_length(mask) = 32),
    PRIMARY KEY (purge_id, n)
);
CREATE INDEX audit_pruned_tile ON audit_pruned (cell_id, n);
SELECT audit.guard('audit_pruned');

CREATE INDEX audit_entry_keeping ON audit_entry (cell_id, subject_id)
    WHERE kind IN ({ABOUT_PURGES});

GRANT SELECT, INSERT, UPDATE ON audit_hold, audit_purge TO rempart_maintenance;
GRANT SELECT, INSERT ON audit_pruned TO rempart_maintenance;
GRANT DELETE ON audit_entry, audit_tally TO rempart_maintenance;
"""

GUARD = """
CREATE OR REPLACE FUNCTION audit.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The one way out of the record: inside the very transaction in which audit.prune is at work.
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_entry'
       AND current_user = 'rempart_maintenance'
       AND EXISTS (SELECT FROM public.audit_purge p
                    WHERE p.state = 'named' AND p.at_work = pg_current_xact_id()) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# Who is held in one cell is held in what belongs to none.
HELD = """
CREATE FUNCTION audit.held(in_cell int, of_case uuid, by_actor uuid, of_subject uuid)
RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.audit_hold h
         WHERE h.lifted_at IS NULL
           AND (h.cell_id = in_cell OR in_cell = 0 AND h.scope = 'person')
           AND (h.scope = 'cell'
                OR h.scope = 'case' AND h.about = of_case
                OR h.scope = 'person' AND h.about IN (by_actor, of_subject)))
$$
"""


def only(*roles: str, fresh: bool = True) -> str:
    """PL/pgSQL that refuses every session that holds none of these roles."""
    held = " OR ".join(f"kernel.session_has('{role}')" for role in roles)
    asked = f"""IF ({held}) IS NOT TRUE THEN
        RAISE EXCEPTION 'this seat does not answer for what is kept'
            USING ERRCODE = 'insufficient_privilege';
    END IF;"""
    if fresh:
        asked += """
    IF NOT kernel.session_fresh() THEN
        RAISE EXCEPTION 'a fresh factor comes first' USING ERRCODE = 'insufficient_privilege';
    END IF;"""
    return asked


PLACE_HOLD = f"""
CREATE FUNCTION audit.place_hold(number uuid, over text, of uuid, why text) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    {only("auditor", "dpo")}
    INSERT INTO public.audit_hold (id, cell_id, scope, about, reason, placed_by, placed_at)
    VALUES (number, kernel.session_cell(), over, of, why, kernel.session_account(), now());
END $$
"""

LIFT_HOLD = f"""
CREATE FUNCTION audit.lift_hold(number uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    {only("auditor", "dpo")}
    UPDATE public.audit_hold h SET lifted_by = kernel.session_account(), lifted_at = now()
     WHERE h.id = number AND h.cell_id = kernel.session_cell() AND h.lifted_at IS NULL;
    RETURN FOUND;
END $$
"""

# What has outlived its term, by month and kind, and what of it a hold keeps.
DUE = f"""
CREATE FUNCTION audit.purge_due(kept int, ordinary text[])
RETURNS TABLE (month date, kind text, due bigint, held bigint)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE today timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
    {only("auditor", "dpo", "cell_admin", fresh=False)}
    RETURN QUERY
    SELECT date_trunc('month', {of_this_era("e.at")} AT TIME ZONE 'UTC')::date, e.kind,
           count(*) FILTER (WHERE NOT h.yes), count(*) FILTER (WHERE h.yes)
      FROM public.audit_entry e
     CROSS JOIN LATERAL (SELECT audit.held(e.cell_id, e.case_id, e.actor, e.subject_id) AS yes) h
     WHERE e.cell_id = kernel.session_cell()
       AND e.at < today - make_interval(months => kept)
       AND (e.kind = ANY (ordinary) OR e.at < today - make_interval(months => {CONTROL_MONTHS}))
       AND left(e.kind, 8) <> 'keeping.'
     GROUP BY 1, 2 ORDER BY 1, 2;
END $$
"""

PROPOSE = f"""
CREATE FUNCTION audit.propose_purge(number uuid, kept int) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE today timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
    {only("auditor", "dpo")}
    INSERT INTO public.audit_purge (id, cell_id, state, months, ordinary_before, control_before,
                                    proposed_by, proposed_at)
    VALUES (number, kernel.session_cell(), 'proposed', kept,
            today - make_interval(months => kept),
            today - make_interval(months => {CONTROL_MONTHS}), kernel.session_account(), now())
        ON CONFLICT (cell_id) WHERE state IN ({OPEN}) DO NOTHING;
    RETURN FOUND;
END $$
"""

SIGN = f"""
CREATE FUNCTION audit.sign_purge(number uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE p record;
BEGIN
    {only("auditor", "dpo", "cell_admin")}
    SELECT * INTO p FROM public.audit_purge q
     WHERE q.id = number AND q.cell_id = kernel.session_cell() AND q.state = 'proposed'
       AND q.proposed_at > now() - interval '{LAPSES_AFTER}' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p.proposed_by = kernel.session_account() THEN
        RAISE EXCEPTION 'somebody else signs what one has proposed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.audit_purge q
       SET state = 'signed', signed_by = kernel.session_account(), signed_at = now()
     WHERE q.id = number;
    RETURN true;
END $$
"""

WITHDRAW = f"""
CREATE FUNCTION audit.withdraw_purge(number uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    {only("auditor", "dpo", fresh=False)}
    UPDATE public.audit_purge q SET state = 'withdrawn', ended_at = now()
     WHERE q.id = number AND q.cell_id = kernel.session_cell() AND q.state = 'proposed';
    RETURN FOUND;
END $$
"""

LAPSE = f"""
CREATE FUNCTION audit.lapse_purges() RETURNS TABLE (which uuid, in_cell int)
LANGUAGE sql VOLATILE {DEFINER} AS $$
    UPDATE public.audit_purge q SET state = 'lapsed', ended_at = now()
     WHERE q.state = 'proposed' AND q.proposed_at <= now() - interval '{LAPSES_AFTER}'
    RETURNING q.id, q.cell_id
$$
"""
