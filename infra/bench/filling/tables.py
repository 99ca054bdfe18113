"""The tables of the case, written from the staged ones as the services and triggers write them."""

from infra.bench.filling.loading import Filling
from infra.bench.filling.staging import ACTIVATED, RESOLVED, TRIAGED
from referrals.compartments import COORDINATION, HEADER, PROSECUTION, SCHOOL, STORY

FOREVER = "timestamptz '9999-12-31 00:00:00+00'"
SEALED = "LEFT JOIN bench.sealed z ON z.n = c.n AND z.what = '{what}'"
REACHED = "LEFT JOIN bench.reach r ON r.n = c.n AND r.bit = {bit}"
CELL, FEEDBACK = 10, 11
FACTS, STEPS = 3, 4
# Sizes of sealed values: 29 bytes of version, nonce and tag, and what people usually write.
WRAPPED, LABEL, IDENTITY, NOTE = 61, 38, 150, 120
CONTENTS = {FACTS: ("facts", 700), STEPS: ("steps", 450)}
PARTIES = {
    0: ("target", "target", "true"),
    1: ("presumed_perpetrator", "presumed", "c.has_presumed"),
    2: ("witness", "witness", "c.has_witness"),
}


def seen(bit: int) -> str:
    """viewers, editors and recheck_at of a row of compartment ``bit``, as referrals.readers()."""
    header = bit == HEADER
    steering = ["c.coordination_unit"] if header or COORDINATION >> bit & 1 else []
    steering += ["c.prosecutor_unit"] if header or PROSECUTION >> bit & 1 else []
    school = ["c.owner_unit"] if header or SCHOOL >> bit & 1 else []
    core = f"ARRAY[{', '.join(steering)}]"
    mine = f"ARRAY[{', '.join(school)}]::int[]"
    viewers = f"{core} || coalesce(r.viewers, '{{{{}}}}') || {mine}"
    editors = core if header else f"{core} || coalesce(r.editors, '{{{{}}}}') || {mine}"
    alone = "WHEN c.submitted_at IS NULL THEN ARRAY[c.owner_unit]"
    return (
        f"CASE {alone} ELSE {viewers} END, CASE {alone} ELSE {editors} END,"
        f" coalesce(r.recheck_at, {FOREVER})"
    )


def _compartment(bit: int) -> str:
    tag, size = CONTENTS[bit]
    return f"""
    INSERT INTO referrals_compartment (id, cell_id, case_id, bit, content, version, created_at,
           updated_at, viewers, editors, recheck_at)
    SELECT bench.uid(c.stamp, c.n, '{tag}'), c.cell_id, c.id, {bit},
           coalesce(z.one, bench.noise(c.n, {size})), 1, c.submitted_at, c.submitted_at, {seen(bit)}
      FROM bench.line c {REACHED.format(bit=bit)} {SEALED.format(what=tag)}
     WHERE c.submitted_at IS NOT NULL"""


def _party(bit: int) -> str:
    role, tag, present = PARTIES[bit]
    return f"""
    INSERT INTO referrals_party (id, cell_id, case_id, role, number, bit, label, identity, blind,
           created_at, viewers, editors, recheck_at)
    SELECT bench.uid(c.stamp, c.n, '{tag}'), c.cell_id, c.id, '{role}', 1, {bit},
           coalesce(z.one, bench.noise(c.n, {LABEL})),
           coalesce(z.two, bench.noise(c.n, {IDENTITY})),
           coalesce(z.three, decode('01' || md5('{tag}' || c.n), 'hex')), c.submitted_at,
           {seen(bit)}
      FROM bench.line c {REACHED.format(bit=bit)} {SEALED.format(what=tag)}
     WHERE c.submitted_at IS NOT NULL AND {present}"""


