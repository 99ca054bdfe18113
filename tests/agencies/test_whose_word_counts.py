"""Whose word the database takes about people, with what factor, and until which moment.

Each row is asked twice of the functions and triggers themselves: as it is right, and with one thing
wrong. The superuser puts that thing wrong in the same transaction, without triggers.
"""

from types import SimpleNamespace

import pytest

from agencies.models import Accession, BackupCode, BackupSheet
from kernel.ids import uuid7
from tests.agencies.inviting import CONFIRM as CONFIRM_INVITATION
from tests.agencies.inviting import invited, role_change_proposed, sent
from tests.agencies.replacing import agreed_to_replace, asked_to_replace
from tests.agencies.test_my_factors import a_passkey
from tests.support.database import admin
from tests.support.moment import NOTHING, REFUSED, answered, moment
from tests.support.searching import database_name
from tests.support.world import Seated, World

pytestmark = pytest.mark.database

STALE = "UPDATE kernel_session SET factor_at = now() - interval '6 minutes' WHERE seat_id = %(me)s"
NOBODY_COORDINATES = (
    "UPDATE kernel_seat SET units = array_remove(units, %(coordination)s::int)"
    " WHERE cell_id = %(cell)s"
)
COORDINATION_ENDS = (
    "UPDATE kernel_seat SET valid_until = now() WHERE cell_id = %(cell)s"
    " AND %(coordination)s = ANY (units)"
)
ADMINISTRATION_ENDS = (
    "UPDATE kernel_seat SET valid_until = now() WHERE cell_id = %(cell)s"
    " AND 'cell_admin' = ANY (roles)"
)
A_LINK = (
    "UPDATE agencies_replacement SET link_digest = sha256('x'), opens_at = now(),"
    " link_until = now() + interval '1 minute' WHERE id = %(agreed)s"
)
AN_OFFER = (
    "UPDATE agencies_invitation SET token_hash = sha256('x'),"
    " expires_at = now() + interval '1 minute' WHERE id = %(sent)s"
)
A_SECOND_PLACE = "UPDATE kernel_seat SET account_id = %(mine)s WHERE id = %(police_seat)s"
PLACE_ENDS = "UPDATE kernel_seat SET valid_until = now() WHERE id = %(police_seat)s"
OFFER_ENDS = "UPDATE agencies_invitation SET expires_at = now() WHERE id = %(sent)s"
TO_ONE_WITH_AN_ACCOUNT = (
    "UPDATE agencies_invitation SET address ="
    " (SELECT email FROM agencies_account WHERE id = %(mine)s) WHERE id = %(sent)s"
)
COVER_RUNS = (
    "UPDATE agencies_absence SET state = 'confirmed', deputy_id = %(lead_seat)s"
    " WHERE id = %(cover)s"
)
OF_INVITER = "account_id = (SELECT invited_by FROM agencies_invitation WHERE id = %(waiting)s)"
WAITED = "UPDATE agencies_invitation SET created_at = now() - interval '14 days' WHERE id = {}"
CODE_SERVES = "UPDATE agencies_backup_code SET used_at = now() WHERE id = %(code)s"
FIVE_TIMES = (
    "UPDATE django_otp_webauthn_webauthncredential SET sign_count = 5 WHERE id = %(passkey)s"
)

