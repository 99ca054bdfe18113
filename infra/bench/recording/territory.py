"""Who writes the record that is filled, and about which cases: staged in tables of their own.

Cases, shares, agencies and schools are those of the other measurements. Colleagues join them, so
that the entries of a year are spread over as many people as a cell has.
"""

from collections.abc import Iterator

import psycopg

from infra.bench.filling.copying import copy_rows

# As many again of each agency, by its kind; the watchers belong to the coordination's agency.
COLLEAGUES = (
    "CASE a.kind WHEN 'dsden' THEN 6 WHEN 'prosecutor' THEN 5 WHEN 'school' THEN 1 ELSE 4 END"
)
PEOPLE = f"""
CREATE TABLE bench.colleague AS
SELECT row_number() OVER (ORDER BY m.agency_id, m.id, k) AS no, m.accession_id, m.agency_id,
       m.roles, m.bound_by_secrecy, m.valid_from, m.valid_until
  FROM agencies_membership m JOIN agencies_agency a ON a.id = m.agency_id
 CROSS JOIN generate_series(1, {COLLEAGUES}) k WHERE m.cell_id = %(cell)s;
INSERT INTO bench.colleague
SELECT (SELECT max(no) FROM bench.colleague) + k, m.accession_id, m.agency_id,
       ARRAY[CASE WHEN k = 4 THEN 'dpo' ELSE 'auditor' END], false, m.valid_from, m.valid_until
  FROM (SELECT m.* FROM agencies_membership m JOIN agencies_agency a ON a.id = m.agency_id
         WHERE m.cell_id = %(cell)s AND a.kind = 'dsden' ORDER BY m.id LIMIT 1) m,
       generate_series(1, 4) k;
ALTER TABLE bench.colleague ADD unit int, ADD account uuid, ADD seat uuid;
UPDATE bench.colleague SET unit = (SELECT max(id) FROM kernel_unit) + no,
       account = md5('account' || no)::uuid, seat = md5('seat' || no)::uuid;
INSERT INTO agencies_account (id, email, display_name, password, is_active, created_at)
SELECT account, 'collegue' || no || '@exemple.invalid', 'Collègue fictif ' || no, '!', true,
       valid_from FROM bench.colleague;
INSERT INTO kernel_unit (id, cell_id, kind, ref)
SELECT unit, %(cell)s, 'seat', seat FROM bench.colleague;
INSERT INTO agencies_membership (id, cell_id, account_id, accession_id, agency_id, roles,
       bound_by_secrecy, display_name, job_title, unit_id, valid_from, valid_until)
SELECT seat, %(cell)s, account, accession_id, agency_id, roles, bound_by_secrecy,
       'Collègue fictif ' || no, '', unit, valid_from, valid_until FROM bench.colleague;
INSERT INTO agencies_charter_signature (id, cell_id, account_id, seat_id, version)
SELECT gen_random_uuid(), %(cell)s, account, seat, 1 FROM bench.colleague;
SELECT agencies.reseat(array_agg(seat)) FROM bench.colleague;
UPDATE kernel_seat SET charter_signed = agencies.charter_stands(cell_id, account_id)
 WHERE cell_id = %(cell)s;
SELECT setval(pg_get_serial_sequence('kernel_unit', 'id'), max(id)) FROM kernel_unit;
ANALYZE agencies_membership, agencies_account, kernel_seat
"""

# Whoever controls access has a number below zero.
MEMBERS = """
CREATE TABLE bench.member AS
SELECT (row_number() OVER (ORDER BY agency_id, id))::int AS no, id AS seat, account_id, agency_id
  FROM agencies_membership WHERE cell_id = %(cell)s AND NOT roles && ARRAY['auditor', 'dpo']
UNION ALL
SELECT -(row_number() OVER (ORDER BY id))::int, id, account_id, agency_id
  FROM agencies_membership WHERE cell_id = %(cell)s AND roles && ARRAY['auditor', 'dpo'];
ALTER TABLE bench.member ADD PRIMARY KEY (no);
CREATE TABLE bench.crew AS
SELECT m.agency_id, a.kind, min(m.no) AS first, count(*)::int AS many
  FROM bench.member m JOIN agencies_agency a ON a.id = m.agency_id
 WHERE m.no > 0 GROUP BY 1, 2;
ANALYZE bench.member, bench.crew
"""

# Most agencies that a case is shared with have something to do in it.
MEASURES = """
INSERT INTO referrals_measure
SELECT (jsonb_populate_record(m, jsonb_build_object('id', md5('task' || s.id)::uuid, 'case_id',
        s.case_id, 'owner_unit', s.to_unit, 'owner_name', s.to_agency_name))).*
  FROM referrals_measure m
  JOIN referrals_share s ON s.cell_id = m.cell_id AND s.state = 'accepted'
 WHERE m.id = (SELECT id FROM referrals_measure WHERE cell_id = %(cell)s ORDER BY id LIMIT 1)
   AND bench.chance(hashtext(s.id::text), 41) < 0.95
"""