CASE = f"""
INSERT INTO referrals_case (id, cell_id, reference, state, urgency, gravity, danger, outcome,
       school_id, school_uai, school_name, school_type, school_commune, owner_unit,
       prosecutor_unit, created_by, created_at, submitted_at, acknowledged_at, triaged_at,
       activated_at, resolved_at, closed_at, feedback_at, version, viewers, editors, recheck_at)
SELECT c.id, c.cell_id, CASE WHEN c.submitted_at IS NOT NULL THEN
           d.code || to_char(c.created_at, '-YYYY-') || lpad(c.number::text, 5, '0') END,
       c.state,
       CASE WHEN c.state IN {TRIAGED} THEN
           (ARRAY['high', 'standard', 'standard', 'watch'])[1 + c.n % 4] ELSE '' END,
       CASE WHEN c.state IN {TRIAGED} THEN c.n % 4 END, bench.chance(c.n, 18) < 0.03,
       CASE WHEN c.state IN {RESOLVED} THEN
           (ARRAY['bullying_stopped', 'improved', 'unresolved'])[1 + c.n % 3] ELSE '' END,
       s.agency_id, s.uai, s.name, s.type, s.commune, c.owner_unit,
       CASE WHEN c.submitted_at IS NOT NULL THEN c.prosecutor_unit END,
       bench.uid(c.stamp, c.owner_unit, 'pilot'), c.created_at, c.submitted_at,
       CASE WHEN c.state NOT IN ('draft', 'submitted')
            THEN least(c.submitted_at + interval '1 day', {{now}}) END,
       CASE WHEN c.state IN {TRIAGED} THEN least(c.submitted_at + interval '2 days', {{now}}) END,
       CASE WHEN c.state IN {ACTIVATED} THEN least(c.submitted_at + interval '3 days', {{now}}) END,
       CASE WHEN c.state IN {RESOLVED} THEN least(c.submitted_at + interval '60 days', {{now}}) END,
       CASE WHEN c.ended THEN least(c.submitted_at + interval '70 days', {{now}}) END,
       CASE WHEN c.has_feedback THEN least(c.submitted_at + interval '65 days', {{now}}) END,
       3, {seen(HEADER)}
  FROM bench.line c JOIN agencies_cell d ON d.id = c.cell_id
  JOIN bench.school s ON s.no = c.school_no {REACHED.format(bit=HEADER)}
"""

KEY = f"""
INSERT INTO referrals_case_key (case_id, cell_id, bit, period_key_id, wrapped, created_at, viewers,
       editors, recheck_at)
SELECT c.id, c.cell_id, {HEADER}, p.id, coalesce(z.one, bench.noise(c.n, {WRAPPED})), c.created_at,
       {seen(HEADER)}
  FROM bench.line c JOIN kernel_period_key p ON p.cell_id = c.cell_id
   AND p.period = to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY')
  {REACHED.format(bit=HEADER)} {SEALED.format(what="key")}
"""

DRAFT = f"""
INSERT INTO referrals_draft (case_id, cell_id, owner_unit, content, version, updated_at, updated_by)
SELECT id, cell_id, owner_unit, bench.noise(n, {CONTENTS[FACTS][1]}), 1, created_at,
       bench.uid(stamp, owner_unit, 'pilot')
  FROM bench.line WHERE submitted_at IS NULL
"""

MEASURE = f"""
INSERT INTO referrals_measure (id, cell_id, case_id, bit, kind, note, owner_unit, owner_name,
       due_on, state, decided_by, created_at, done_at, version, viewers, editors, recheck_at)
SELECT bench.uid(c.stamp, c.n, 'measure'), c.cell_id, c.id, {CELL}, 'supervision',
       coalesce(z.one, bench.noise(c.n, {NOTE})), c.prosecutor_unit, 'Parquet',
       (c.submitted_at + interval '40 days')::date,
       CASE WHEN c.ended THEN 'done' ELSE 'planned' END,
       bench.uid(c.stamp, c.coordination_unit, 'coordinator'), c.submitted_at,
       CASE WHEN c.ended THEN c.submitted_at END, 1, {seen(CELL)}
  FROM bench.line c {REACHED.format(bit=CELL)} {SEALED.format(what="measure")}
 WHERE c.has_measure
"""

TOLD = f"""
INSERT INTO referrals_feedback (id, cell_id, case_id, bit, code, contact_name, next_check_on,
       sent_by, created_at, viewers, editors, recheck_at)
SELECT bench.uid(c.stamp, c.n, 'feedback'), c.cell_id, c.id, {FEEDBACK},
       CASE WHEN c.ended THEN 'ended' ELSE 'taken' END, 'Personne fictive', NULL,
       bench.uid(c.stamp, c.coordination_unit, 'coordinator'),
       least(c.submitted_at + interval '65 days', {{now}}), {seen(FEEDBACK)}
  FROM bench.line c {REACHED.format(bit=FEEDBACK)} WHERE c.has_feedback
"""

SHARE = """
INSERT INTO referrals_share (id, cell_id, case_id, from_unit, to_unit, to_secrecy_unit,
       to_agency_id, to_agency_kind, to_agency_name, purpose, legal_basis, scope, level,
       include_future, starts_at, expires_at, state, refusal_reason, proposed_by, proposed_at,
       decided_by, decided_at, ended_at, version, viewers)
SELECT id, cell_id, case_id, coordination_unit, to_unit, secrecy_unit, agency_id, kind, name,
       'protection', 'protocol', scope, level, false, proposed_at, expires_at, state,
       CASE WHEN state = 'refused' THEN 'out_of_area' ELSE '' END,
       bench.uid(stamp, coordination_unit, 'coordinator'), proposed_at, NULL,
       CASE WHEN state <> 'proposed' THEN proposed_at + interval '1 hour' END,
       CASE WHEN state NOT IN ('proposed', 'accepted') THEN least(expires_at, {now}) END, 2,
       ARRAY[coordination_unit, to_unit]
  FROM bench.share
"""