ADMINISTRATORS = "SELECT agencies.administrators()"
APPROVE = "SELECT 'done' FROM agencies.approve_replacement(%(asked)s)"
CANCEL = "SELECT agencies.cancel_replacement(%(asked)s)"
LINK = "SELECT agencies.link_replacement(%(agreed)s, sha256('x'), 900)"
USE = "SELECT agencies.use_replacement(sha256('x'))"
CLAIM = "SELECT agencies.claim_offer(sha256('x'), %(new)s, '!')"
DECLINE = "SELECT agencies.decline_offer(sha256('x'))"
PLACES = "SELECT id FROM agencies.my_places() WHERE id = %(police_seat)s"
TAKE_UP = "SELECT agencies.take_up_offer(sha256('x'), NULL, %(mine)s, %(new)s)"
CONFIRM_COVER = "SELECT 'done' FROM agencies.confirm_deputy(%(cover)s)"
CONFIRM_AT_COURT = "SELECT 'done' FROM agencies.confirm_deputy(%(court_cover)s)"
END_AT_COURT = "SELECT 'done' FROM agencies.end_cover(%(court_cover)s)"
END_COVER = "SELECT 'done' FROM agencies.end_cover(%(cover)s)"
END_AGENCY = "SELECT 'done' FROM agencies.end_agency(%(gendarme_accession)s, 'left', false)"
NAME = (
    "SELECT agencies.name_deputy(%(new)s, %(police_seat)s, {},"
    " now() + interval '9 days', now() + interval '10 days')"
)
END = "SELECT 'done' FROM agencies.end_person({}::uuid[], 'left', NULL)"
END_LAST = (
    "SELECT 'done' FROM"
    " agencies.end_person(ARRAY[%(coordinator_seat)s]::uuid[], 'left', %(second_seat)s)"
)
INVITE = (
    "INSERT INTO agencies_invitation (id, cell_id, accession_id, agency_id, roles,"
    " bound_by_secrecy, address, display_name, job_title, valid_until, state, invited_by, sending,"
    " created_at) SELECT %(new)s, cell_id, id, agency_id, '{agency_partner}', false,"
    " 'x@y.exemple', 'X', '', '9999-12-31', 'waiting', %(mine)s, 0, now()"
    " FROM agencies_accession WHERE id = %(police_accession)s"
)
CONFIRM = CONFIRM_INVITATION.replace("%s", "%(mine)s", 1).replace("%s", "%(waiting)s", 1)
SEND_AGAIN = "UPDATE agencies_invitation SET sending = sending + 1 WHERE id = %(sent)s"
CHANGE = (
    "INSERT INTO agencies_role_change (id, cell_id, membership_id, agency_id, account_id,"
    " previous_roles, roles, bound_by_secrecy, valid_until, state, proposed_by, created_at)"
    " SELECT %(new)s, cell_id, id, agency_id, account_id, roles, '{departmental_officer}', false,"
    " valid_until, 'waiting', %(mine)s, now() FROM agencies_membership WHERE id = %(police_seat)s"
)
CONFIRM_CHANGE = (
    "UPDATE agencies_role_change SET state = 'applied', confirmed_by = %(mine)s"
    " WHERE id = %(change)s"
)
PASSKEY = "UPDATE django_otp_webauthn_webauthncredential SET {} WHERE id = %(passkey)s"

