"""Each condition of the functions of a case alone: what is asked, and the one thing that is wrong.

Everything else is right: a row is of another cell, a right has ended, a seat has lost its role.
"""

from __future__ import annotations

from typing import NamedTuple

from referrals.compartments import Compartment

NOTHING = "nothing"
ELSEWHERE = 0
"""No cell has this number: what is moved there is of another cell."""


class Asked(NamedTuple):
    """One question: by whom, what, in which state of things, what is then wrong, what is said.

    ``given`` and ``wrong`` are statements of the superuser. Without ``wrong`` the answer is another
    one, unless ``wrong`` is empty: then the question itself is.
    """

    by: str
    question: str
    wrong: str
    says: str
    given: str = ""


def moved(table: str, which: str) -> str:
    return f"UPDATE {table} SET cell_id = {ELSEWHERE} WHERE {which}"


def copied(table: str, row: str) -> str:
    return (
        f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %({row})s::jsonb)"
    )


GRANTS = "UPDATE referrals_grant SET valid_until = now() WHERE case_id = %(case)s"
STEERING = f"{GRANTS} AND level = 5"
OF_GENDARMES = f"{GRANTS} AND unit_id = %(gendarmes)s"
CASE_MOVED = moved("referrals_case", "id = %(case)s")
GRANTS_MOVED = moved("referrals_grant", "case_id = %(case)s")
SHARE_MOVED = moved("referrals_share", "id = %(share)s")
OFFER_MOVED = moved("referrals_share", "id = %(offer)s")
GLASS_MOVED = moved("referrals_glass", "id = %(glass)s")
OTHERS_MOVED = moved("kernel_seat", "cell_id = %(cell)s AND id <> %(asking)s")
OTHERS_ENDED = "UPDATE kernel_seat SET valid_until = now() WHERE cell_id = %(cell)s"
OTHERS_ENDED += " AND id <> %(asking)s"
SEATS_ENDED = "UPDATE kernel_seat SET valid_until = now() WHERE cell_id = %(cell)s"
NO_ROLE = "UPDATE kernel_seat SET roles = '{agency_partner}' WHERE id = %(asking)s"
OFFICE_ENDED = "UPDATE agencies_accession SET valid_until = now() WHERE unit_id = %(prosecution)s"
GENDARMES_ENDED = "UPDATE agencies_accession SET valid_until = now() WHERE unit_id = %(gendarmes)s"
POLICE_ENDED = "UPDATE agencies_accession SET valid_until = now() WHERE unit_id = %(police)s"
FROZEN = "UPDATE referrals_case SET acts_frozen_at = now() WHERE id = %(case)s"

ONE_MORE_GRANT = (
    "INSERT INTO referrals_grant (id, cell_id, case_id, unit_id, scope, level, valid_from,"
    " valid_until, items_until) SELECT gen_random_uuid(), cell_id, case_id, unit_id, 16, 2,"
    " now(), 'infinity', 'infinity' FROM referrals_grant WHERE case_id = %(case)s AND unit_id = "
)
ASKED_JUST_NOW = "UPDATE referrals_glass_ask SET asked_at = now() WHERE cell_id = %(cell)s"
BREAKS = "SELECT referrals.break_glass(%({0})s, %(reference)s, {1})"
FACTS, TERRITORIAL, JUDICIAL = (
    part.mask for part in (Compartment.FACTS, Compartment.TERRITORIAL, Compartment.JUDICIAL)
)
GLASS = {
    "held already": Asked(
        "gendarme", BREAKS.format("facts", FACTS), OF_GENDARMES, "{case}", ASKED_JUST_NOW
    ),
    "who is told": Asked(
        "gendarme",
        BREAKS.format("parts", TERRITORIAL)
        + "; SELECT told FROM referrals_glass WHERE id = %(parts)s",
        STEERING,
        NOTHING,
        ASKED_JUST_NOW,
    ),
    "who hears of it": Asked(
        "gendarme",
        BREAKS.format("parts", TERRITORIAL)
        + "; SELECT count(*) FROM kernel_outbox WHERE subject_id = %(parts)s",
        OTHERS_ENDED,
        NOTHING,
        ASKED_JUST_NOW,
    ),
    "what opens to nobody": Asked(
        "gendarme",
        BREAKS.format("judicial", JUDICIAL),
        "",
        "refused: this part opens to nobody in an emergency",
        ASKED_JUST_NOW,
    ),
    "opened in another cell": Asked(
        "police",
        "SELECT referrals.open_glass(%(glass)s)",
        GLASS_MOVED,
        "refused: what is not on record opens nothing",
        "DELETE FROM referrals_grant WHERE id = %(glass)s",
    ),
    "opened too late": Asked(
        "police",
        "SELECT referrals.open_glass(%(glass)s)",
        "UPDATE referrals_glass SET ends_at = now() WHERE id = %(glass)s",
        NOTHING,
        "DELETE FROM referrals_grant WHERE id = %(glass)s",
    ),
    "somebody else's reason": Asked(
        "police",
        "SELECT referrals.say_why(%(glass)s, 'danger', decode(repeat('00', 99), 'hex'))",
        "UPDATE referrals_glass SET seat_id = %(pilot_seat)s WHERE id = %(glass)s",
        "refused: a reason is said once, by whom it concerns",
        "UPDATE referrals_glass SET reason = NULL WHERE id = %(glass)s",
    ),
}

