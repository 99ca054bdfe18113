"""The truth about every route: how it is called, what it is about, who gets through.

One row for each page and each method that it serves, one for each method of the API. The tests
ask each of them as everybody; a route without a row fails. ``may`` gets ``answers``; whoever sees
the object but may not gets 403; for everybody else it does not exist.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from tests.authorisation.cell_operations import CELL_CALLS, CELL_PAGES
from tests.authorisation.document_operations import DOCUMENT_CALLS, DOCUMENT_PAGES
from tests.authorisation.export_operations import EXPORT_CALLS, EXPORT_PAGES
from tests.authorisation.people_operations import PEOPLE_CALLS, PEOPLE_PAGES
from tests.authorisation.request_operations import CALLS as REQUEST_CALLS
from tests.authorisation.request_operations import PAGES as REQUEST_PAGES
from tests.authorisation.rows import (
    ADMIN,
    ADMINISTRATION,
    AUDIT,
    COORDINATION,
    CORE,
    EVERYBODY,
    GENDARMERIE,
    NOBODY,
    ON_CASES,
    PROSECUTION,
    SCHOOL,
    Body,
    Operation,
    act,
    as_read,
    call,
    fields,
    page,
)
from tests.authorisation.scene import Scene
from tests.authorisation.seeing_operations import SEEING_CALLS, SEEING_PAGES
from tests.authorisation.witness_operations import WITNESS_CALLS, WITNESS_PAGES
from tests.support.escalating import body_of, form_of
from tests.support.world import in_days


def gendarmerie(name: str) -> Body:
    """A body that names the gendarmerie of the cell, with what else the form asks for."""
    return lambda scene, object_id: FORMS[name](str(scene.world.gendarme.accession_id), object_id)


FORMS: dict[str, Callable[[str, UUID], dict[str, Any]]] = {
    "share page": lambda agency, object_id: {
        "share-to_accession": agency,
        "share-purpose": "protection",
        "share-legal_basis": "protocol",
        "share-compartments": ["school_steps"],
        "share-level": "2",
    },
    "share": lambda agency, object_id: {
        "to_accession": agency,
        "purpose": "protection",
        "legal_basis": "protocol",
        "compartments": ["school_steps"],
    },
    "measure page": lambda agency, object_id: {
        "measure-kind": "supervision",
        "measure-owner_accession": agency,
        "measure-due_on": in_days(9).isoformat(),
        "measure-note": "Devant la grille",
    },
    "measure": lambda agency, object_id: {
        "kind": "supervision",
        "owner_accession": agency,
        "due_on": in_days(9).isoformat(),
    },
    "convene page": lambda agency, object_id: {
        "starts_at": f"{in_days(3)}T10:00",
        "agencies": [agency],
    },
    "convene": lambda agency, object_id: {
        "case": str(object_id),
        "starts_at": f"{in_days(3)}T10:00:00+01:00",
        "agencies": [agency],
    },
    "decide page": lambda agency, object_id: {
        "code": "protection",
        "text": "Un adulte à la grille",
        "owner": agency,
        "due_on": in_days(9).isoformat(),
    },
    "decide": lambda agency, object_id: {
        "code": "protection",
        "text": "Un adulte à la grille",
        "owner": agency,
        "due_on": in_days(9).isoformat(),
    },
}


def office(prefix: str) -> Body:
    """The prosecutor's office of the cell."""
    return lambda scene, object_id: {
        f"{prefix}office": str(scene.world.prosecutor.accession_id),
    }


def refusal_form(scene: Scene, object_id: UUID) -> dict[str, Any]:
    """The form of a refused share is named after the share."""
    return {f"refuse-{object_id}-reason": "out_of_area"}


def over_form(scene: Scene, object_id: UUID) -> dict[str, Any]:
    """The form of a measure to give away is named after the measure."""
    return {f"over-{object_id}-due_on": in_days(9).isoformat()}


PUPIL = {"family_name": "Alba", "given_name": "Nina", "birth_date": "2013-04-05"}
TRIAGE = {"gravity": 2, "urgency": "high"}
ORDERS: dict[str, Any] = {"freeze_acts": False, "pause_interviews": True, "closed": []}
ENDED = {"outcome": "bullying_stopped"}

