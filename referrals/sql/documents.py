"""Who sees which document, kept by the database: those who see its compartment, and no more.

A document that a share without later items does not cover is still seen by whoever added it. A
copy made for one recipient is seen by them in place of the original, and by those who steer. Who
opens a case in an emergency sees no more of it than a copy made for their agency.
"""

from referrals.states import COORDINATION, PROSECUTION

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
ARGUMENTS = "uuid, int, timestamptz, int, int[], int[]"
_NAMED = "of_case uuid, of_bit int, made timestamptz, owner int, only_for int[], withheld int[]"
_OPENS = """g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until
               AND g.scope & (1 << of_bit) <> 0
               AND (made <= g.items_until OR g.unit_id = owner)
               AND (only_for IS NULL OR g.unit_id = ANY (only_for) OR g.level = 5
                    OR EXISTS (SELECT FROM public.referrals_glass b
                                WHERE b.id = g.id AND b.stands_for && only_for))
               AND NOT g.unit_id = ANY (withheld)
               AND (withheld = '{}' OR NOT EXISTS (SELECT FROM public.referrals_glass b
                                WHERE b.id = g.id AND b.stands_for && withheld))"""
CORE = " OR ".join(f"kernel.session_has('{role}')" for role in sorted(COORDINATION | PROSECUTION))

READERS = f"""
CREATE FUNCTION referrals.document_readers({_NAMED},
    OUT viewers int[], OUT editors int[], OUT recheck_at timestamptz
) LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    SELECT coalesce(array_agg(u.unit_id ORDER BY u.unit_id), '{{}}'),
           coalesce(array_agg(u.unit_id ORDER BY u.unit_id) FILTER (WHERE u.level >= 4), '{{}}'),
           coalesce(min(u.until), {FOREVER})
      INTO viewers, editors, recheck_at
      FROM (SELECT g.unit_id, max(g.level) AS level, min(g.valid_until) AS until
              FROM public.referrals_grant g
             WHERE {_OPENS}
             GROUP BY g.unit_id) u;
END $$
"""


def _still(name: str, level: int) -> str:
    return f"""
CREATE FUNCTION referrals.{name}({_NAMED}) RETURNS boolean LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM public.referrals_grant g
             WHERE g.unit_id = ANY (kernel.session_units()) AND g.level >= {level}
               AND {_OPENS});
END $$
"""


SEES = _still("sees_document", 2)
EDITS = _still("edits_document", 4)

SCOPE_TO_EDIT = f"""
CREATE FUNCTION referrals.scope_to_edit(of_case uuid) RETURNS int
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (SELECT coalesce(bit_or(g.scope), 0) FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.cell_id = kernel.session_cell()
               AND g.unit_id = ANY (kernel.session_units()) AND g.level >= 4
               AND g.valid_from <= now() AND now() < g.valid_until);
END $$
"""