NOT_SHARED = "refused: a share holds only what its author steers"
HELD = "SELECT referrals.share_held(%(offer)s)"
RENEWED = "SELECT referrals.renew_share(%(share)s, now() + interval '60 days', 'follow_up', 2)"
NOT_RENEWED = "refused: only whoever shares renews"
ANSWERED = "UPDATE referrals_request SET state = 'answered' WHERE id = %(request)s RETURNING state"
NOT_ANSWERED = "refused: a request does not go from open to answered here"
SHARES = {
    "a share of a case elsewhere": Asked(
        "coordinator", copied("referrals_share", "another_offer"), CASE_MOVED, NOT_SHARED
    ),
    "a share of what is steered no more": Asked(
        "coordinator", copied("referrals_share", "another_offer"), STEERING, NOT_SHARED
    ),
    "a share with who has left": Asked(
        "coordinator",
        copied("referrals_share", "another_offer"),
        POLICE_ENDED,
        "refused: a share goes to an agency that takes part in the cell",
    ),
    "held from others": Asked(
        "police",
        HELD,
        "UPDATE referrals_share SET viewers = '{}' WHERE id = %(offer)s",
        NOTHING,
        FROZEN,
    ),
    "held elsewhere": Asked("police", HELD, OFFER_MOVED, NOTHING, FROZEN),
    "held no more": Asked(
        "police",
        HELD,
        "UPDATE referrals_share SET expires_at = now() WHERE id = %(offer)s",
        NOTHING,
        FROZEN,
    ),
    "received elsewhere": Asked(
        "gendarme", "SELECT case_id FROM referrals.references_received()", SHARE_MOVED, NOTHING
    ),
    "renewed elsewhere": Asked("coordinator", RENEWED, SHARE_MOVED, NOT_RENEWED),
    "renewed without a role": Asked("coordinator", RENEWED, NO_ROLE, NOT_RENEWED),
    "renewed for others": Asked(
        "coordinator",
        RENEWED,
        "UPDATE referrals_share SET from_unit = %(police)s WHERE id = %(share)s",
        NOT_RENEWED,
    ),
    "renewed in whose name": Asked(
        "coordinator",
        f"{RENEWED}; SELECT by_name FROM referrals_milestone WHERE case_id = %(case)s"
        " AND kind = 'share.renewed'",
        "UPDATE kernel_seat SET display_name = 'Camille Exemple' WHERE id = %(asking)s",
        "Camille Exemple",
    ),
    "reminded though gone": Asked(
        "coordinator",
        "SELECT account FROM referrals.due_reminders(1)",
        SEATS_ENDED,
        NOTHING,
        "UPDATE referrals_share SET remind_at = '2000-01-01' WHERE id = %(share)s",
    ),
    "asked by who has left": Asked(
        "gendarme",
        copied("referrals_request", "another_request"),
        GENDARMES_ENDED,
        "refused: only an agency that knows of the case asks about it",
        "DELETE FROM referrals_request WHERE id = %(request)s",
    ),
    "answered without a role": Asked(
        "coordinator",
        ANSWERED,
        NO_ROLE,
        NOT_ANSWERED,
    ),
    "answered for others": Asked(
        "coordinator",
        ANSWERED,
        "UPDATE referrals_request SET to_unit = %(police)s WHERE id = %(request)s",
        NOT_ANSWERED,
    ),
}

