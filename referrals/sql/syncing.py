"""Who reads a case is written into its rows anew: one statement for a table, however many rows.

Who sees a row depends on its part, on whose it is and on which shares still covered what was added
when it was. Rows of which all that is the same have the same readers: these are worked out once for
all of them, and only rows that say something else are written. ``referrals.drift()`` goes row by
row, and is the other answer to the same question.
"""

from __future__ import annotations

from collections.abc import Sequence

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
_COLUMNS = ("viewers", "editors", "recheck_at")


def _listed(alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in _COLUMNS)


def _written(
    table: str, readers: str, *, made: str = "created_at", also: Sequence[str] = ()
) -> str:
    """Write the readers of each row of the case in this table.

    They depend on the row's part, on its age (how many of the moments at which shares stop
    covering what is added lie before it) and on the columns in ``also``. ``readers`` is asked with
    the last of the moments that have the same age: it is covered by what covers the row.
    """
    told = "".join(f", x.{column}" for column in also)
    same = "".join(f" AND t.{column} IS NOT DISTINCT FROM r.{column}" for column in also)
    written = ", ".join(f"{column} = r.{column}" for column in _COLUMNS)
    return f"""
    WITH r AS MATERIALIZED (
        SELECT k.*, s.viewers, s.editors, s.recheck_at
          FROM (SELECT DISTINCT x.bit, width_bucket(x.{made}, just_after) AS age{told}
                  FROM public.{table} x WHERE x.case_id = of_case) k,
               LATERAL {readers} s)
    UPDATE public.{table} t SET {written}
      FROM r WHERE t.case_id = of_case AND t.bit = r.bit
       AND width_bucket(t.{made}, just_after) = r.age{same}
       AND ({_listed("t")}) IS DISTINCT FROM ({_listed("r")});"""


_MADE = "coalesce(covered[k.age + 1], timestamptz 'infinity')"
_ROWS = f"referrals.readers(of_case, k.bit, {_MADE}, NULL)"
_MEASURES = f"referrals.readers(of_case, k.bit, {_MADE}, k.owner_unit)"
_DOCUMENTS = (
    f"referrals.document_readers(of_case, k.bit, {_MADE}, k.owner_unit, k.only_for, k.withheld)"
)

_COPIED = ("owner_unit", "only_for", "withheld")

# A row is covered up to and including the moment itself: an age begins a microsecond after it, and
# there is no shorter time in the database.
#
# The case's own row is written even when it says the same: meetings follow it.
SYNC = f"""
CREATE OR REPLACE FUNCTION referrals.sync_case(of_case uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE covered timestamptz[]; just_after timestamptz[];
BEGIN
    PERFORM 1 FROM public.referrals_case WHERE id = of_case FOR UPDATE;
    SELECT coalesce(array_agg(m.until ORDER BY m.until), '{{}}'),
           coalesce(array_agg(m.until + interval '1 microsecond' ORDER BY m.until), '{{}}')
      INTO covered, just_after
      FROM (SELECT DISTINCT g.items_until AS until FROM public.referrals_grant g
             WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until) m;
    DELETE FROM public.referrals_case_access a WHERE a.case_id = of_case
       AND NOT EXISTS (SELECT FROM public.referrals_grant g
            WHERE g.case_id = of_case AND g.unit_id = a.unit_id
              AND g.valid_from <= now() AND now() < g.valid_until);
    INSERT INTO public.referrals_case_access AS a
           (unit_id, case_id, cell_id, sort_at, scope, level, valid_until)
    SELECT g.unit_id, c.id, c.cell_id, coalesce(c.submitted_at, c.created_at), bit_or(g.scope),
           max(g.level), max(g.valid_until)
      FROM public.referrals_grant g JOIN public.referrals_case c ON c.id = g.case_id
     WHERE g.case_id = of_case AND g.valid_from <= now() AND now() < g.valid_until
     GROUP BY g.unit_id, c.id
        ON CONFLICT (case_id, unit_id) DO UPDATE
       SET sort_at = excluded.sort_at, scope = excluded.scope, level = excluded.level,
           valid_until = excluded.valid_until
     WHERE (a.sort_at, a.scope, a.level, a.valid_until)
           IS DISTINCT FROM
           (excluded.sort_at, excluded.scope, excluded.level, excluded.valid_until);
    UPDATE public.referrals_case c
       SET viewers = r.viewers, editors = r.editors, recheck_at = r.recheck_at
      FROM referrals.readers(of_case, -1, now(), NULL) r WHERE c.id = of_case;
{_written("referrals_case_key", _ROWS)}
{_written("referrals_compartment", _ROWS)}
{_written("referrals_party", _ROWS)}
{_written("referrals_measure", _MEASURES, also=("owner_unit",))}
{_written("referrals_feedback", _ROWS)}
{_written("referrals_milestone", _ROWS)}
{_written("referrals_document", _DOCUMENTS, made="since", also=_COPIED)}
END $$
"""
