"""What the database refuses by itself, whatever a page would let through.

A step of the case belongs to roles here as well; a share names its recipient by its unit, and who
that is comes from what the agency signed; the timeline is signed by the seat that writes it.
"""

from django.db import migrations

from kernel.rls.operations import CELL, UNITS, MaintenanceFunction, has_role
from referrals.states import COORDINATION, PROSECUTION, STEPS

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
LONGEST = "interval '367 days'"

SCOPE_NOW = f"""
CREATE FUNCTION referrals.scope_now(of_case uuid) RETURNS int LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (SELECT coalesce(bit_or(g.scope), 0) FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.cell_id = kernel.session_cell()
               AND g.unit_id = ANY (kernel.session_units())
               AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""

UNITS_ON_CASE = f"""
CREATE FUNCTION referrals.units_on_case(of_case uuid, at_least int) RETURNS int[]
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT referrals.still_granted(of_case, -1, now(), NULL) THEN
        RETURN '{{}}';
    END IF;
    RETURN (SELECT coalesce(array_agg(DISTINCT g.unit_id), '{{}}') FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.level >= at_least
               AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""


def _moves() -> str:
    """Every move that a step allows with the roles that may make it, as rows of SQL."""
    rows = []
    for step in STEPS.values():
        roles = ", ".join(f"'{role}'" for role in sorted(step.roles))
        rows += [
            f"('{source.value}', '{step.target.value}', ARRAY[{roles}])" for source in step.sources
        ]
    return ",\n             ".join(sorted(rows))


GUARD_CASE = f"""
CREATE OR REPLACE FUNCTION referrals.guard_case() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE allowed text[];
BEGIN
    SELECT array_agg(role) INTO allowed FROM (VALUES
             {_moves()}) AS moves (source, target, roles), unnest(roles) AS role
     WHERE source = OLD.state AND target = NEW.state;
    IF allowed IS NULL THEN
        RAISE EXCEPTION 'a referral does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM unnest(allowed) AS role WHERE kernel.session_has(role)) THEN
        RAISE EXCEPTION 'this seat does not take a referral from % to %', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.state = 'draft' AND NEW.prosecutor_unit IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM public.agencies_accession a JOIN public.agencies_agency g ON g.id = a.agency_id
         WHERE a.unit_id = NEW.prosecutor_unit AND a.cell_id = NEW.cell_id
           AND g.kind = 'prosecutor' AND now() >= a.valid_from AND now() < a.valid_until) THEN
        RAISE EXCEPTION 'this unit is no office of a prosecutor in the cell'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""

NEW_SHARE = f"""
CREATE OR REPLACE FUNCTION referrals.scope_new_share() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE given int; recipient record;
BEGIN
    SELECT bit_or(g.scope) INTO given FROM public.referrals_grant g
     WHERE g.case_id = NEW.case_id AND g.unit_id = NEW.from_unit AND g.level = 5
       AND g.valid_from <= now() AND now() < g.valid_until;
    IF given IS NULL OR NEW.scope & ~given <> 0 THEN
        RAISE EXCEPTION 'a share holds only what its author steers'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'a share begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.expires_at > now() + {LONGEST} THEN
        RAISE EXCEPTION 'a share ends within a year' USING ERRCODE = 'check_violation';
    END IF;
    SELECT a.secrecy_unit_id, g.id, g.kind, g.name INTO recipient
      FROM public.agencies_accession a JOIN public.agencies_agency g ON g.id = a.agency_id
     WHERE a.unit_id = NEW.to_unit AND a.cell_id = NEW.cell_id
       AND now() >= a.valid_from AND now() < a.valid_until;
    IF NOT FOUND OR NEW.to_secrecy_unit IS DISTINCT FROM recipient.secrecy_unit_id
                    AND NEW.to_secrecy_unit IS NOT NULL THEN
        RAISE EXCEPTION 'a share goes to an agency that takes part in the cell'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.to_agency_id := recipient.id;
    NEW.to_agency_kind := recipient.kind;
    NEW.to_agency_name := recipient.name;
    NEW.proposed_by := kernel.session_seat(); NEW.proposed_at := now();
    NEW.viewers := ARRAY[NEW.from_unit, NEW.to_unit];
    RETURN NEW;
END $$
"""

STEADY_SHARE = f"""
CREATE FUNCTION referrals.refuse_change() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    RAISE EXCEPTION 'a share changes only by a step of its life'
        USING ERRCODE = 'insufficient_privilege';
END $$
"""

SIGN = f"""
CREATE FUNCTION referrals.sign_milestone() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE who record;
BEGIN
    SELECT k.display_name, k.agency_name INTO who
      FROM public.kernel_seat k WHERE k.id = kernel.session_seat();
    IF FOUND THEN
        NEW.by_name := who.display_name; NEW.by_agency := who.agency_name;
    END IF;
    NEW.created_at := clock_timestamp();
    RETURN NEW;
END $$
"""

ASKED = ("rempart_runtime",)
EDITED = (
    f"editors && {UNITS} AND {CELL} AND viewers && {UNITS} AND (now() < recheck_at"
    " OR referrals.still_granted(case_id, bit, created_at, owner_unit))"
)
CORE = f"({' OR '.join(has_role(role) for role in sorted(COORDINATION | PROSECUTION))})"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0004_row_security"), ("agencies", "0002_scope")]

    operations = [
        MaintenanceFunction("referrals.scope_now(uuid)", SCOPE_NOW, execute_by=ASKED),
        MaintenanceFunction("referrals.units_on_case(uuid, int)", UNITS_ON_CASE, execute_by=ASKED),
        MaintenanceFunction("referrals.guard_case()", GUARD_CASE),
        MaintenanceFunction("referrals.scope_new_share()", NEW_SHARE),
        MaintenanceFunction("referrals.refuse_change()", STEADY_SHARE),
        MaintenanceFunction("referrals.sign_milestone()", SIGN),
        migrations.RunSQL(
            "ALTER TABLE referrals_share ADD CONSTRAINT referrals_share_level_given"
            " CHECK (level BETWEEN 1 AND 4);"
            "ALTER TABLE referrals_share ADD CONSTRAINT referrals_share_stub_is_empty"
            " CHECK (level > 1 OR scope = 0);"
            "CREATE TRIGGER a_steady BEFORE UPDATE ON referrals_share FOR EACH ROW"
            " WHEN (OLD.state IS NOT DISTINCT FROM NEW.state)"
            " EXECUTE FUNCTION referrals.refuse_change();"
            "CREATE TRIGGER a_author BEFORE INSERT ON referrals_milestone FOR EACH ROW"
            " EXECUTE FUNCTION referrals.sign_milestone();"
            # A case is begun by a pilot, in their own school and in their own name.
            "ALTER POLICY runtime_insert ON referrals_case WITH CHECK"
            f" ({CELL} AND owner_unit = ANY ({UNITS}::int[]) AND state = 'draft'"
            f" AND {has_role('school_pilot')}"
            " AND school_id = (SELECT kernel.session_agency())"
            " AND created_by = (SELECT kernel.session_seat()));"
            # A measure is decided by the cell's core, in the name of who decides it.
            f"ALTER POLICY runtime_insert ON referrals_measure WITH CHECK ({CORE}"
            f" AND decided_by = (SELECT kernel.session_seat()) AND {EDITED});",
            migrations.RunSQL.noop,
        ),
    ]
