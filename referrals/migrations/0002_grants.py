"""Who sees what, kept by the database: grants, viewers, exact expiry.

The runtime role writes neither grants nor viewers. Triggers do, through functions of the
maintenance role: a case gives its school, the coordination and the prosecutor what is theirs, and
a share gives its recipient what was shared, from acceptance to ending.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.compartments import COORDINATION, PROSECUTION, SCHOOL
from referrals.states import ENDS, moves

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
TABLES = (
    "referrals_case, referrals_case_key, referrals_compartment, referrals_party,"
    " referrals_measure, referrals_feedback, referrals_milestone, referrals_share,"
    " referrals_grant, referrals_case_access, referrals_reference_counter"
)

# What the live grants of a case say about one of its rows. ``extra`` is a unit that sees the row
# because it owns it, as long as it may see the case at all.
READERS = f"""
CREATE FUNCTION referrals.readers(
    of_case uuid, of_bit int, made timestamptz, extra int,
    OUT viewers int[], OUT editors int[], OUT recheck_at timestamptz
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    SELECT coalesce(array_agg(u.unit_id ORDER BY u.unit_id), '{{}}'),
           coalesce(array_agg(u.unit_id ORDER BY u.unit_id)
                    FILTER (WHERE u.level >= CASE WHEN of_bit < 0 THEN 5 ELSE 4 END), '{{}}'),
           coalesce(min(u.until), {FOREVER})
      INTO viewers, editors, recheck_at
      FROM (SELECT g.unit_id, max(g.level) AS level, max(g.valid_until) AS until
              FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until
               AND (of_bit < 0 OR (g.unit_id = extra AND g.level >= 2)
                    OR (g.scope & (1 << of_bit) <> 0 AND made <= g.items_until))
             GROUP BY g.unit_id) u;
END $$
"""

STILL = f"""
CREATE FUNCTION referrals.still_granted(of_case uuid, of_bit int, made timestamptz, extra int)
RETURNS boolean LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM public.referrals_grant g
         WHERE g.case_id = of_case AND g.unit_id = ANY (kernel.session_units())
           AND g.valid_from <= now() AND now() < g.valid_until
           AND (of_bit < 0 OR (g.unit_id = extra AND g.level >= 2)
                OR (g.scope & (1 << of_bit) <> 0 AND made <= g.items_until)));