TO_OTHERS = {
    "administrators of a cell that nobody coordinates": (
        *("pilot", "gendarme"),
        ADMINISTRATORS,
        NOBODY_COORDINATES,
    ),
    "a colleague agrees to new factors": ("gendarme_lead", "colleague", APPROVE),
    "a colleague calls new factors off": ("gendarme_lead", "colleague", CANCEL),
    "a colleague ends a place": (
        *("gendarme_lead", "colleague"),
        END.format("ARRAY[%(gendarme_seat)s]"),
    ),
    "a head of school ends a place": (
        *("cell_admin", "head"),
        END.format("ARRAY[%(at_school)s]"),
    ),
    "a colleague ends a cover": ("gendarme_lead", "colleague", END_COVER, COVER_RUNS),
    "a lead ends the agency": ("cell_admin", "gendarme_lead", END_AGENCY),
    "a clerk confirms a magistrate's cover": ("magistrate", "clerk", CONFIRM_AT_COURT),
    "a clerk turns a magistrate's cover down": ("magistrate", "clerk", END_AT_COURT),
}
"""Who is answered, who is not, what they ask, and what is so for both."""
WITH_A_STALE_FACTOR = {
    "link": ("cell_admin", LINK),
    "agreeing": ("cell_admin", APPROVE),
    "inviting": ("cell_admin", INVITE),
    "confirming who comes": ("second", CONFIRM),
    "sending again": ("cell_admin", SEND_AGAIN),
    "changing roles": ("cell_admin", CHANGE),
    "confirming roles": ("second", CONFIRM_CHANGE),
}
TOO_LATE = {
    "a request for new factors": (
        "cell_admin",
        LINK,
        "UPDATE agencies_replacement SET expires_at = now() WHERE id = %(agreed)s",
    ),
    "who administers": ("pilot", ADMINISTRATORS, ADMINISTRATION_ENDS, NOBODY_COORDINATES),
    "an offer to somebody who has an account": (
        *("", TAKE_UP, OFFER_ENDS),
        *(AN_OFFER, TO_ONE_WITH_AN_ACCOUNT),
    ),
    "a place of one's own": ("gendarme", PLACES, PLACE_ENDS, A_SECOND_PLACE),
    "the place of who invited": (
        *("second", CONFIRM),
        f"UPDATE kernel_seat SET valid_until = now() WHERE {OF_INVITER}",
    ),
    "the place of who named a deputy": (
        *("gendarme_lead", CONFIRM_COVER),
        "UPDATE kernel_seat SET valid_until = now() WHERE id = %(gendarme_seat)s",
    ),
    "an invitation that waits": ("second", CONFIRM, WAITED.format("%(waiting)s")),
    "a link to new factors": (
        *("", USE),
        "UPDATE agencies_replacement SET link_until = now() WHERE id = %(agreed)s",
        A_LINK,
    ),
    "an offer to take up": ("", CLAIM, OFFER_ENDS, AN_OFFER),
    "an offer to turn down": ("", DECLINE, OFFER_ENDS, AN_OFFER),
    "who follows, once in another cell": (
        *("cell_admin", END_LAST),
        "UPDATE agencies_membership SET cell_id = cell_id + 1 WHERE id = %(second_seat)s",
    ),
    "a code on paper": ("", CODE_SERVES, CODE_SERVES),
}
"""Who asks what, what ends, and what is so before; nobody is the role that signs people in."""
OTHERWISE = {
    "nobody's deputy": ("cell_admin", NAME.format("%(police_deputy)s"), NAME.format("%(new)s")),
    "nobody ends": ("cell_admin", END.format("ARRAY[%(police_seat)s]"), END.format("'{}'")),
    "whose passkey": ("", PASSKEY.format("name = 'x'"), PASSKEY.format("user_id = %(mine)s")),
    "an older passkey": (
        *("", PASSKEY.format("sign_count = 6"), PASSKEY.format("sign_count = 4")),
        FIVE_TIMES,
    ),
    "another code": ("", CODE_SERVES, CODE_SERVES.replace("used_at = now()", "sheet_id = 0")),
}
"""Who asks what, what they do not ask, and what is so for both."""
SEATED = ("gendarme_lead", "colleague", "second", "magistrate", "clerk", "head")


@pytest.fixture(scope="module")
def ground(database) -> SimpleNamespace:
    world = World()
    assert World().coordinator.viewer, "another cell is coordinated"
    court, dsden = world.prosecutor.accession, world.cell_admin.accession
    seats = {
        **world.everybody(),
        "gendarme_lead": world.gendarme_lead,
        "colleague": Seated(world.gendarme.accession, "agency_partner"),
        "police_deputy": Seated(world.police.accession, "agency_partner"),
        "second": Seated(dsden, "cell_admin"),
        "magistrate": Seated(court, "prosecutor"),
        "delegate": Seated(court, "prosecutor_delegate"),
        "head": Seated(world.pilot.accession, "school_head"),
        "at_school": Seated(world.pilot.accession, "school_reporter"),
        "clerk": Seated(court, "agency_partner"),
    }
    for name in ("gendarme", "pilot", "cell_admin", "coordinator", *SEATED):
        assert seats[name].viewer
    return SimpleNamespace(seats=seats, names=_names(world, seats))


def _names(world: World, seats: dict[str, Seated]) -> dict[str, object]:
    names: dict[str, object] = {
        "cell": world.cell.pk,
        "new": uuid7(),
        "asked": asked_to_replace(world.gendarme.person),
        "agreed": agreed_to_replace(world, world.police.person),
        "waiting": invited(world, "departmental_officer"),
        "sent": sent(world, "agency_partner"),
        "change": role_change_proposed(world),
        "passkey": a_passkey(world.police.person).pk,
        "code": _a_code(world.police),
        "police_accession": world.police.accession_id,
        "police_seat": world.police.person.seat_id,
        "police_deputy": seats["police_deputy"].person.seat_id,
        "coordinator_seat": world.coordinator.person.seat_id,
        "second_seat": seats["second"].person.seat_id,
        "gendarme_seat": world.gendarme.person.seat_id,
        "gendarme_accession": world.gendarme.accession_id,
        "at_school": seats["at_school"].person.seat_id,
        "lead_seat": world.gendarme_lead.person.seat_id,
    }
    with admin(database_name()) as connection:
        names["coordination"] = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()[0]
    names["cover"] = _a_cover(world.gendarme, seats["colleague"], world.gendarme)
    names["court_cover"] = _a_cover(world.prosecutor, seats["delegate"], world.prosecutor)
    return names