NO_ORDERS = "refused: only the prosecutor of a case gives orders on it"
NO_OFFICE = "refused: this unit is no office of a prosecutor in the cell"
HAND_OVER = "SELECT referrals.hand_over(%(measure)s, %(accession)s, current_date + 3, 1)"
NOT_THERE = "refused: this measure does not go there"
LEFT_BEHIND = "UPDATE referrals_measure SET owner_unit = %(victims)s WHERE id = %(measure)s"
REACHES = "SELECT referrals.may_reach(%(school)s)"
ACCESS = "UPDATE referrals_case_access SET valid_until = now() WHERE case_id = %(case)s"
CASES = {
    "frozen elsewhere": Asked(
        "gendarme", "SELECT referrals.acts_frozen(%(case)s)", CASE_MOVED, NOTHING, FROZEN
    ),
    "held in another cell": Asked(
        "gendarme", "SELECT referrals.hold_case(%(case)s)", CASE_MOVED, NOTHING
    ),
    "the level elsewhere": Asked(
        "gendarme", "SELECT referrals.level_now(%(case)s)", GRANTS_MOVED, NOTHING
    ),
    "the scope elsewhere": Asked(
        "gendarme", "SELECT referrals.scope_now(%(case)s)", GRANTS_MOVED, NOTHING
    ),
    "what is edited elsewhere": Asked(
        "gendarme", "SELECT referrals.scope_to_edit(%(case)s)", GRANTS_MOVED, NOTHING
    ),
    "steered no more": Asked(
        "coordinator",
        "SELECT referrals.looks_into(%(case)s)",
        STEERING,
        "own",
        f"{ONE_MORE_GRANT} %(coordination)s LIMIT 1",
    ),
    "who answers in another cell": Asked(
        "pilot", "SELECT referrals.recipients_of_unit(%(coordination)s)", OTHERS_MOVED, NOTHING
    ),
    "a seat in another cell": Asked(
        "prosecutor",
        "SELECT seat_id FROM referrals.seat_for(%(case)s, %(coordinator_seat)s)",
        OTHERS_MOVED,
        NOTHING,
    ),
    "a seat that has ended": Asked(
        "prosecutor",
        "SELECT seat_id FROM referrals.seat_for(%(case)s, %(coordinator_seat)s)",
        OTHERS_ENDED,
        NOTHING,
    ),
    "seats in another cell": Asked(
        "coordinator",
        "SELECT seat_id FROM referrals.seats_on(%(case)s) WHERE seat_id <> %(asking)s",
        OTHERS_MOVED,
        NOTHING,
    ),
    "reached by a case of before": Asked(
        "gendarme", REACHES, f"{ACCESS} AND unit_id = %(gendarmes)s", NOTHING
    ),
    "reached where it is no more": Asked(
        "gendarme", REACHES, f"{ACCESS} AND unit_id = %(school)s", NOTHING
    ),
    "sent to an office that has left": Asked(
        "pilot",
        "UPDATE referrals_case SET state = 'submitted', prosecutor_unit = %(prosecution)s,"
        " submitted_at = now(), reference = reverse(%(reference)s) WHERE id = %(draft)s"
        " RETURNING state",
        OFFICE_ENDED,
        NO_OFFICE,
    ),
    "given to an office that has left": Asked(
        "coordinator",
        "UPDATE referrals_case SET prosecutor_unit = %(prosecution)s WHERE id = %(case)s"
        " RETURNING state",
        OFFICE_ENDED,
        NO_OFFICE,
        "UPDATE referrals_case SET prosecutor_unit = NULL WHERE id = %(case)s",
    ),
    "ordered by another office": Asked(
        "prosecutor",
        f"{FROZEN} RETURNING state",
        "UPDATE referrals_case SET prosecutor_unit = %(police)s WHERE id = %(case)s",
        NO_ORDERS,
    ),
    "ordered without a role": Asked("prosecutor", f"{FROZEN} RETURNING state", NO_ROLE, NO_ORDERS),
    "handed over from another cell": Asked(
        "coordinator",
        HAND_OVER,
        moved("referrals_measure", "id = %(measure)s"),
        NOT_THERE,
        LEFT_BEHIND,
    ),
    "handed over to another cell": Asked(
        "coordinator",
        HAND_OVER,
        moved("agencies_accession", "id = %(accession)s"),
        NOT_THERE,
        LEFT_BEHIND,
    ),
}