NEW_DOCUMENT = f"""
CREATE FUNCTION referrals.scope_new_document() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE r record; mine record; original record;
BEGIN
    -- Whoever changes the grants of this case has finished, or waits until this row is there.
    PERFORM 1 FROM public.referrals_case WHERE id = NEW.case_id FOR NO KEY UPDATE;
    -- When, by whom and for which agency are the database's to say.
    NEW.created_at := clock_timestamp(); NEW.since := NEW.created_at;
    NEW.added_by := coalesce(kernel.session_seat(), NEW.added_by);
    NEW.withheld := '{{}}';
    SELECT g.unit_id INTO mine FROM public.referrals_grant g
     WHERE g.case_id = NEW.case_id AND g.unit_id = ANY (kernel.session_units())
       AND g.scope & (1 << NEW.bit) <> 0 AND g.level >= 4
       AND g.valid_from <= now() AND now() < g.valid_until
     ORDER BY g.level DESC, g.unit_id LIMIT 1;
    NEW.owner_unit := coalesce(mine.unit_id, 0);
    SELECT coalesce(max(k.agency_name), '') INTO NEW.owner_name
      FROM public.kernel_seat k WHERE k.id = kernel.session_seat();
    IF NEW.copy_of_id IS NOT NULL THEN
        SELECT d.* INTO original FROM public.referrals_document d
         WHERE d.id = NEW.copy_of_id AND d.case_id = NEW.case_id AND d.cell_id = NEW.cell_id
           AND d.copy_of_id IS NULL AND d.state = 'ready'
           AND referrals.edits_document(
               d.case_id, d.bit, d.since, d.owner_unit, d.only_for, d.withheld)
           FOR UPDATE;
        IF original.id IS NULL OR ({CORE}) IS NOT TRUE
           OR NEW.only_for && (SELECT coalesce(array_agg(g.unit_id), '{{}}')
                FROM public.referrals_grant g WHERE g.case_id = NEW.case_id AND g.level = 5) THEN
            RAISE EXCEPTION 'a copy is made by those who steer, for somebody else'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        NEW.bit := original.bit; NEW.since := original.since; NEW.nature := original.nature;
        UPDATE public.referrals_document d SET withheld = ARRAY(
               SELECT DISTINCT u FROM unnest(d.withheld || NEW.only_for) AS u ORDER BY u)
         WHERE d.id = original.id;
        UPDATE public.referrals_document d
           SET viewers = s.viewers, editors = s.editors, recheck_at = s.recheck_at
          FROM public.referrals_document x, LATERAL referrals.document_readers(
               x.case_id, x.bit, x.since, x.owner_unit, x.only_for, x.withheld) s
         WHERE d.id = x.id AND x.id = original.id;
    END IF;
    SELECT * INTO r FROM referrals.document_readers(
        NEW.case_id, NEW.bit, NEW.since, NEW.owner_unit, NEW.only_for, NEW.withheld);
    NEW.viewers := r.viewers; NEW.editors := r.editors; NEW.recheck_at := r.recheck_at;
    RETURN NEW;
END $$
"""

# What is destroyed is a copy that another one takes the place of; nobody takes away an original.
GUARD_DOCUMENT = f"""
CREATE OR REPLACE FUNCTION referrals.guard_document() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('pending', 'ready'), ('pending', 'infected'), ('pending', 'destroyed'),
        ('ready', 'destroyed'), ('infected', 'destroyed')) THEN
        RAISE EXCEPTION 'a document does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

# Whoever replaces the key of a case seals this one anew, and has no seat; a page never writes it.
GUARD_FILE_KEY = f"""
CREATE FUNCTION referrals.guard_file_key() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF kernel.session_seat() IS NOT NULL THEN
        RAISE EXCEPTION 'the key of a file stays as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""


def _drifts(table: str, extra: str = "NULL::int") -> str:
    return f"""
    SELECT x.case_id FROM public.{table} x,
           LATERAL referrals.readers(x.case_id, x.bit, x.created_at, {extra}) r
     WHERE now() < x.recheck_at AND (x.viewers, x.editors, x.recheck_at)
           IS DISTINCT FROM (r.viewers, r.editors, r.recheck_at)
    UNION"""


# Where the time to look again has come, the policies ask the grants themselves.
DRIFT = f"""
CREATE OR REPLACE FUNCTION referrals.drift() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN QUERY
    SELECT c.id FROM public.referrals_case c,
           LATERAL referrals.readers(c.id, -1, now(), NULL) r
     WHERE now() < c.recheck_at AND (c.viewers, c.editors, c.recheck_at)
           IS DISTINCT FROM (r.viewers, r.editors, r.recheck_at)
    UNION{_drifts("referrals_case_key")}{_drifts("referrals_compartment")}
{_drifts("referrals_party")}{_drifts("referrals_measure", "x.owner_unit")}
{_drifts("referrals_feedback")}{_drifts("referrals_milestone")}
    SELECT d.case_id FROM public.referrals_document d, LATERAL referrals.document_readers(
           d.case_id, d.bit, d.since, d.owner_unit, d.only_for, d.withheld) r
     WHERE now() < d.recheck_at AND (d.viewers, d.editors, d.recheck_at)
           IS DISTINCT FROM (r.viewers, r.editors, r.recheck_at);
END $$
"""
