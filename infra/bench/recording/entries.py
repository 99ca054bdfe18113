"""The entries of a year, month by month into partitions of their own, and their tally: in bulk.

A month is filled before it has an index and joins the table afterwards, as quickly as PostgreSQL
can write. The transaction of each entry is its own, as in a cell at work. They are numbered by hand
in the first epoch, so the database goes on in the second, as after a restore.
"""

import psycopg
from psycopg import sql

# A month as its partition: name, first day and the day after its last.
MONTHS = """
SELECT DISTINCT 'audit_entry_' || to_char(m, 'YYYY_MM'), m AT TIME ZONE 'UTC',
       (m + interval '1 month') AT TIME ZONE 'UTC'
  FROM (SELECT date_trunc('month', begins AT TIME ZONE 'UTC') AS m FROM bench.hour) months
 ORDER BY 2
"""
GONE = """
DO $$ BEGIN
    IF to_regclass('{month}') IS NOT NULL THEN
        EXECUTE 'ALTER TABLE audit_entry DETACH PARTITION {month}';
        EXECUTE 'DROP TABLE {month}';
    END IF;
END $$
"""
BEFORE = """
CREATE TABLE {month} (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)
"""
AFTER = """
SELECT audit.guard('{month}');
ALTER TABLE {month} OWNER TO rempart_owner;
ALTER TABLE audit_entry ATTACH PARTITION {month} FOR VALUES FROM ('{begins}') TO ('{ends}')
"""

# Rarely: what hardly anybody does, what is refused in a rare way, and what a token does.
ENTRIES = """
INSERT INTO {month} (id, epoch, xid, at, cell_id, kind, outcome, actor, seat, agency, case_id,
                     subject_id, request, payload)
SELECT g, 1, g::text::xid8, at, {cell}, kind, outcome, m.account_id, m.seat, m.agency_id, case_id,
       CASE WHEN watched AND g % 3 = 0 THEN other.account_id
            WHEN kind LIKE 'document.%' THEN md5('d' || case_id || g % 5)::uuid
            WHEN kind = 'identity.revealed' THEN target END,
       md5('r' || g)::uuid,
       convert_to('{{"channel":"' || channel || '",'
                  || CASE outcome WHEN 'refused' THEN '"code":"not_found",' ELSE '' END
                  || '"facts":{{' || facts || '}},"nonce":"' || md5('{seed}n' || g) || '"}}',
                  'UTF8')
  FROM (
    SELECT g, at, k.watched, r.case_id, r.target,
           CASE g % {rare} WHEN 7 THEN 'export.asked' WHEN 8 THEN 'glass.broken'
                WHEN 9 THEN 'role.changed' WHEN 10 THEN 'membership.granted' ELSE k.kind END
               AS kind,
           CASE WHEN g % {rare} = 11 OR bench.chance(g, 34) < 0.005 THEN 'refused' ELSE 'done' END
               AS outcome,
           CASE WHEN g % {rare} = 13 THEN 'token' WHEN k.kind LIKE 'signin.%' THEN 'signin'
                WHEN bench.chance(g, 35) < 0.01 THEN 'api'
                WHEN bench.chance(g, 35) < 0.02 THEN 'socket' ELSE 'page' END AS channel,
           CASE WHEN NOT k.by_right THEN '"shown":12'
                WHEN v.valid THEN '"by":' || coalesce('"' || r.share || '"', 'null')
                    || ',"compartments":["facts","school_steps"],"purpose":'
                    || coalesce('"' || r.purpose || '"', 'null')
                    || ',"right":"' || r.of_right || '"'
                ELSE '"by":null,"compartments":["facts","school_steps"],"purpose":null,'
                    || '"right":"coordination"' END AS facts,
           CASE WHEN k.watched THEN -1 - floor(bench.chance(g, 33) * 4)::int
                WHEN r.no IS NULL
                THEN 1 + floor(power(bench.chance(g, 33), 1.3) * {members})::int
                WHEN v.valid THEN r.first + floor(bench.chance(g, 33) * r.many)::int
                ELSE c.first + floor(bench.chance(g, 33) * c.many)::int END AS member,
           1 + floor(bench.chance(g, 36) * {members})::int AS other
      FROM (SELECT g, h.begins + interval '1 hour' * (g - h.first) / (h.last - h.first + 1) AS at,
                   floor(bench.chance(g, 31) * 1000)::int AS slot,
                   h.known - floor(power(bench.chance(g, 32), 3) * h.known)::int AS reading
              FROM bench.hour h CROSS JOIN generate_series(h.first, h.last) g
             WHERE h.begins >= '{begins}' AND h.begins < '{ends}') g
      JOIN bench.kind k ON k.no = g.slot
      LEFT JOIN bench.reading r ON k.of_case AND r.no = g.reading
     CROSS JOIN (SELECT * FROM bench.crew WHERE kind = 'dsden') c
     CROSS JOIN LATERAL (SELECT r.since IS NULL OR at BETWEEN r.since AND r.until AS valid) v
  ) e
  JOIN bench.member m ON m.no = e.member
  LEFT JOIN bench.member other ON other.no = e.other
"""

NUMBERED = """
SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), {size});
ALTER TABLE audit_entry ALTER epoch SET DEFAULT 2
"""

# As audit.count_on() counts, for entries whose transaction and number are one and the same.
TALLY = """
INSERT INTO audit_tally
SELECT cell_id, (at AT TIME ZONE 'Europe/Paris')::date, kind, outcome,
       left(split_part(encode(substr(payload, 1, 40), 'escape'), '"', 4), 16), agency, actor,
       count(*), count(*) FILTER (WHERE extract(hour FROM at AT TIME ZONE 'Europe/Paris') >= 22
                                     OR extract(hour FROM at AT TIME ZONE 'Europe/Paris') < 6),
       1, min(id)::text::xid8, min(id), 1, max(id)::text::xid8, max(id)
  FROM audit_entry WHERE id <= {last} GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO audit_tally_day
SELECT cell_id, day, 1, min(first_id)::text::xid8, min(first_id), 1, max(last_id)::text::xid8,
       max(last_id) FROM audit_tally GROUP BY 1, 2;
INSERT INTO audit_tally_sum
SELECT cell_id, day, kind, outcome, channel, sum(n) FROM audit_tally GROUP BY 1, 2, 3, 4, 5;
UPDATE audit_tally_reach SET epoch = 1, xid = '{last}', id = {last}
"""


def fill(connection: psycopg.Connection, *, cell: int, size: int, seed: int, rare: int) -> None:
    """Write every entry, and number what follows them."""
    members = connection.execute("SELECT max(no) FROM bench.member").fetchone()
    about = {"cell": cell, "seed": seed, "rare": rare, "members": members[0] if members else 0}
    for month, begins, ends in connection.execute(MONTHS).fetchall():
        named = about | {"month": month, "begins": begins.isoformat(), "ends": ends.isoformat()}
        for statements in (GONE, BEFORE, ENTRIES, AFTER):
            connection.execute(statements.format(**named).encode())
        # Never the whole table: nobody analyses it in a house at work either.
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(month)))
    connection.execute(NUMBERED.format(size=size).encode())


def count(connection: psycopg.Connection, last: int) -> None:
    """Count the entries up to this one."""
    connection.execute(TALLY.format(last=last).encode())
    connection.execute("VACUUM (ANALYZE) audit_tally, audit_tally_day, audit_tally_sum")