_STANDING = """
INSERT INTO referrals_grant (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until,
       items_until)
SELECT gen_random_uuid(), cell_id, id, {unit}, {scope}, {level}, {since}, {forever}, {forever}
  FROM bench.line c {where}
"""
_SHARED = f"""
INSERT INTO referrals_grant (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until,
       items_until, share_id)
SELECT gen_random_uuid(), cell_id, case_id, to_unit, scope, level, proposed_at + interval '1 hour',
       expires_at, proposed_at + interval '1 hour', id
  FROM bench.share WHERE granted AND {FOREVER} > expires_at
"""
_ACCESS = """
INSERT INTO referrals_case_access (unit_id, case_id, cell_id, sort_at, scope, level, valid_until)
SELECT {unit}, id, cell_id, coalesce(submitted_at, created_at), {scope}, {level}, {forever}
  FROM bench.line c {where}
"""
_ACCESS_SHARED = """
INSERT INTO referrals_case_access (unit_id, case_id, cell_id, sort_at, scope, level, valid_until)
SELECT to_unit, case_id, cell_id, submitted_at, scope, level, expires_at
  FROM bench.share WHERE granted
"""


def _standing(shape: str) -> tuple[str, ...]:
    sent = "WHERE submitted_at IS NOT NULL"
    level = "CASE WHEN submitted_at IS NULL THEN 5 ELSE 4 END"
    holders: list[tuple[str, int, str, str, str]] = [
        ("owner_unit", SCHOOL, level, "created_at", ""),
        ("coordination_unit", COORDINATION, "5", "submitted_at", sent),
        ("prosecutor_unit", PROSECUTION, "5", "submitted_at", sent),
    ]
    return tuple(
        shape.format(unit=unit, scope=scope, level=lvl, since=since, where=where, forever=FOREVER)
        for unit, scope, lvl, since, where in holders
    )


def _milestone(kind: str, bit: int, where: str, after: str) -> str:
    tag = kind.replace(".", "")
    return f"""
    INSERT INTO referrals_milestone (id, cell_id, case_id, bit, kind, detail, by_name, by_agency,
           created_at, viewers, editors, recheck_at)
    SELECT bench.uid(c.stamp, c.n, '{tag}'), c.cell_id, c.id,
           {STORY if bit == HEADER else bit}, '{kind}', '',
           'Personne fictive', 'Service fictif',
           least(c.submitted_at + interval '{after}', {{now}}), {seen(bit)}
      FROM bench.line c {REACHED.format(bit=bit)} WHERE c.submitted_at IS NOT NULL AND {where}"""


_SHARE_MILESTONES = f"""
INSERT INTO referrals_milestone (id, cell_id, case_id, bit, kind, detail, by_name, by_agency,
       created_at, viewers, editors, recheck_at)
SELECT bench.uid(s.stamp, s.m, 'shared'), c.cell_id, c.id, {CELL}, 'share.proposed', s.name,
       'Personne fictive', 'Service fictif', s.proposed_at, {seen(CELL)}
  FROM bench.share s JOIN bench.line c ON c.n = s.n {REACHED.format(bit=CELL)}
"""
MILESTONES: tuple[str, ...] = (
    _milestone("referral.submitted", HEADER, "true", "0"),
    _milestone("referral.acknowledged", HEADER, "c.state <> 'submitted'", "1 day"),
    _milestone("referral.triaged", HEADER, f"c.state IN {TRIAGED}", "2 days"),
    _milestone("referral.activated", HEADER, f"c.state IN {ACTIVATED}", "3 days"),
    _milestone("measure.added", CELL, "c.has_measure", "4 days"),
    _milestone("feedback.sent", FEEDBACK, "c.has_feedback", "65 days"),
    _milestone("referral.closed", HEADER, "c.ended", "70 days"),
    _SHARE_MILESTONES,
)

# The largest first: two connections work through them.
FILLINGS: tuple[Filling, ...] = (
    Filling("referrals_milestone", MILESTONES),
    Filling("referrals_compartment", tuple(map(_compartment, CONTENTS))),
    Filling("referrals_party", tuple(map(_party, PARTIES))),
    Filling("referrals_case", (CASE,)),
    Filling("referrals_grant", (*_standing(_STANDING), _SHARED)),
    Filling("referrals_case_access", (*_standing(_ACCESS), _ACCESS_SHARED)),
    Filling("referrals_case_key", (KEY,)),
    Filling("referrals_share", (SHARE,)),
    Filling("referrals_measure", (MEASURE,)),
    Filling("referrals_feedback", (TOLD,)),
    Filling("referrals_draft", (DRAFT,)),
)
