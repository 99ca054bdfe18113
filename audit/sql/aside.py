"""Copies that contradict a log for good, set aside by two people: after a loss that is accepted.

What is set aside raises no alarm any more, and stands on where everybody concerned sees it. One
that was not among them raises it again.
"""

from __future__ import annotations

from typing import Final

from audit.sql.keeping import DEFINER, LAPSES_AFTER, only
from audit.sql.telling import KEEPING

MOST: Final = 200
"""Copies that one proposal takes: an entry names each of them, and stays far below its limit."""

SIZE: Final = "split_part({}, E'\\n', 2)::bigint"
"""How many entries a copy speaks of."""

REASONS: Final = "'restored', 'trial', 'established'"

TABLE = f"""
CREATE TABLE audit_aside (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'signed', 'withdrawn')),
    reason text NOT NULL CHECK (reason IN ({REASONS})),
    copies text[] NOT NULL CHECK (cardinality(copies) > 0),
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    signed_by uuid CHECK (signed_by <> proposed_by),
    signed_at timestamptz,
    CHECK ((state = 'signed') = (signed_by IS NOT NULL)),
    CHECK ((signed_by IS NULL) = (signed_at IS NULL))
);
CREATE UNIQUE INDEX audit_aside_one ON audit_aside (cell_id) WHERE state = 'proposed';
CREATE INDEX audit_aside_signed ON audit_aside (cell_id) WHERE state = 'signed';
GRANT SELECT, INSERT, UPDATE ON audit_aside TO rempart_maintenance;
"""

# Those that somebody was shown, as long as they are all that stand and are not aside yet, or the
# first of them: what they were shown they say back as one digest over the digests of the copies.
PROPOSE = f"""
CREATE FUNCTION audit.propose_aside(number uuid, why text, shown text) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell(); standing text[];
BEGIN
    {only("auditor", "dpo")}
    PERFORM pg_advisory_xact_lock({KEEPING});
    standing := ARRAY(
        SELECT c FROM (SELECT v.copies FROM public.audit_verified v WHERE v.cell_id = mine
                        ORDER BY v.at DESC LIMIT 1) last, unnest(last.copies) c
         WHERE NOT EXISTS (SELECT FROM public.audit_aside a
                            WHERE a.cell_id = mine AND a.state = 'signed' AND c = ANY (a.copies))
         ORDER BY {SIZE.format("c")}, c COLLATE "C" LIMIT {MOST});
    IF shown IS DISTINCT FROM (
        SELECT encode(sha256(convert_to(string_agg(encode(sha256(convert_to(c, 'UTF8')), 'hex'),
                                                   ',' ORDER BY place), 'UTF8')), 'hex')
          FROM unnest(standing) WITH ORDINALITY AS c (c, place)) THEN
        RETURN false;
    END IF;
    INSERT INTO public.audit_aside (id, cell_id, state, reason, copies, proposed_by, proposed_at)
    VALUES (number, mine, 'proposed', why, standing, kernel.session_account(), now())
        ON CONFLICT (cell_id) WHERE state = 'proposed' DO NOTHING;
    RETURN FOUND;
END $$
"""

SIGN = f"""
CREATE FUNCTION audit.sign_aside(number uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE a record;
BEGIN
    {only("auditor", "dpo", "cell_admin")}
    SELECT * INTO a FROM public.audit_aside x
     WHERE x.id = number AND x.cell_id = kernel.session_cell() AND x.state = 'proposed'
       AND x.proposed_at > now() - interval '{LAPSES_AFTER}' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF a.proposed_by = kernel.session_account() THEN
        RAISE EXCEPTION 'somebody else signs what one has proposed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.audit_aside x
       SET state = 'signed', signed_by = kernel.session_account(), signed_at = now()
     WHERE x.id = number;
    RETURN true;
END $$
"""

WITHDRAW = f"""
CREATE FUNCTION audit.withdraw_aside(number uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    {only("auditor", "dpo", fresh=False)}
    UPDATE public.audit_aside x SET state = 'withdrawn'
     WHERE x.id = number AND x.cell_id = kernel.session_cell() AND x.state = 'proposed';
    RETURN FOUND;
END $$
"""

LAPSED = """
ALTER TABLE audit_aside DROP CONSTRAINT audit_aside_state_check,
    ADD CONSTRAINT audit_aside_state_check
    CHECK (state IN ('proposed', 'signed', 'withdrawn', 'lapsed'));
"""

LAPSE = f"""
CREATE FUNCTION audit.lapse_asides() RETURNS TABLE (which uuid, in_cell int)
LANGUAGE sql VOLATILE {DEFINER} AS $$
    UPDATE public.audit_aside x SET state = 'lapsed'
     WHERE x.state = 'proposed' AND x.proposed_at <= now() - interval '{LAPSES_AFTER}'
    RETURNING x.id, x.cell_id
$$
"""

# In this very transaction, by who did it, and all of it: whoever looks the copies up in the journal
# finds who has set them aside, and who has thrown a proposal out. Only the worker lets one lapse.
ON_RECORD = f"""
CREATE FUNCTION audit.aside_on_record() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE facts jsonb := jsonb_build_object(
            'aside', NEW.id, 'after', NEW.state,
            'before', CASE WHEN NEW.state <> 'proposed' THEN 'proposed' END);
BEGIN
    IF NEW.state IN ('proposed', 'signed') THEN
        facts := facts || (
            SELECT jsonb_build_object(
                       'aside_reason', NEW.reason,
                       'copies', jsonb_agg(encode(sha256(convert_to(c.note, 'UTF8')), 'hex')
                                           ORDER BY c.place),
                       'copy_sizes', jsonb_agg({SIZE.format("c.note")} ORDER BY c.place))
              FROM unnest(NEW.copies) WITH ORDINALITY AS c (note, place));
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.audit_entry e
         WHERE e.cell_id = NEW.cell_id
           AND e.actor IS NOT DISTINCT FROM CASE NEW.state
               WHEN 'proposed' THEN NEW.proposed_by WHEN 'signed' THEN NEW.signed_by
               WHEN 'withdrawn' THEN kernel.session_account() END
           AND e.xid = pg_current_xact_id() AND e.kind = 'witness.aside_' || NEW.state
           AND e.outcome = 'done' AND e.subject_id = NEW.id
           AND convert_from(e.payload, 'UTF8')::jsonb -> 'facts' = facts) THEN
        RAISE EXCEPTION 'no copy is set aside without an entry that names it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

WATCHED = """
CREATE CONSTRAINT TRIGGER z_on_record AFTER INSERT OR UPDATE ON audit_aside
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'lapsed')
    EXECUTE FUNCTION audit.aside_on_record();
"""
