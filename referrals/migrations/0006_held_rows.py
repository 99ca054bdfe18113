"""New rows wait for a share that is being ended, and the right to write ends to the second.

A row added while a share ends could keep the viewers of a moment before: adding one now waits for
whoever changes the case's grants. And a unit that keeps reading after its right to contribute has
ended no longer writes, also when nothing has come by to tidy.
"""

from django.db import migrations

from kernel.rls.operations import CELL, UNITS, MaintenanceFunction, has_role
from referrals.states import COORDINATION, PROSECUTION

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"

READERS = f"""
CREATE OR REPLACE FUNCTION referrals.readers(
    of_case uuid, of_bit int, made timestamptz, extra int,
    OUT viewers int[], OUT editors int[], OUT recheck_at timestamptz
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    SELECT coalesce(array_agg(u.unit_id ORDER BY u.unit_id), '{{}}'),
           coalesce(array_agg(u.unit_id ORDER BY u.unit_id)
                    FILTER (WHERE u.level >= CASE WHEN of_bit < 0 THEN 5 ELSE 4 END), '{{}}'),
           coalesce(min(u.until), {FOREVER})
      INTO viewers, editors, recheck_at
      FROM (SELECT g.unit_id, max(g.level) AS level, min(g.valid_until) AS until
              FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until
               AND (of_bit < 0 OR (g.unit_id = extra AND g.level >= 2)
                    OR (g.scope & (1 << of_bit) <> 0 AND made <= g.items_until))
             GROUP BY g.unit_id) u;
END $$
"""

STILL_EDITS = f"""
CREATE FUNCTION referrals.still_edits(of_case uuid, of_bit int, made timestamptz, extra int)
RETURNS boolean LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM public.referrals_grant g
         WHERE g.case_id = of_case AND g.unit_id = ANY (kernel.session_units())
           AND g.valid_from <= now() AND now() < g.valid_until
           AND g.level >= CASE WHEN of_bit < 0 THEN 5 ELSE 4 END
           AND (of_bit < 0 OR (g.unit_id = extra AND g.level >= 2)
                OR (g.scope & (1 << of_bit) <> 0 AND made <= g.items_until)));
END $$
"""

NEW_ROW = f"""
CREATE OR REPLACE FUNCTION referrals.scope_new_row() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE r record;
BEGIN
    -- Whoever changes the grants of this case has finished, or waits until this row is there.
    PERFORM 1 FROM public.referrals_case WHERE id = NEW.case_id FOR NO KEY UPDATE;
    -- When a row was made is the database's to say: a share may cover only what came before it.
    NEW.created_at := clock_timestamp();
    SELECT * INTO r FROM referrals.readers(
        NEW.case_id, NEW.bit, NEW.created_at, (to_jsonb(NEW) ->> 'owner_unit')::int);
    NEW.viewers := r.viewers; NEW.editors := r.editors; NEW.recheck_at := r.recheck_at;
    RETURN NEW;
END $$
"""

HOLD_CASE = f"""
CREATE FUNCTION referrals.hold_case(of_case uuid) RETURNS text
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE found text;
BEGIN
    -- Only for who may see the case: others wait for nothing and learn nothing.
    SELECT c.state INTO found FROM public.referrals_case c
     WHERE c.id = of_case AND c.cell_id = kernel.session_cell()
       AND c.viewers && kernel.session_units()
       AND (now() < c.recheck_at OR referrals.still_granted(c.id, -1, now(), NULL)) FOR UPDATE;
    RETURN found;
END $$
"""

CORE = " OR ".join(has_role(role) for role in sorted(COORDINATION | PROSECUTION))


def seen(owner: str = "NULL", *, bit: str = "bit", case: str = "case_id") -> str:
    """Rows whose viewers hold one of the session's units, exact to the moment of expiry."""
    return (
        f"{CELL} AND viewers && {UNITS} AND (now() < recheck_at"
        f" OR referrals.still_granted({case}, {bit}, created_at, {owner}))"
    )


def edited(owner: str = "NULL", *, bit: str = "bit", case: str = "case_id") -> str:
    """Rows that the session may change, exact to the moment at which that right ends."""
    return (
        f"{CELL} AND viewers && {UNITS} AND editors && {UNITS} AND (now() < recheck_at"
        f" OR referrals.still_edits({case}, {bit}, created_at, {owner}))"
    )


def _policies() -> migrations.RunSQL:
    header = edited(bit="-1", case="id")
    measure = (
        f"({edited('owner_unit')}) OR ({seen('owner_unit')} AND owner_unit = ANY ({UNITS}::int[]))"
    )
    changed = [("referrals_case", header), ("referrals_compartment", edited())]
    changed.append(("referrals_measure", measure))
    added = [
        (table, edited())
        for table in ("referrals_case_key", "referrals_compartment", "referrals_party")
    ]
    decided = f"decided_by = (SELECT kernel.session_seat()) AND {edited('owner_unit')}"
    added.append(("referrals_measure", f"({CORE}) AND {decided}"))
    statements = [
        f"ALTER POLICY runtime_update ON {table} USING ({rule}) WITH CHECK ({rule});"
        for table, rule in changed
    ]
    statements += [
        f"ALTER POLICY runtime_insert ON {table} WITH CHECK ({rule});" for table, rule in added
    ]
    return migrations.RunSQL("\n".join(statements), migrations.RunSQL.noop)


RESCOPE = """
SET ROLE rempart_maintenance;
SELECT referrals.sync_case(id) FROM public.referrals_case;
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0005_walls")]

    operations = [
        MaintenanceFunction("referrals.readers(uuid, int, timestamptz, int)", READERS),
        MaintenanceFunction(
            "referrals.still_edits(uuid, int, timestamptz, int)",
            STILL_EDITS,
            execute_by=("rempart_runtime",),
        ),
        MaintenanceFunction("referrals.scope_new_row()", NEW_ROW),
        MaintenanceFunction(
            "referrals.hold_case(uuid)", HOLD_CASE, execute_by=("rempart_runtime",)
        ),
        _policies(),
        migrations.RunSQL(RESCOPE, migrations.RunSQL.noop),
    ]