# For each case who reads it and by what right, as often as they do; by when it was sent.
READINGS = """
CREATE TABLE bench.reading AS
WITH held AS (
    SELECT c.id AS case_id, c.submitted_at, s.agency_id, 'school' AS of_right, NULL::uuid AS share,
           NULL AS purpose, NULL::timestamptz AS since, NULL::timestamptz AS until, 3 AS often
      FROM referrals_case c JOIN agencies_accession s ON s.unit_id = c.owner_unit
     WHERE c.cell_id = %(cell)s AND c.submitted_at IS NOT NULL
    UNION ALL
    SELECT c.id, c.submitted_at, k.agency_id,
           CASE k.kind WHEN 'dsden' THEN 'coordination' ELSE 'prosecution' END, NULL, NULL, NULL,
           NULL, CASE k.kind WHEN 'dsden' THEN 2 ELSE 1 END
      FROM referrals_case c, bench.crew k
     WHERE c.cell_id = %(cell)s AND c.submitted_at IS NOT NULL
       AND k.kind IN ('dsden', 'prosecutor')
    UNION ALL
    SELECT c.id, c.submitted_at, s.to_agency_id, 'share', s.id, s.purpose, s.decided_at,
           least(s.expires_at, s.ended_at), 2
      FROM referrals_share s JOIN referrals_case c ON c.id = s.case_id
     WHERE s.cell_id = %(cell)s AND s.decided_at IS NOT NULL AND s.state <> 'refused'
)
SELECT (row_number() OVER (ORDER BY h.submitted_at, h.case_id, n))::int AS no, h.*,
       k.first, k.many, p.id AS target
  FROM held h JOIN bench.crew k ON k.agency_id = h.agency_id
  LEFT JOIN referrals_party p ON p.case_id = h.case_id AND p.role = 'target'
 CROSS JOIN generate_series(1, often) n;
ALTER TABLE bench.reading ADD PRIMARY KEY (no);
CREATE INDEX ON bench.reading (submitted_at, no);
ANALYZE bench.reading
"""

# A year in hours: working days, evenings, nights, week-ends and holidays as an office has them.
HOURS = """
CREATE TABLE bench.hour AS
WITH hours AS (
    SELECT h AS begins, extract(hour FROM h AT TIME ZONE 'Europe/Paris') AS clock,
           extract(isodow FROM h AT TIME ZONE 'Europe/Paris') AS day,
           extract(month FROM h AT TIME ZONE 'Europe/Paris') AS month
      FROM generate_series(date_trunc('hour', now()) - interval '366 days',
                           date_trunc('hour', now()) - interval '2 hours', '1 hour') h
), weighed AS (
    SELECT begins, CASE WHEN clock BETWEEN 8 AND 18 THEN 1.0 WHEN clock BETWEEN 6 AND 21 THEN 0.2
                        ELSE 0.01 END * CASE WHEN day > 5 THEN 0.06 ELSE 1 END
                   * CASE WHEN month IN (7, 8) THEN 0.3 ELSE 1 END AS weight
      FROM hours
), reached AS (
    SELECT begins, sum(weight) OVER (ORDER BY begins) / sum(weight) OVER () AS until FROM weighed
)
SELECT begins, coalesce(lag(until) OVER (ORDER BY begins), 0) AS since, until,
       1 + floor(%(size)s * coalesce(lag(until) OVER (ORDER BY begins), 0))::bigint AS first,
       floor(%(size)s * until)::bigint AS last,
       coalesce((SELECT no FROM bench.reading r WHERE r.submitted_at <= begins
                  ORDER BY r.submitted_at DESC, r.no DESC LIMIT 1), 1) AS known
  FROM reached
"""

# So many of a thousand entries; what is about a case names one.
KINDS = (
    ("case.read", 300, True),
    ("document.read", 90, True),
    ("document.added", 15, True),
    ("meeting.read", 22, True),
    ("identity.revealed", 20, True),
    ("case.readers_read", 5, True),
    ("measure.added", 10, True),
    ("measure.done", 8, True),
    ("share.previewed", 5, True),
    ("export.taken", 2, True),
    ("case.list_read", 240, False),
    ("case.searched", 60, False),
    ("case.searched_within", 10, False),
    ("people.read", 11, False),
    ("meeting.list_read", 20, False),
    ("signin.seat_taken", 110, False),
    ("signin.closed", 70, False),
    ("audit.read", 2, False),
)
WATCHED = ("audit.read",)
READ_BY_RIGHT = ("case.read", "document.read", "identity.revealed", "case.readers_read")


def stage(connection: psycopg.Connection, *, cell: int, size: int) -> None:
    """Prepare everything that the entries are written from."""
    about = {"cell": cell, "size": size}
    with psycopg.ClientCursor(connection) as cursor:
        for statements in (PEOPLE, MEMBERS, MEASURES, READINGS, HOURS):
            cursor.execute(statements, about)
    connection.execute(
        "CREATE TABLE bench.kind (no int PRIMARY KEY, kind text, of_case bool, watched bool,"
        " by_right bool)"
    )
    copy_rows(connection, "bench.kind", "no, kind, of_case, watched, by_right", _slots())


def _slots() -> Iterator[tuple[object, ...]]:
    kinds = [(kind, of_case) for kind, many, of_case in KINDS for _ in range(many)]
    for no, (kind, of_case) in enumerate(kinds):
        yield no, kind, of_case, kind in WATCHED, kind in READ_BY_RIGHT
