"""Each condition of the functions that act alone, as in conditions.py: who, where, since when."""

from __future__ import annotations

from tests.authorisation.conditions import (
    ASKED_JUST_NOW,
    BREAKS,
    CASE_MOVED,
    DOCUMENT,
    FACTS,
    FROM_ELSEWHERE,
    GONE,
    GRANTS,
    HAND_OVER,
    IMPATIENT,
    LEFT_BEHIND,
    NO_ROLE,
    NOT_DESTROYED,
    NOT_SHARED,
    NOT_THERE,
    NOTHING,
    OF_GENDARMES,
    OFFER_MOVED,
    TOO_LONG,
    Asked,
    copied,
)

STALE = "UPDATE kernel_session SET factor_at = now() - interval '6 minutes'"
STALE += " WHERE seat_id = %(asking)s"
AT_A_SCHOOL = "UPDATE kernel_seat SET agency_kind = 'school' WHERE id = %(asking)s"
OF_COORDINATION = f"{GRANTS} AND unit_id = %(coordination)s"
ALIVE = "UPDATE audit_heart SET at = now()"
JUST_ADDED = (
    f"{DOCUMENT}; UPDATE referrals_document SET created_at = now(), owner_unit = %(gendarmes)s"
    " WHERE id = %(document)s"
)
COPY = (
    DOCUMENT.replace("about, file_key", "about, copy_of_id, only_for, file_key")
    .replace("SELECT %(document)s", "SELECT gen_random_uuid()")
    .replace("''::bytea, ''::bytea", "''::bytea, %(document)s, ARRAY[%(gendarmes)s], ''::bytea")
)
SIGNED = (
    "INSERT INTO referrals_milestone (id, cell_id, case_id, bit, kind, detail, by_name, by_agency,"
    " created_at, viewers, editors, recheck_at) SELECT gen_random_uuid(), cell_id, id, -1,"
    " 'step.taken', '', 'X', 'X', now(), '{}', '{}', 'infinity' FROM referrals_case"
    " WHERE id = %(case)s RETURNING by_name"
)
ENDS_BY_ITSELF = (
    "SELECT set_config('app.token', '', true);"
    " UPDATE referrals_share SET state = 'expired' WHERE id = %(offer)s;"
    " SELECT by_name FROM referrals_milestone WHERE case_id = %(case)s AND kind = 'share.expired'"
)
NOT_BOUND = "UPDATE kernel_seat SET bound_by_secrecy = false WHERE id = %(asking)s"
BOUND = NOT_BOUND.replace("false", "true")
ANOTHER_BOUND = "UPDATE kernel_seat SET bound_by_secrecy = true WHERE id = %(pilot_seat)s"

ACTS = {
    "the glass with a stale factor": Asked(
        "gendarme",
        BREAKS.format("facts", FACTS),
        STALE,
        "refused: a fresh factor comes first",
        ASKED_JUST_NOW,
    ),
    "the glass at a school": Asked(
        "gendarme",
        BREAKS.format("facts", FACTS),
        AT_A_SCHOOL,
        "refused: this seat breaks no glass",
        ASKED_JUST_NOW,
    ),
    "destroyed by another agency": Asked(
        "gendarme",
        GONE,
        "UPDATE referrals_document SET owner_unit = %(police)s WHERE id = %(document)s",
        NOT_DESTROYED,
        JUST_ADDED,
    ),
    "destroyed where others steer": Asked(
        "coordinator", GONE, OF_COORDINATION, NOT_DESTROYED, DOCUMENT
    ),
    "destroyed without a role": Asked("coordinator", GONE, NO_ROLE, NOT_DESTROYED, DOCUMENT),
    "copied without a role": Asked(
        "coordinator",
        f"{COPY} RETURNING state",
        NO_ROLE,
        "refused: a copy is made by those who steer, for somebody else",
        DOCUMENT,
    ),
    "added for one's own agency": Asked(
        "gendarme", f"{DOCUMENT} RETURNING owner_name", "", "{gendarme_agency}"
    ),
    "added for another agency": Asked(
        "coordinator", f"{DOCUMENT} RETURNING owner_name", "", "{coordinator_agency}"
    ),
    "looked into without a role": Asked(
        "coordinator", "SELECT referrals.looks_into(%(case)s)", NO_ROLE, "own"
    ),
    "handed over by who edits it not": Asked(
        "coordinator",
        HAND_OVER,
        "UPDATE referrals_measure SET editors = '{}' WHERE id = %(measure)s",
        NOT_THERE,
        LEFT_BEHIND,
    ),
    "rung in another cell": Asked(
        "gendarme",
        "SELECT referrals.ring_case('case:' || %(case)s, 'changed', NULL)",
        CASE_MOVED,
        "refused: no such room",
    ),
    "shared in somebody else's name": Asked(
        "police", copied("referrals_share", "another_offer"), "", NOT_SHARED
    ),
    "shared by who is not bound by secrecy": Asked(
        "coordinator",
        copied("referrals_share", "secret_offer"),
        NOT_BOUND,
        NOT_SHARED,
        f"{BOUND}; {ANOTHER_BOUND}",
    ),
    "signed by one": Asked("gendarme", SIGNED, "", "{gendarme_name}"),
    "signed by another": Asked("coordinator", SIGNED, "", "{coordinator_name}"),
    "ended by nobody": Asked(
        "coordinator",
        ENDS_BY_ITSELF,
        "",
        NOTHING,
        "UPDATE referrals_share SET expires_at = now() WHERE id = %(offer)s",
    ),
    "a seat whose agency reads no more": Asked(
        "coordinator",
        "SELECT seat_id FROM referrals.seats_on(%(case)s) WHERE seat_id = %(gendarme_seat)s",
        OF_GENDARMES,
        NOTHING,
    ),
    "a unit that reads no more": Asked(
        "coordinator",
        "SELECT unit FROM unnest(referrals.units_on_case(%(case)s, 1)) AS unit"
        " WHERE unit = %(gendarmes)s",
        OF_GENDARMES,
        NOTHING,
    ),
    "listed though it reads no more": Asked(
        "coordinator",
        "SELECT referrals.sync_case(%(case)s); SELECT unit_id FROM referrals_case_access"
        " WHERE case_id = %(case)s AND unit_id = %(gendarmes)s",
        OF_GENDARMES,
        NOTHING,
    ),
    "whether the sealer is at work": Asked(
        "auditor", "SELECT at IS NOT NULL FROM audit.heart()", NO_ROLE, NOTHING, ALIVE
    ),
}
LOCKS = f"{IMPATIENT}SELECT referrals.lock_case_of(%(offer)s)"
WAIT_TOO = {
    "an offer to others": Asked(
        "police",
        LOCKS,
        "UPDATE referrals_share SET viewers = '{}' WHERE id = %(offer)s",
        TOO_LONG,
    ),
    "an offer in another cell": Asked("police", LOCKS, OFFER_MOVED, TOO_LONG),
    "a request that is answered": Asked(
        "coordinator",
        f"{IMPATIENT}UPDATE referrals_request SET state = 'answered' WHERE id = %(request)s",
        FROM_ELSEWHERE,
        TOO_LONG,
    ),
}