OPERATIONS: tuple[Operation, ...] = (
    # Pages of everybody.
    page("home", EVERYBODY),
    page("referrals:cases", EVERYBODY),
    page("referrals:shares", EVERYBODY),
    page("meetings:meetings", EVERYBODY),
    # One's own factors. Whose device it is, is for test_my_factors.
    page("agencies:factors", EVERYBODY),
    page("agencies:backup_codes", EVERYBODY),
    act("agencies:backup_codes", EVERYBODY, answers=422),
    page("agencies:new_totp", EVERYBODY),
    act("agencies:new_totp", EVERYBODY, answers=422),
    page("agencies:new_passkey", EVERYBODY),
    act("agencies:new_passkey", EVERYBODY, answers=422),
    act("agencies:ask_new_passkey", EVERYBODY, answers=200),
    page("agencies:confirm_totp", NOBODY, also={"device_id": 0}),
    act("agencies:confirm_totp", NOBODY, also={"device_id": 0}),
    page("agencies:rename_factor", NOBODY, also={"kind": "totp", "device_id": 0}),
    act("agencies:rename_factor", NOBODY, also={"kind": "totp", "device_id": 0}),
    page("agencies:remove_factor", NOBODY, also={"kind": "totp", "device_id": 0}),
    act("agencies:remove_factor", NOBODY, also={"kind": "totp", "device_id": 0}),
    # The replacement of somebody's factors: the police officer has asked.
    page("agencies:replacements", ADMINISTRATION, refused=403),
    act("agencies:agree_replacement", ADMINISTRATION, "asked"),
    act("agencies:link_replacement", ADMINISTRATION, "agreed", answers=200),
    act("agencies:cancel_replacement", ADMINISTRATION | {"police"}, "asked"),
    # Writing a referral.
    act("referrals:start", SCHOOL | {"other_pilot"}, refused=403),
    page("referrals:search", EVERYBODY),
    act(
        "referrals:search",
        SCHOOL | COORDINATION | {"other_pilot"},
        body=fields(**PUPIL),
        answers=200,
        refused=403,
    ),
    page("referrals:within", ON_CASES, refused=403),
    act("referrals:within", ON_CASES, body=fields(words="grille"), answers=200, refused=403),
    page("referrals:draft", SCHOOL, "draft"),
    act("referrals:draft", SCHOOL, "draft", body=lambda scene, object_id: form_of(scene.mark)),
    act("referrals:autosave", SCHOOL, "draft", body=fields(_version="2", incident_reference="x")),
    page("referrals:sent", SCHOOL, "activated"),
    # One case.
    page("referrals:case", SCHOOL | CORE | GENDARMERIE, "activated"),
    act("referrals:acknowledge", COORDINATION, "submitted"),
    act(
        "referrals:triage",
        COORDINATION,
        "submitted",
        body=fields(**{"triage-gravity": "2", "triage-urgency": "high"}),
    ),
    act(
        "referrals:name_prosecutor",
        COORDINATION,
        "unassigned",
        body=office("name_prosecutor-"),
    ),
    act("referrals:activate", PROSECUTION, "qualified"),
    act(
        "referrals:orders",
        PROSECUTION,
        "qualified",
        body=fields(**{"orders-arrived": "True", "orders-pause_interviews": "on"}),
    ),
    page("referrals:share", COORDINATION, "activated"),
    page("referrals:renew_share", COORDINATION, "running share"),
    page("referrals:renew_share", NOBODY, "secret share"),
    act(
        "referrals:renew_share",
        COORDINATION,
        "running share",
        body=lambda scene, object_id: {
            "renew-until": in_days(90).isoformat(),
            "renew-reason": "follow_up",
        },
    ),
    act("referrals:share", COORDINATION, "activated", body=gendarmerie("share page")),
    act("referrals:measure", CORE, "activated", body=gendarmerie("measure page")),
    act(
        "referrals:resolve",
        COORDINATION,
        "planned",
        body=fields(**{"resolve-outcome": "bullying_stopped"}),
    ),
    act(
        "referrals:feedback",
        COORDINATION,
        "planned",
        body=fields(**{"feedback-code": "measures"}),
    ),
    act("referrals:close", COORDINATION, "told"),
    act("referrals:finish_measure", COORDINATION | GENDARMERIE, "measure"),
    act("referrals:reveal", SCHOOL | CORE, "target", answers=200),
    act("referrals:reveal", SCHOOL | CORE | GENDARMERIE, "presumed", answers=200),
    act("referrals:accept_share", GENDARMERIE, "offer"),
    act("referrals:accept_share", NOBODY, "secret offer"),
    act("referrals:refuse_share", GENDARMERIE, "offer", body=refusal_form),
    act("referrals:revoke_share", COORDINATION, "offer"),
    page("referrals:left_behind", COORDINATION, refused=403),
    act("referrals:hand_over", COORDINATION, "measure", answers=409, body=over_form),
    # Leaving, absences, tokens of systems.
    page("agencies:end_person", ADMIN | GENDARMERIE, "gendarme seat"),
    act(
        "agencies:end_person",
        ADMIN,
        "leaver",
        body=fields(reason="left"),
    ),
    page("agencies:end_agency", ADMIN, "agency"),
    act(
        "agencies:end_agency",
        ADMIN,
        "agency",
        body=fields(extent="people", reason="compromised"),
    ),
    page("agencies:absence", EVERYBODY),
    act("agencies:absence", EVERYBODY, answers=422),
    page("agencies:cover", ADMIN | GENDARMERIE, "gendarme seat"),
    act("agencies:cover", ADMIN | GENDARMERIE, "gendarme seat", answers=422),
    act("agencies:confirm_cover", ADMIN, "proposed cover"),
    act("agencies:stop_cover", ADMIN, "proposed cover"),
    page("agencies:tokens", ADMIN, refused=403),
    page("agencies:new_token", NOBODY, refused=403),
    act("agencies:new_token", NOBODY, answers=422, refused=403),
    act("agencies:revoke_token", ADMIN, "token"),
    # Meetings.
    page("meetings:convene", COORDINATION, "activated"),
    act("meetings:convene", COORDINATION, "activated", body=gendarmerie("convene page")),
    page("meetings:meeting", COORDINATION | GENDARMERIE, "meeting"),
    page("meetings:people", COORDINATION | GENDARMERIE, "meeting"),
    page("meetings:decisions", COORDINATION | GENDARMERIE, "sitting"),
    act("meetings:decisions", COORDINATION, "sitting", body=gendarmerie("decide page")),
    act("meetings:take_up", COORDINATION, "sitting", also={"position": 1}),
    act("meetings:open", COORDINATION, "meeting"),
    act("meetings:end", COORDINATION, "sitting"),
    act("meetings:cancel", COORDINATION, "meeting"),
    # The journal.
    page("audit:journal", AUDIT),
    page("audit:findings", AUDIT),
    act("audit:findings", AUDIT, answers=422),
    page("audit:chart", AUDIT),
    page("audit:views", AUDIT),
    act("audit:views", AUDIT, answers=422),
    page("audit:verification", AUDIT),
    act("audit:verification", AUDIT, answers=200),
    *WITNESS_PAGES,
    # One's own session.
    page("agencies:confirm", EVERYBODY, answers=302),
    act("agencies:confirm", EVERYBODY, answers=422),
    page("agencies:confirmed", EVERYBODY),
    page("agencies:charter", EVERYBODY),
    act("agencies:charter", EVERYBODY, answers=422),
    page("agencies:cell_charter", ADMINISTRATION, refused=403),
    act("agencies:cell_charter", ADMINISTRATION, refused=403, answers=422),
    page("agencies:account", EVERYBODY),
    page("agencies:sessions", EVERYBODY),
    act("agencies:end_session", EVERYBODY, answers=404, also={"number": UUID(int=7)}),
    act("agencies:end_others", EVERYBODY),
    call("session-list", EVERYBODY, get=True),
    call("session-factor", EVERYBODY, body=fields(code="000000"), answers=422),
    # Identities at a provider, and which providers the cell accepts.
    page("agencies:identities", EVERYBODY),
    act("agencies:identities", EVERYBODY, answers=200),
    act("agencies:unlink_identity", SCHOOL, "identity"),
    page("agencies:providers", ADMINISTRATION, refused=403),
    act(
        "agencies:providers",
        ADMINISTRATION,
        body=lambda scene, object_id: {"name": "Justice", "idp_id": f"idp-{uuid4()}"},
        refused=403,
    ),
    act("agencies:withdraw_provider", ADMINISTRATION, "provider"),
    *CELL_PAGES,
    *DOCUMENT_PAGES,
    *EXPORT_PAGES,
    *PEOPLE_PAGES,
    *SEEING_PAGES,
    *REQUEST_PAGES,
    # The same through the API.
    *CELL_CALLS,
    *DOCUMENT_CALLS,
    *EXPORT_CALLS,
    *PEOPLE_CALLS,
    *SEEING_CALLS,
    *REQUEST_CALLS,
    call("referrals-list", EVERYBODY, get=True),
    call("referrals-detail", SCHOOL | CORE | GENDARMERIE, "activated", get=True),
    call(
        "referrals-list",
        SCHOOL | {"other_pilot"},
        body=lambda scene, object_id: body_of(),
        answers=201,
        refused=403,
    ),
    call(
        "referrals-search",
        SCHOOL | COORDINATION | {"other_pilot"},
        body=fields(**PUPIL),
        refused=403,
    ),
    call("referrals-within", ON_CASES, body=fields(words="grille"), refused=403),
    call("referrals-acknowledge", COORDINATION, "submitted", body=as_read()),
    call("referrals-triage", COORDINATION, "submitted", body=as_read(fields(**TRIAGE))),
    call("referrals-prosecutor", COORDINATION, "unassigned", body=as_read(office(""))),
    call("referrals-activate", PROSECUTION, "qualified", body=as_read()),
    call("referrals-orders", PROSECUTION, "qualified", body=as_read(fields(**ORDERS))),
    call("referrals-resolve", COORDINATION, "planned", body=as_read(fields(**ENDED))),
    call("referrals-close", COORDINATION, "told", body=as_read()),
    call("referrals-feedback", COORDINATION, "planned", body=fields(code="taken"), answers=201),
    call("referrals-measures", CORE, "activated", body=gendarmerie("measure"), answers=201),
    call("referrals-shares", COORDINATION, "activated", body=gendarmerie("share"), answers=201),
    call("shares-list", EVERYBODY, get=True),
    call("shares-accept", GENDARMERIE, "offer"),
    call("shares-refuse", GENDARMERIE, "offer", body=fields(reason="out_of_area")),
    call("shares-revoke", COORDINATION, "offer"),
    call(
        "shares-renew",
        COORDINATION,
        "running share",
        body=as_read(
            lambda scene, object_id: {
                "until": in_days(90).isoformat(),
                "reason": "follow_up",
            }
        ),
    ),
    call("measures-done", COORDINATION | GENDARMERIE, "measure"),
    call("parties-reveal", SCHOOL | CORE, "target"),
    call("meetings-list", EVERYBODY, get=True),
    call(
        "meetings-list",
        COORDINATION,
        "activated",
        body=gendarmerie("convene"),
        answers=201,
        inside=True,
    ),
    call("meetings-detail", COORDINATION | GENDARMERIE, "meeting", get=True),
    call("meetings-decisions", COORDINATION | GENDARMERIE, "sitting", get=True),
    call("meetings-decisions", COORDINATION, "sitting", body=gendarmerie("decide"), answers=201),
    call(
        "meetings-points",
        COORDINATION,
        "meeting",
        body=lambda scene, object_id: {"case": str(scene.the("planned"))},
        answers=201,
    ),
    call("meetings-take-up", COORDINATION, "sitting", body=fields(position=1)),
    call("meetings-open", COORDINATION, "meeting", body=as_read()),
    call("meetings-end", COORDINATION, "sitting", body=as_read()),
    call("meetings-cancel", COORDINATION, "meeting", body=as_read()),
    call("audit-entries", AUDIT, get=True),
    call("audit-verification", AUDIT),
    *WITNESS_CALLS,
)

