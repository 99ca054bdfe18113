"""Each condition of the functions beside the record, as in conditions.py: whose, where, until when.

What they tell is about people who control access, so most are asked by an auditor.
"""

from tests.authorisation.conditions import DOCUMENT, NO_ROLE, NOTHING, SEATS_ENDED, Asked, moved

NEVER_READ = (
    "UPDATE referrals_share SET state = 'accepted', decided_at = now() - interval '20 days'"
    " WHERE id = %(offer)s"
)
UNUSED = "SELECT shares FROM referrals.unused_shares()"
READ_LATE = (
    "UPDATE referrals_share SET decided_at = now() - interval '20 days' WHERE id = %(share)s;"
    " DELETE FROM referrals_measure WHERE case_id = %(case)s;"
    " DELETE FROM referrals_request WHERE case_id = %(case)s"
)
UNASSIGNED = "SELECT n FROM referrals.unassigned_reads(current_date - 2, current_date + 1)"
SUBJECTS = "SELECT DISTINCT what FROM referrals.subjects_of(%(case)s) WHERE what = '{}'"
HOLD = (
    "INSERT INTO audit_hold (id, cell_id, scope, reason, placed_by, placed_at)"
    " VALUES (%(facts)s, %(cell)s, 'cell', 'judicial', %(pilot_account)s, now())"
)
PURGE = (
    "INSERT INTO audit_purge (id, cell_id, state, months, ordinary_before, control_before,"
    " proposed_by, proposed_at) VALUES (%(facts)s, %(cell)s, 'proposed', 12, now(), now(),"
    " %(pilot_account)s, now())"
)
ASIDE = (
    "INSERT INTO audit_aside (id, cell_id, state, reason, copies, proposed_by, proposed_at)"
    " VALUES (%(facts)s, %(cell)s, 'proposed', 'restored', '{x}', %(pilot_account)s, now())"
)
ASIDE_MOVED = moved("audit_aside", "id = %(facts)s")
PURGE_MOVED = moved("audit_purge", "id = %(facts)s")
EVER = "SELECT kind FROM audit.purge_due(-1, '{case.read}') WHERE kind = 'case.read'"
"""Whatever is older than next month, as no entry can be made to look old."""
DRIFT = "INSERT INTO audit_gauge (cell_id, name, value) VALUES (%(cell)s, 'drift.trial', 1)"
SEALED = (
    "INSERT INTO audit_checkpoint VALUES (%(cell)s, 1, 0, decode(repeat('00', 32), 'hex'), 1, '1',"
    " 1, now(), '')"
)
SENT = "SELECT DISTINCT kind FROM kernel_outbox WHERE cell_id = %(cell)s AND kind = 'witness.{}'"
KEY = (
    "INSERT INTO audit_witness (id, cell_id, agency_id, name, public, added_by, added_at)"
    " SELECT %(facts)s, k.cell_id, k.agency_id, 'trial', decode(repeat('00', 32), 'hex'),"
    " k.account_id, '2000-01-01' FROM kernel_seat k WHERE k.id = %(gendarme_seat)s"
)
OLDEST_KEY = (
    "SELECT name FROM audit.measures()"
    " WHERE name = 'rempart_cosignature_age_seconds' AND value > 60 * 60 * 24 * 365 * 20"
)

RECORD = {
    "shares that nobody uses, without a role": Asked(
        "auditor", UNUSED, NO_ROLE, NOTHING, NEVER_READ
    ),
    "shares that have ended": Asked(
        "auditor",
        UNUSED,
        "UPDATE referrals_share SET expires_at = now() WHERE id = %(offer)s",
        NOTHING,
        NEVER_READ,
    ),
    "who reads without a mission, without a role": Asked(
        "auditor", UNASSIGNED, NO_ROLE, NOTHING, READ_LATE
    ),
    "names of a case elsewhere": Asked(
        "auditor",
        SUBJECTS.format("name"),
        moved("referrals_party", "case_id = %(case)s"),
        NOTHING,
    ),
    "documents of a case elsewhere": Asked(
        "auditor",
        SUBJECTS.format("document"),
        moved("referrals_document", "case_id = %(case)s"),
        NOTHING,
        DOCUMENT,
    ),
    "a hold elsewhere": Asked(
        "auditor",
        "SELECT audit.lift_hold(%(facts)s)",
        moved("audit_hold", "id = %(facts)s"),
        NOTHING,
        HOLD,
    ),
    "a purge signed elsewhere": Asked(
        "auditor", "SELECT audit.sign_purge(%(facts)s)", PURGE_MOVED, NOTHING, PURGE
    ),
    "a purge withdrawn elsewhere": Asked(
        "auditor", "SELECT audit.withdraw_purge(%(facts)s)", PURGE_MOVED, NOTHING, PURGE
    ),
    "copies set aside elsewhere": Asked(
        "auditor", "SELECT audit.sign_aside(%(facts)s)", ASIDE_MOVED, NOTHING, ASIDE
    ),
    "a proposal about copies withdrawn elsewhere": Asked(
        "auditor", "SELECT audit.withdraw_aside(%(facts)s)", ASIDE_MOVED, NOTHING, ASIDE
    ),
    "what is due elsewhere": Asked(
        "auditor", EVER, moved("kernel_seat", "id = %(asking)s"), NOTHING
    ),
    "a key of an agency that has left": Asked("auditor", OLDEST_KEY, SEATS_ENDED, NOTHING, KEY),
    "who watches": Asked("auditor", "SELECT audit.watchers(%(cell)s)", SEATS_ENDED, NOTHING),
    "an alarm that nobody hears": Asked(
        "auditor",
        "SELECT kind FROM audit.alarms() WHERE cell_id = %(cell)s AND kind = 'drift'",
        SEATS_ENDED,
        NOTHING,
        DRIFT,
    ),
    "an alert to who has left": Asked(
        "auditor",
        f"SELECT audit.owe_alert(%(cell)s, 'damaged', 5, NULL); {SENT.format('alert')}",
        SEATS_ENDED,
        NOTHING,
    ),
    "a letter to who has left": Asked(
        "auditor",
        f"SELECT audit.owe_checkpoints(); {SENT.format('daily')}",
        SEATS_ENDED,
        NOTHING,
        SEALED,
    ),
}
