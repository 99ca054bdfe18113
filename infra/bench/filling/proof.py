"""Proves that the filled rows are those that the triggers would have left."""

import psycopg

SAMPLE = 400
SMALL = 20_000
"""Up to here, every case is checked with the product's own drift check."""

TABLES = (
    "referrals_case",
    "referrals_case_key",
    "referrals_compartment",
    "referrals_party",
    "referrals_measure",
    "referrals_feedback",
    "referrals_milestone",
)
# Everything that sync_case() writes, as one text.
_PARTS = " UNION ALL ".join(
    f"SELECT '{table}' || {'id' if table == 'referrals_case' else 'case_id'}"
    f" || {'bit' if table != 'referrals_case' else '-1'} || viewers::text || editors::text"
    f" || recheck_at AS part FROM {table}"
    f" WHERE {'id' if table == 'referrals_case' else 'case_id'} = ANY (%(cases)s)"
    for table in TABLES
)
STATE = f"""
SELECT count(*), md5(string_agg(part, chr(10) ORDER BY part)) FROM ({_PARTS} UNION ALL
SELECT 'access' || case_id || unit_id || cell_id || sort_at || scope || level || valid_until
  FROM referrals_case_access WHERE case_id = ANY (%(cases)s)) parts
"""
# What ran out a moment ago is left as it was: that is what it looks like until it is tidied.
CHOSEN = """
SELECT array_agg(id) FROM (
    (SELECT id FROM referrals_case WHERE cardinality(viewers) > 3 AND now() < recheck_at
      ORDER BY md5(id::text) LIMIT %(half)s)
    UNION
    (SELECT id FROM referrals_case WHERE now() < recheck_at ORDER BY md5(id::text) LIMIT %(half)s)
) cases
"""


class Drift(AssertionError):
    """Some rows are not what the triggers would have written."""


def prove(connection: psycopg.Connection, cases: int) -> int:
    """Let sync_case() rewrite a sample and find nothing changed; how many rows were compared.

    Nothing is kept of the rewriting. A small database is checked whole with referrals.drift().
    """
    if cases <= SMALL:
        drifted = connection.execute("SELECT referrals.drift()").fetchall()
        if drifted:
            raise Drift(f"{len(drifted)} cases drift, for example {drifted[0][0]}")
    row = connection.execute(CHOSEN, {"half": SAMPLE // 2}).fetchone()
    chosen = {"cases": row[0] if row else []}
    with connection.transaction(force_rollback=True):
        before = connection.execute(STATE, chosen).fetchone()
        connection.execute("SELECT referrals.sync_case(c) FROM unnest(%(cases)s) c", chosen)
        after = connection.execute(STATE, chosen).fetchone()
    if before is None or before != after:
        raise Drift("sync_case() writes other rows than those that were filled")
    return int(before[0])