END $$
"""

MAY_APPEND = f"""
CREATE FUNCTION referrals.may_append(of_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN referrals.still_granted(of_case, -1, now(), NULL);
END $$
"""


def _child_sync(table: str, extra: str = "NULL::int") -> str:
    return f"""
    UPDATE public.{table} t SET viewers = r.viewers, editors = r.editors, recheck_at = r.recheck_at
      FROM public.{table} x, LATERAL referrals.readers(x.case_id, x.bit, x.created_at, {extra}) r
     WHERE t.ctid = x.ctid AND x.case_id = of_case
       AND (t.viewers, t.editors, t.recheck_at)
           IS DISTINCT FROM (r.viewers, r.editors, r.recheck_at);"""


SYNC = f"""
CREATE FUNCTION referrals.sync_case(of_case uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    PERFORM 1 FROM public.referrals_case WHERE id = of_case FOR UPDATE;
    DELETE FROM public.referrals_case_access WHERE case_id = of_case;
    INSERT INTO public.referrals_case_access
           (unit_id, case_id, cell_id, sort_at, scope, level, valid_until)
    SELECT g.unit_id, c.id, c.cell_id, coalesce(c.submitted_at, c.created_at), bit_or(g.scope),
           max(g.level), max(g.valid_until)
      FROM public.referrals_grant g JOIN public.referrals_case c ON c.id = g.case_id
     WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until
     GROUP BY g.unit_id, c.id;
    UPDATE public.referrals_case c
       SET viewers = r.viewers, editors = r.editors, recheck_at = r.recheck_at
      FROM referrals.readers(of_case, -1, now(), NULL) r WHERE c.id = of_case;
{_child_sync("referrals_case_key")}
{_child_sync("referrals_compartment")}
{_child_sync("referrals_party")}
{_child_sync("referrals_measure", "x.owner_unit")}
{_child_sync("referrals_feedback")}
{_child_sync("referrals_milestone")}
END $$
"""

NEW_ROW = f"""
CREATE FUNCTION referrals.scope_new_row() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE r record;
BEGIN
    -- When a row was made is the database's to say: a share may cover only what came before it.
    NEW.created_at := clock_timestamp();
    SELECT * INTO r FROM referrals.readers(
        NEW.case_id, NEW.bit, NEW.created_at, (to_jsonb(NEW) ->> 'owner_unit')::int);
    NEW.viewers := r.viewers; NEW.editors := r.editors; NEW.recheck_at := r.recheck_at;
    RETURN NEW;
END $$
"""

NEW_CASE = f"""
CREATE FUNCTION referrals.scope_new_case() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    NEW.viewers := ARRAY[NEW.owner_unit]; NEW.editors := ARRAY[NEW.owner_unit];
    NEW.recheck_at := {FOREVER};
    RETURN NEW;
END $$
"""

GRANT_SCHOOL = f"""
CREATE FUNCTION referrals.grant_school() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    INSERT INTO public.referrals_grant
           (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until, items_until)
    VALUES (gen_random_uuid(), NEW.cell_id, NEW.id, NEW.owner_unit, {SCHOOL}, 5, now(),
            {FOREVER}, {FOREVER});
    PERFORM referrals.sync_case(NEW.id);
    RETURN NULL;
END $$
"""

_ENDS = ", ".join(f"'{state.value}'" for state in sorted(ENDS))
_MOVES = ", ".join(f"('{a}', '{b}')" for a, b in sorted(moves()))

CHANGED_CASE = f"""
CREATE FUNCTION referrals.guard_case() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (SELECT * FROM (VALUES {_MOVES}) AS moves) THEN
        RAISE EXCEPTION 'a referral does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

AFTER_CASE = f"""
CREATE FUNCTION referrals.follow_case() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE coordination int;
BEGIN
    IF OLD.state = 'draft' THEN
        SELECT c.coordination_unit_id INTO STRICT coordination
          FROM public.agencies_cell c WHERE c.id = NEW.cell_id;
        UPDATE public.referrals_grant SET level = 4
         WHERE case_id = NEW.id AND unit_id = NEW.owner_unit AND share_id IS NULL;
        INSERT INTO public.referrals_grant
               (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until, items_until)
        SELECT gen_random_uuid(), NEW.cell_id, NEW.id, u.unit, u.scope, 5, now(),
               {FOREVER}, {FOREVER}
          FROM (VALUES (coordination, {COORDINATION}), (NEW.prosecutor_unit, {PROSECUTION}))
               AS u (unit, scope) WHERE u.unit IS NOT NULL;
    ELSIF NEW.state IN ({_ENDS}) THEN
        UPDATE public.referrals_share SET state = 'case_closed', ended_at = now()
         WHERE case_id = NEW.id AND state IN ('proposed', 'accepted');
    END IF;
    PERFORM referrals.sync_case(NEW.id);
    RETURN NULL;
END $$
"""

NEXT_REFERENCE = f"""
CREATE FUNCTION referrals.next_reference() RETURNS text LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell(); code text; number int;
        this_year int := extract(year FROM now() AT TIME ZONE 'Europe/Paris');
BEGIN
    -- Numbers are for referrals: what they count is nobody else's business.
    IF kernel.session_has('school_pilot') IS NOT TRUE THEN
        RAISE EXCEPTION 'only a school sends a referral' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT c.code INTO STRICT code FROM public.agencies_cell c WHERE c.id = mine;
    INSERT INTO public.referrals_reference_counter AS n (cell_id, year, last)
    VALUES (mine, this_year, 1)
        ON CONFLICT (cell_id, year) DO UPDATE SET last = n.last + 1 RETURNING n.last INTO number;
    RETURN code || '-' || this_year || '-' || lpad(number::text, 5, '0');
END $$
"""

REFERENCES = f"""
CREATE FUNCTION referrals.references_of(cases uuid[]) RETURNS TABLE (case_id uuid, reference text)
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF kernel.session_has('auditor') OR kernel.session_has('dpo') THEN
        RETURN QUERY SELECT c.id, c.reference FROM public.referrals_case c
             WHERE c.cell_id = kernel.session_cell() AND c.id = ANY (cases)
               AND c.reference IS NOT NULL;
    END IF;
END $$
"""

CASE_OF_REFERENCE = f"""
CREATE FUNCTION referrals.case_of_reference(wanted text) RETURNS uuid
LANGUAGE plpgsql STABLE {DEFINER} AS $$
DECLARE answer uuid;
BEGIN
    IF kernel.session_has('auditor') OR kernel.session_has('dpo') THEN
        SELECT c.id INTO answer FROM public.referrals_case c
         WHERE c.cell_id = kernel.session_cell() AND c.reference = wanted;
    END IF;
    RETURN answer;
END $$
"""

DRIFT = f"""
CREATE FUNCTION referrals.drift() RETURNS SETOF uuid LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN QUERY
    SELECT c.id FROM public.referrals_case c,
           LATERAL referrals.readers(c.id, -1, now(), NULL) r
     WHERE now() < c.recheck_at AND c.viewers IS DISTINCT FROM r.viewers
    UNION
    SELECT p.case_id FROM public.referrals_compartment p,
           LATERAL referrals.readers(p.case_id, p.bit, p.created_at, NULL) r
     WHERE now() < p.recheck_at AND p.viewers IS DISTINCT FROM r.viewers
    UNION
    SELECT p.case_id FROM public.referrals_party p,
           LATERAL referrals.readers(p.case_id, p.bit, p.created_at, NULL) r
     WHERE now() < p.recheck_at AND p.viewers IS DISTINCT FROM r.viewers;
END $$
"""

CHILDREN = (
    "referrals_case_key",
    "referrals_compartment",
    "referrals_party",
    "referrals_measure",
    "referrals_feedback",
    "referrals_milestone",
)
ASKED = ("rempart_runtime",)


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0001_initial"),
        ("kernel", "0002_sessions"),
        ("agencies", "__first__"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS referrals;"
            "GRANT CREATE, USAGE ON SCHEMA referrals TO rempart_maintenance;"
            "GRANT USAGE ON SCHEMA referrals TO rempart_runtime, rempart_worker;"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO rempart_maintenance;"
            "GRANT SELECT ON agencies_cell TO rempart_maintenance;"
            "GRANT USAGE ON SEQUENCE referrals_case_access_id_seq,"
            " referrals_reference_counter_id_seq TO rempart_maintenance;"
            # The list of a queue is read straight from this index, newest first.
            "CREATE INDEX referrals_access_list ON referrals_case_access"
            " (unit_id, sort_at DESC, case_id DESC) INCLUDE (valid_until, scope, level);",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("referrals.readers(uuid, int, timestamptz, int)", READERS),
        MaintenanceFunction(
            "referrals.still_granted(uuid, int, timestamptz, int)", STILL, execute_by=ASKED
        ),
        MaintenanceFunction("referrals.may_append(uuid)", MAY_APPEND, execute_by=ASKED),
        MaintenanceFunction("referrals.sync_case(uuid)", SYNC),
        MaintenanceFunction("referrals.scope_new_row()", NEW_ROW),
        MaintenanceFunction("referrals.scope_new_case()", NEW_CASE),
        MaintenanceFunction("referrals.grant_school()", GRANT_SCHOOL),
        MaintenanceFunction("referrals.guard_case()", CHANGED_CASE),
        MaintenanceFunction("referrals.follow_case()", AFTER_CASE),
        MaintenanceFunction("referrals.next_reference()", NEXT_REFERENCE, execute_by=ASKED),
        MaintenanceFunction("referrals.references_of(uuid[])", REFERENCES, execute_by=ASKED),
        MaintenanceFunction(
            "referrals.case_of_reference(text)", CASE_OF_REFERENCE, execute_by=ASKED
        ),
        MaintenanceFunction("referrals.drift()", DRIFT, execute_by=("rempart_worker",)),
        migrations.RunSQL(
            "CREATE TRIGGER a_scope BEFORE INSERT ON referrals_case"
            " FOR EACH ROW EXECUTE FUNCTION referrals.scope_new_case();"
            "CREATE TRIGGER b_grant AFTER INSERT ON referrals_case"
            " FOR EACH ROW EXECUTE FUNCTION referrals.grant_school();"
            "CREATE TRIGGER a_guard BEFORE UPDATE OF state ON referrals_case FOR EACH ROW"
            " WHEN (OLD.state IS DISTINCT FROM NEW.state)"
            " EXECUTE FUNCTION referrals.guard_case();"
            "CREATE TRIGGER b_follow AFTER UPDATE OF state ON referrals_case FOR EACH ROW"
            " WHEN (OLD.state IS DISTINCT FROM NEW.state)"
            " EXECUTE FUNCTION referrals.follow_case();"
            + "".join(
                f"CREATE TRIGGER a_scope BEFORE INSERT ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION referrals.scope_new_row();"
                for table in CHILDREN
            ),
            migrations.RunSQL.noop,
        ),
    ]
