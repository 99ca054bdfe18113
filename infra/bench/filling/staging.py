"""What each case is like, decided in unlogged tables that the real ones are then written from.

Chance is a hash of the case's number, the seed and a purpose: the same plan gives the same cases.
"""

import random
from collections.abc import Mapping
from datetime import datetime

import psycopg

from infra.bench.filling.plan import Plan

YEARS = 3
BLOCK = 1500
SCHEMA = """
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE FUNCTION bench.chance(n bigint, purpose int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, {seed} * 1000 + purpose) & 2147483647) / 2147483648.0::float8 $$;
-- An identifier that starts with its time, as kernel.ids makes them.
CREATE FUNCTION bench.stamp(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' $$;
CREATE FUNCTION bench.uid(stamp text, n bigint, what text) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (stamp || substr(md5(what || n), 1, 3) || '8' || substr(md5(what || n), 4, 15))::uuid $$;
-- As many bytes as a sealed value would have.
CREATE FUNCTION bench.noise(n bigint, bytes int) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$ SELECT substr(decode('{block}', 'hex'), 1 + (n % 500)::int, bytes) $$;
CREATE UNLOGGED TABLE bench.school (no int PRIMARY KEY, agency_id uuid, cell_id int,
    coordination_unit int, prosecutor_unit int, unit int, uai text, name text, type text,
    commune text);
CREATE UNLOGGED TABLE bench.partner (cell_id int, no int, agency_id uuid, kind text, name text,
    unit int, secrecy_unit int, PRIMARY KEY (cell_id, no));
CREATE TABLE bench.person (seat_id uuid PRIMARY KEY, account_id uuid, who text, cell_id int,
    unit int);
CREATE UNLOGGED TABLE bench.sealed (n bigint, what text, one bytea, two bytea, three bytea,
    PRIMARY KEY (what, n));
"""


def pick(chance: str, choices: Mapping[str, float]) -> str:
    """SQL that chooses a word by weight, from a chance between 0 and 1."""
    total = sum(choices.values())
    reached, branches = 0.0, []
    for word, weight in choices.items():
        reached += weight / total
        branches.append(f"WHEN {chance} < {reached:.6f} THEN '{word}'")
    return f"CASE {' '.join(branches)} ELSE '{list(choices)[-1]}' END"


LIVING = {
    "submitted": 8,
    "acknowledged": 10,
    "under_review": 5,
    "qualified": 15,
    "activated": 12,
    "action_plan": 15,
    "in_progress": 20,
    "monitoring": 10,
    "resolved": 5,
}
ENDED = {"closed": 85, "not_retained": 8, "redirected": 4, "withdrawn": 3}
# Reached by a case in that state or a later one.
TRIAGED = "('qualified','activated','action_plan','in_progress','monitoring','resolved','closed')"
ACTIVATED = "('activated','action_plan','in_progress','monitoring','resolved','closed')"
RESOLVED = "('resolved','closed')"

# age goes from 1 for the oldest to 0 for the newest.
CASES = f"""
CREATE UNLOGGED TABLE bench.line AS
WITH numbers AS MATERIALIZED (
    SELECT n, 1 - n / {{cases}}::float8 AS age,
           {{now}}::timestamptz - interval '{YEARS} years' * (1 - n / {{cases}}::float8)
               - interval '1 minute' AS created_at,
           CASE WHEN n % {{every}} = 0 THEN 1 + (n / {{every}}) % {{measured}}
                ELSE 1 + {{measured}}
                     + floor(({{schools}} - {{measured}}) * power(bench.chance(n, 1), 1.3))::int
           END AS school_no
      FROM generate_series(1, {{cases}}) n
), states AS (
    SELECT *, CASE WHEN bench.chance(n, 2) < 0.02 THEN 'draft'
        WHEN bench.chance(n, 3)
           < CASE WHEN age < 0.05 THEN 0.02 WHEN age < 0.5 THEN 0.2 ELSE 0.8 END
        THEN {pick("bench.chance(n, 4)", ENDED)} ELSE {pick("bench.chance(n, 5)", LIVING)}
        END AS state
      FROM numbers
)
SELECT n, row_number() OVER (PARTITION BY s.cell_id, extract(year FROM created_at) ORDER BY n)
           AS number, bench.stamp(created_at) AS stamp,
       bench.uid(bench.stamp(created_at), n, 'case') AS id, s.cell_id, s.no AS school_no,
       s.unit AS owner_unit, s.coordination_unit, s.prosecutor_unit, state, created_at,
       CASE WHEN state <> 'draft' THEN least({{now}}::timestamptz - interval '1 second',
            created_at + interval '2 days' * bench.chance(n, 6)) END AS submitted_at,
       state IN ('closed', 'not_retained', 'redirected', 'withdrawn') AS ended,
       bench.chance(n, 7) < 0.9 AS has_presumed, bench.chance(n, 8) < 0.4 AS has_witness,
       state IN ('action_plan', 'in_progress', 'monitoring', 'resolved', 'closed') AS has_measure,
       state = 'closed' OR bench.chance(n, 9) < 0.3 AND state <> 'draft' AS has_feedback
  FROM states JOIN bench.school s ON s.no = school_no ORDER BY n
"""