PUBLIC = {
    "agencies:join": "What an invitation offers to whoever shows its link.",
    "agencies:join_factor": "The first code of somebody who has used an invitation's link.",
    "agencies:passkey": "Signs in with a passkey alone.",
    "agencies:ask_passkey": "The question for the passkeys of somebody known by their password.",
    "agencies:ask_any_passkey": "The question for whichever passkey a browser holds.",
    "agencies:lost": "Asks for new factors; the answer is the same whoever asks.",
    "agencies:replace": "Asks for the password that goes with a replacement link.",
    "metrics": "Figures of the whole house, for whoever shows the operator's token.",
    "agencies:replace_confirm": "Takes the first code of a replaced authenticator.",
    "agencies:replace_link": "Keeps the digest of a replacement link and hides the link.",
    "agencies:sign_in": "Asks for address and password.",
    "agencies:code": "Asks for the code of somebody whose password was right.",
    "agencies:role": "Asks which place to take of somebody who has shown both factors.",
    "agencies:sign_out": "Ends the session.",
    "agencies:provider_start": "Begins a sign-in through the identity provider.",
    "agencies:provider_go": "Leads to the identity provider.",
    "agencies:provider_return": "Comes back from it: recognises a person, or refuses.",
    "agencies:join_identity": "Accepts an invitation with an identity at the provider.",
    "agencies:provider_ends": "Takes the provider's signed sign-out messages.",
    "agencies:provider_ends_here": "Takes the provider's sign-out through a browser.",
    "agencies:signed_out": "Says that one is signed out, after the provider has done it too.",
}
"""Routes that are for anybody, with what they are for; they are about no object of a cell."""
