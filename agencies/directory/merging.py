"""The SQL of an import: a table of lines, settled, then merged into agencies and schools."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from agencies.directory.errors import Refusal, Remark
from agencies.directory.report import Report

_LINES: Final = """
CREATE TEMPORARY TABLE directory_line (
    line int, uai text, kind text, name text, nature_code text, address text, postcode text,
    commune_insee text, commune_name text, departement_code text, academy_code text, siret text,
    email text, phone text, several_lines boolean, state text, education_level text,
    school_type text, sector text, contract text, district_uai text, district_name text,
    mother_uai text, priority_network text, pupil_count int, latitude float8, longitude float8,
    opened_on date, closed_on date, changed_on date,
    outcome text, was_open boolean, district_id uuid
) ON COMMIT DROP
"""

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('agencies.directory', 0))"

# An establishment on several sites has a line for each under one code. Its main line is the one
# that has no mother and does not call itself an annex.
_REPEATED: Final = """
WITH ranked AS (
    SELECT ctid, first_value(line) OVER same AS kept, row_number() OVER same AS place
      FROM directory_line
    WINDOW same AS (PARTITION BY uai ORDER BY NOT several_lines, mother_uai <> '',
                    several_lines AND name ~* '\\m(annexe|site|antenne)\\M',
                    CASE WHEN several_lines THEN name END, line
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
DELETE FROM directory_line d USING ranked r WHERE d.ctid = r.ctid AND r.place > 1
RETURNING d.line, d.uai, d.name, r.kept, d.several_lines
"""

_AGENCY: Final = {
    "kind": ("nature",),
    "name": ("name",),
    "nature_code": ("nature",),
    "address": ("address_1", "address_2", "address_3"),
    "postcode": ("postcode",),
    "commune_insee": ("commune",),
    "commune_name": ("commune_name",),
    "departement_code": ("uai",),
    "academy_code": ("academy",),
    "siret": ("siret",),
    "email": ("email",),
    "phone": ("phone",),
    "is_open": ("state", "closed"),
    "source": ("uai",),
}
"""Our column, and the file's columns that can change it: a file without them changes nothing."""

_SCHOOL: Final = {
    "education_level": ("nature",),
    "school_type": ("nature",),
    "sector": ("sector",),
    "contract": ("contract",),
    "district_id": ("district", "district_name"),
    "district_name": ("district_name",),
    "mother_uai": ("mother",),
    "priority_network": ("priority",),
    "pupil_count": ("pupils",),
    "latitude": ("latitude", "position"),
    "longitude": ("longitude", "position"),
    "state": ("state", "closed"),
    "opened_on": ("opened",),
    "closed_on": ("closed",),
    "directory_changed_on": ("changed",),
}

_FROM_LINE: Final = {
    "is_open": "l.state <> 'closed'",
    "source": "current_setting('agencies.source')",
    "directory_changed_on": "l.changed_on",
}

_DISTRICTS_BY_CODE: Final = """
UPDATE directory_line l SET district_id = d.id FROM agencies_agency d
 WHERE l.kind = 'school' AND d.kind = 'school_district' AND d.directory_code = l.district_uai
"""

# Older files name the district without its code. A name that two of them bear says nothing.
_DISTRICTS_BY_NAME: Final = """
UPDATE directory_line l SET district_id = d.id
  FROM (SELECT departement_code, lower(name) AS name, min(id::text)::uuid AS id
          FROM agencies_agency WHERE kind = 'school_district'
         GROUP BY 1, 2 HAVING count(*) = 1) d
 WHERE l.kind = 'school' AND l.district_uai = ''
   AND d.departement_code = l.departement_code AND d.name = lower(l.district_name)
"""

_BEFORE: Final = """
UPDATE directory_line l SET was_open = a.is_open FROM agencies_agency a
 WHERE a.directory_code = l.uai
"""

_MISSING: Final = """
SELECT a.directory_code, a.name FROM agencies_agency a
 WHERE a.source = %s AND a.is_open
   AND a.departement_code = ANY (ARRAY(SELECT DISTINCT departement_code FROM directory_line))
   AND a.nature_code = ANY (ARRAY(SELECT DISTINCT nature_code FROM directory_line))
   AND NOT EXISTS (SELECT FROM directory_line l WHERE l.uai = a.directory_code)
   AND a.directory_code <> ALL (%s)
 ORDER BY 1
"""


def prepare(cursor: Any, source: str) -> None:
    """Make room for the lines. Two imports at once would wait here for one another."""
    cursor.execute(_LOCK)
    cursor.execute("SELECT set_config('agencies.source', %s, true)", [source])
    cursor.execute(_LINES)


def settle_repeated_codes(cursor: Any, report: Report) -> None:
    """Keep one line for each code, and say what became of the others."""
    cursor.execute(_REPEATED)
    for line, code, name, kept, declared in sorted(cursor.fetchall()):
        where = {"kept": kept, "name": name}
        if declared:
            reason = _("autre site du même établissement que la ligne %(kept)d : %(name)s")
            report.remarks.append(Remark(line, code, reason % where))
        else:
            reason = _("code UAI déjà lu à la ligne %(kept)d")
            report.refused.append(Refusal(line, code, reason % where))
    report.refused.sort(key=lambda refusal: refusal.line)
    cursor.execute("CREATE UNIQUE INDEX ON directory_line (uai)")
    cursor.execute("ANALYZE directory_line")


def merge(cursor: Any, present: set[str]) -> None:
    """Write agencies, then link districts, then write school profiles."""
    cursor.execute(_BEFORE)
    cursor.execute(
        _upsert(
            "agencies_agency",
            {"id": "gen_random_uuid()", "directory_code": "l.uai"},
            _AGENCY,
            present,
            key="directory_code",
            rows="directory_line l",
            stamp=("created_at", "updated_at"),
        )
    )
    cursor.execute(_DISTRICTS_BY_CODE)
    cursor.execute(_DISTRICTS_BY_NAME)
    cursor.execute(
        _upsert(
            "agencies_school",
            {"agency_id": "a.id", "uai": "l.uai"},
            _SCHOOL,
            present,
            key="uai",
            rows="directory_line l JOIN agencies_agency a ON a.directory_code = l.uai"
            " WHERE l.kind = 'school'",
        )
    )


def _upsert(
    table: str,
    keys: dict[str, str],
    columns: dict[str, tuple[str, ...]],
    present: set[str],
    *,
    key: str,
    rows: str,
    stamp: tuple[str, ...] = (),
) -> str:
    """One INSERT ... ON CONFLICT that writes a row only when something in it differs."""
    names = [*keys, *columns, *stamp]
    values = [*keys.values(), *(_FROM_LINE.get(c, f"l.{c}") for c in columns)]
    values += ["now()"] * len(stamp)
    told = [c for c, sources in columns.items() if present.intersection(sources)]
    changes = [f"{c} = EXCLUDED.{c}" for c in told]
    changes += [f"{c} = EXCLUDED.{c}" for c in stamp if c == "updated_at"]
    mine = ", ".join(f"{table}.{c}" for c in told)
    theirs = ", ".join(f"EXCLUDED.{c}" for c in told)
    return f"""
    WITH written AS (
        INSERT INTO {table} ({", ".join(names)}) SELECT {", ".join(values)} FROM {rows}
        ON CONFLICT ({key}) DO UPDATE SET {", ".join(changes)}
        WHERE ({mine}) IS DISTINCT FROM ({theirs})
        RETURNING {key} AS code
    )
    UPDATE directory_line l
       SET outcome = CASE WHEN l.was_open IS NULL THEN 'created' ELSE 'updated' END
      FROM written w WHERE w.code = l.uai
    """  # noqa: S608  every name in it is one of ours


def count(cursor: Any, report: Report, source: str) -> None:
    """Fill the report's counts from the settled lines."""
    cursor.execute(
        "SELECT count(*) FILTER (WHERE outcome = 'created'),"
        " count(*) FILTER (WHERE outcome = 'updated'),"
        " count(*) FILTER (WHERE outcome IS NULL),"
        " count(*) FILTER (WHERE state = 'closed' AND was_open),"
        " count(*) FILTER (WHERE state = 'closing'),"
        " count(*) FILTER (WHERE district_id IS NULL AND district_uai || district_name <> '')"
        " FROM directory_line"
    )
    counts = cursor.fetchone()
    report.created, report.updated, report.unchanged = counts[:3]
    report.closed, report.closing, report.without_district = counts[3:]
    cursor.execute("SELECT kind, count(*) FROM directory_line GROUP BY kind ORDER BY 2 DESC, 1")
    report.kinds = dict(cursor.fetchall())
    cursor.execute(_MISSING, [source, [refusal.code for refusal in report.refused]])
    report.missing = cursor.fetchall()