SHARE_STATES = {
    "accepted": 60,
    "lapsed": 0.4,
    "proposed": 8,
    "refused": 6,
    "revoked": 6,
    "expired": 19.6,
}
ENDED_STATES = {"case_closed": 75, "expired": 15, "refused": 5, "revoked": 5}
HOW_MANY = {"0": 25, "1": 30, "2": 25, "3": 15, "4": 5}
# Identities, facts and steps of the school; a victim support agency gets no presumed author.
SCOPES = {str(0b11011): 60, str(0b11111): 25, str(0b11000): 15}
VICTIM_SIDE = 0b100011001

# ``lapsed``: accepted, and run out minutes ago. Nobody has tidied it: the grant is still there,
# and only its time says that it opens nothing.
SHARES = f"""
CREATE UNLOGGED TABLE bench.share AS
WITH shares AS MATERIALIZED (
    SELECT c.n, c.stamp, c.id AS case_id, c.cell_id, c.coordination_unit, c.submitted_at, k,
           c.n * 8 + k AS m, p.agency_id, p.kind, p.name, p.unit AS to_unit, p.secrecy_unit,
           CASE WHEN c.ended THEN {pick("bench.chance(c.n * 8 + k, 11)", ENDED_STATES)}
                ELSE {pick("bench.chance(c.n * 8 + k, 12)", SHARE_STATES)} END AS fate,
           least(c.submitted_at + interval '2 days' * bench.chance(c.n * 8 + k, 13),
                 {{now}}::timestamptz - interval '2 hours') AS proposed_at
      FROM bench.line c
      JOIN (SELECT cell_id, count(*)::int AS partners FROM bench.partner GROUP BY 1) z
        ON z.cell_id = c.cell_id
     CROSS JOIN LATERAL generate_series(1, least(z.partners,
           ({pick("bench.chance(c.n, 10)", HOW_MANY)})::int)) k
      JOIN bench.partner p ON p.cell_id = c.cell_id
       AND p.no = (floor(bench.chance(c.n, 14) * z.partners)::int + k) % z.partners
     WHERE c.submitted_at < {{now}}::timestamptz - interval '3 hours'
)
SELECT *, bench.uid(stamp, m, 'share') AS id,
       fate IN ('accepted', 'lapsed') AS granted,
       CASE WHEN fate = 'lapsed' THEN 'accepted' ELSE fate END AS state,
       CASE WHEN kind = 'victim_support' THEN {VICTIM_SIDE}
            ELSE ({pick("bench.chance(m, 15)", SCOPES)})::int END AS scope,
       CASE WHEN bench.chance(m, 16) < 0.15 THEN 4 ELSE 2 END AS level,
       CASE fate WHEN 'accepted' THEN {{now}}::timestamptz + interval '10 days'
                      + interval '80 days' * bench.chance(m, 17)
                 WHEN 'lapsed' THEN {{now}}::timestamptz
                      - interval '50 minutes' * (bench.chance(m, 17) + 0.02)
                 WHEN 'proposed' THEN {{now}}::timestamptz + interval '10 days'
                      + interval '20 days' * bench.chance(m, 17)
                 ELSE proposed_at + interval '30 days' END AS expires_at
  FROM shares ORDER BY n, k
"""

# What the shares of a case add to each of its compartments (bit -1: the case itself).
REACH = """
CREATE UNLOGGED TABLE bench.reach AS
SELECT s.n, b.bit, array_agg(s.to_unit ORDER BY s.to_unit) AS viewers,
       coalesce(array_agg(s.to_unit ORDER BY s.to_unit) FILTER (WHERE s.level >= 4), '{}')
           AS editors,
       min(s.expires_at) AS recheck_at
  FROM bench.share s CROSS JOIN (VALUES (-1), (0), (1), (2), (3), (4)) b (bit)
 WHERE s.granted AND (b.bit < 0 OR s.scope & (1 << greatest(b.bit, 0)) <> 0)
 GROUP BY s.n, b.bit
"""


def prepare(connection: psycopg.Connection, plan: Plan) -> None:
    """The schema that everything is prepared in. Nobody but a superuser may look into it."""
    block = random.Random(plan.seed).randbytes(BLOCK).hex()
    connection.execute(SCHEMA.format(seed=plan.seed, block=block))


def stage(connection: psycopg.Connection, plan: Plan, moment: datetime) -> None:
    """Decide every case and every share as of that moment."""
    values = {
        "cases": plan.cases,
        "every": plan.every,
        "measured": plan.measured_schools,
        "schools": plan.schools,
        "now": f"'{moment.isoformat()}'",
    }
    connection.execute(CASES.format(**values))
    connection.execute("ANALYZE bench.line; ANALYZE bench.partner")
    connection.execute(SHARES.format(**values))
    connection.execute("ANALYZE bench.share")
    connection.execute(REACH)
    connection.execute("ANALYZE bench.reach")


def tidy(connection: psycopg.Connection) -> None:
    """Keep only who measures what; the rest was scaffolding."""
    connection.execute(
        "DROP TABLE bench.line, bench.share, bench.reach, bench.sealed, bench.school, bench.partner"
    )
