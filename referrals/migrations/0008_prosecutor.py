"""The office that decides on a case: named by coordination when the territory names nobody.

The grants of both offices follow at once, and the cell's own rule on who activates is kept here as
well as in the pages.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.compartments import PROSECUTION
from referrals.states import COORDINATION, ENDS, UNDECIDED

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
_ENDS = ", ".join(f"'{state.value}'" for state in sorted(ENDS))
_UNDECIDED = ", ".join(f"'{state.value}'" for state in sorted(UNDECIDED))
_COORDINATES = " OR ".join(f"kernel.session_has('{role}')" for role in sorted(COORDINATION))

GUARD_PROSECUTOR = f"""
CREATE FUNCTION referrals.guard_prosecutor() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF NOT coalesce({_COORDINATES}, false) THEN
        RAISE EXCEPTION 'only coordination names the office of a prosecutor'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state IN ({_ENDS})
       OR (OLD.prosecutor_unit IS NOT NULL AND NEW.state NOT IN ({_UNDECIDED})) THEN
        RAISE EXCEPTION 'the office of this case does not change any more'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM public.agencies_accession a JOIN public.agencies_agency g ON g.id = a.agency_id
         WHERE a.unit_id = NEW.prosecutor_unit AND a.cell_id = NEW.cell_id
           AND g.kind = 'prosecutor' AND now() >= a.valid_from AND now() < a.valid_until) THEN
        RAISE EXCEPTION 'this unit is no office of a prosecutor in the cell'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""

FOLLOW_PROSECUTOR = f"""
CREATE FUNCTION referrals.follow_prosecutor() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    DELETE FROM public.referrals_grant
     WHERE case_id = NEW.id AND unit_id = OLD.prosecutor_unit AND share_id IS NULL;
    INSERT INTO public.referrals_grant
           (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until, items_until)
    VALUES (gen_random_uuid(), NEW.cell_id, NEW.id, NEW.prosecutor_unit, {PROSECUTION}, 5, now(),
            {FOREVER}, {FOREVER});
    PERFORM referrals.sync_case(NEW.id);
    RETURN NULL;
END $$
"""

GUARD_ACTIVATION = f"""
CREATE FUNCTION referrals.guard_activation() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF NOT coalesce(kernel.session_has('prosecutor'), false) AND 'prosecutor' = (
        SELECT p.activation FROM public.agencies_cellpolicy p WHERE p.cell_id = NEW.cell_id
         ORDER BY p.version DESC LIMIT 1) THEN
        RAISE EXCEPTION 'a delegate does not activate this cell'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0007_leaving"), ("agencies", "0003_protocol")]

    operations = [
        MaintenanceFunction("referrals.guard_prosecutor()", GUARD_PROSECUTOR),
        MaintenanceFunction("referrals.follow_prosecutor()", FOLLOW_PROSECUTOR),
        MaintenanceFunction("referrals.guard_activation()", GUARD_ACTIVATION),
        migrations.RunSQL(
            "CREATE TRIGGER a_prosecutor BEFORE UPDATE OF prosecutor_unit ON referrals_case"
            " FOR EACH ROW WHEN (OLD.state <> 'draft'"
            " AND OLD.prosecutor_unit IS DISTINCT FROM NEW.prosecutor_unit)"
            " EXECUTE FUNCTION referrals.guard_prosecutor();"
            "CREATE TRIGGER c_prosecutor AFTER UPDATE OF prosecutor_unit ON referrals_case"
            " FOR EACH ROW WHEN (OLD.state <> 'draft'"
            " AND OLD.prosecutor_unit IS DISTINCT FROM NEW.prosecutor_unit)"
            " EXECUTE FUNCTION referrals.follow_prosecutor();"
            "CREATE TRIGGER a_activation BEFORE UPDATE OF state ON referrals_case"
            " FOR EACH ROW WHEN (NEW.state = 'activated' AND OLD.state <> 'activated')"
            " EXECUTE FUNCTION referrals.guard_activation();",
            migrations.RunSQL.noop,
        ),
    ]