def _a_code(seat: Seated) -> int:
    sheet = BackupSheet(user_id=seat.person.account_id, name="", salt=bytes(16))
    sheet.save(using="signin", force_insert=True)
    return BackupCode.objects.using("signin").create(sheet=sheet, digest=bytes(32)).pk


def _a_cover(away: Seated, deputy: Seated, by: Seated) -> object:
    accession: Accession = away.accession
    with admin(database_name()) as connection:
        return connection.execute(
            "INSERT INTO agencies_absence (id, cell_id, membership_id, deputy_id, agency_id,"
            " valid_from, valid_until, state, proposed_by, created_at) VALUES (%s, %s, %s, %s, %s,"
            " now(), now() + interval '3 days', 'proposed', %s, now()) RETURNING id",
            [
                *(uuid7(), accession.cell_id, away.person.seat_id, deputy.person.seat_id),
                *(accession.agency_id, by.person.seat_id),
            ],
        ).fetchone()[0]


def says(ground: SimpleNamespace, by: str, statement: str, *changes: str) -> str:
    """What somebody is answered after these changes; nobody is the role that signs people in."""
    seat = ground.seats[by or "gendarme"].viewer
    values = {**ground.names, "me": seat.seat_id, "mine": seat.account_id}
    role = "rempart_runtime" if by else "rempart_signin"
    with moment(changes, values, token=seat.token if by else "", role=role) as connection:
        return answered(connection, statement, values)


def taken(answer: str) -> bool:
    return answer != NOTHING and not answer.startswith("refused")


def test_what_one_person_may_another_may_not(ground):
    wrong = {}
    for about, (by, other, asks, *before) in TO_OTHERS.items():
        assert taken(said := says(ground, by, asks, *before)), (about, said)
        if (said := says(ground, other, asks, *before)) not in (NOTHING, REFUSED):
            wrong[about] = said
    assert wrong == {}


def test_a_stale_factor_decides_nothing_about_people(ground):
    wrong = {}
    for about, (by, asks) in WITH_A_STALE_FACTOR.items():
        assert taken(said := says(ground, by, asks)), (about, said)
        if (said := says(ground, by, asks, STALE)) != REFUSED:
            wrong[about] = said
    assert wrong == {}


def test_from_the_moment_of_an_end_nothing_more_comes_of_it(ground):
    wrong = {}
    for about, (by, asks, end, *before) in TOO_LATE.items():
        assert taken(said := says(ground, by, asks, *before)), (about, said)
        if (said := says(ground, by, asks, *before, end)) not in (NOTHING, REFUSED):
            wrong[about] = said
    assert wrong == {}


def test_what_is_asked_otherwise_is_refused(ground):
    wrong = {}
    for about, (by, asks, otherwise, *before) in OTHERWISE.items():
        assert taken(said := says(ground, by, asks, *before)), (about, said)
        if (said := says(ground, by, otherwise, *before)) != REFUSED:
            wrong[about] = said
    assert wrong == {}


def test_a_cell_is_not_coordinated_by_who_has_left_it(ground):
    assert says(ground, "pilot", ADMINISTRATORS) == NOTHING
    assert taken(says(ground, "pilot", ADMINISTRATORS, COORDINATION_ENDS))


def test_a_lead_who_ends_an_agency_is_refused_before_anything_else(ground):
    end = END_AGENCY.replace("%(gendarme_accession)s", "%(new)s")
    assert says(ground, "cell_admin", end) == REFUSED


def test_whoever_calls_their_own_request_off_calls_off_nobody_elses(ground):
    seat = ground.seats["gendarme"].viewer
    with moment((), ground.names, token=seat.token) as connection:
        assert answered(connection, CANCEL, ground.names) == "True"
        connection.execute("RESET ROLE")
        open_ones = (
            "SELECT id FROM agencies_replacement WHERE cancelled_at IS NULL"
            " AND id IN (%(asked)s, %(agreed)s)"
        )
        assert answered(connection, open_ones, ground.names) == str(ground.names["agreed"])