DOCUMENT = (
    "INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,"
    " file_key, owner_unit, owner_name, withheld, added_by, created_at, since, version, viewers,"
    " editors, recheck_at) SELECT %(document)s, %(cell)s, %(case)s, 3, 'report', 'pdf', 1, 'ready',"
    " ''::bytea, ''::bytea, %(school)s, '', '{}', %(pilot_seat)s, now() - interval '2 days', now(),"
    " 1, '{}', '{}', 'infinity'"
)
ON_RECORD = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, case_id, subject_id, request, payload)"
    " SELECT %(cell)s, 'document.destroyed', 'done', %(coordinator_account)s, %(case)s,"
    ' %(document)s, %(case)s, \'{"facts": {"before": "ready", "after": "destroyed"}}\'::bytea'
)
GONE = "UPDATE referrals_document SET state = 'destroyed' WHERE id = %(document)s RETURNING state"
NOT_DESTROYED = "refused: a document is destroyed by who added it or who steers the case"
DOCUMENTS = {
    "destroyed by who reads it": Asked("gendarme", GONE, "", NOT_DESTROYED, DOCUMENT),
    "destroyed by a former one": Asked("coordinator", GONE, STEERING, NOT_DESTROYED, DOCUMENT),
    "destroyed on somebody else's record": Asked(
        "coordinator",
        f"{GONE}; SET CONSTRAINTS ALL IMMEDIATE; SELECT true",
        "UPDATE kernel_seat SET account_id = %(pilot_account)s WHERE id = %(asking)s",
        "refused: no document is destroyed without an entry",
        f"{DOCUMENT}; {ON_RECORD}",
    ),
    "owned by who is granted nothing any more": Asked(
        "gendarme", f"{DOCUMENT} RETURNING owner_unit", OF_GENDARMES, NOTHING
    ),
}

READY = (
    "UPDATE referrals_export SET state = 'ready', file_key = 'x', made_at = now(),"
    " expires_at = '2100-01-01', sha256 = 'x', scope = {} WHERE id = %(export)s"
)
OVER = "SELECT export_id FROM referrals.end_exports(100000) WHERE export_id = %(export)s"
EXPORTS = {
    "the work of a session that has ended": Asked(
        "gendarme",
        "SELECT referrals.at_work_on(%(export)s)",
        "UPDATE kernel_session SET idle_until = now() WHERE seat_id = %(asking)s",
        NOTHING,
        "UPDATE kernel_session SET channel = 'task' WHERE seat_id = %(asking)s;"
        " UPDATE referrals_export SET at_work = (SELECT token_hash FROM kernel_session"
        " WHERE seat_id = %(asking)s LIMIT 1) WHERE id = %(export)s",
    ),
    "exported for others without a role": Asked(
        "coordinator",
        copied("referrals_export", "another_export"),
        NO_ROLE,
        "refused: coordination exports for others",
    ),
    "a part that is granted no more": Asked(
        "gendarme",
        OVER,
        f"{GRANTS} AND share_id = %(share)s",
        "{export}",
        f"{READY.format(FACTS)}; {ONE_MORE_GRANT} %(gendarmes)s LIMIT 1",
    ),
    "a case that is granted no more": Asked("gendarme", OVER, GRANTS, "{export}", READY.format(0)),
    "of a seat that has ended": Asked("gendarme", OVER, SEATS_ENDED, "{export}", READY.format(0)),
    "of a share that has ended": Asked(
        "gendarme",
        OVER,
        "UPDATE referrals_share SET expires_at = now() WHERE id = %(share)s",
        "{export}",
        f"{READY.format(0)}; UPDATE referrals_export SET share_id = %(share)s"
        " WHERE id = %(export)s",
    ),
}
PARTS = {
    "glass": GLASS,
    "shares": SHARES,
    "cases": CASES,
    "documents": DOCUMENTS,
    "exports": EXPORTS,
}

TOO_LONG = "refused: canceling statement due to lock timeout"
FROM_ELSEWHERE = moved("kernel_seat", "id = %(asking)s")
IMPATIENT = "SET LOCAL lock_timeout = '100ms'; "
WAITS = {
    "an export for others": Asked(
        "coordinator",
        IMPATIENT + copied("referrals_export", "another_export"),
        FROM_ELSEWHERE,
        TOO_LONG,
    ),
    "an interview that is decided": Asked(
        "coordinator",
        IMPATIENT + "INSERT INTO meetings_decision (case_id, code, recorded_by) VALUES"
        " (%(case)s, 'interview', %(coordinator_seat)s)",
        FROM_ELSEWHERE,
        TOO_LONG,
    ),
}
LISTED = [
    f"referrals_{table}"
    for table in (
        "case_key",
        "compartment",
        "party",
        "measure",
        "feedback",
        "milestone",
        "document",
    )
]
