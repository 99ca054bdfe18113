"""Having lost everything: two people, a wait, a link used once, and the person may say no."""

import re
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import connection as runtime
from django.db import transaction

from agencies.models import Authenticator, Replacement
from agencies.services.agree_replacement import agree, cancel, digest_of, hand_out_link
from agencies.services.end_membership import end_membership
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.models import OutboxItem, ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import (
    OPERATOR,
    PASSWORD,
    a_browser,
    a_person,
    an_accession,
    signed_in,
)
from tests.agencies.replacing import agreed_to_replace, asked_to_replace, wait_is_over
from tests.agencies.test_my_factors import a_passkey, first_code, stale, told
from tests.support.database import admin, as_role
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.world import browser_of

LOST = "/connexion/perte/"
LINK = "/connexion/remplacement/"


def request_of(request_id):
    return Replacement.objects.using("signin").get(pk=request_id)


def another_admin(world):
    return a_person(world.cell_admin.accession, "cell_admin")


def does(person, act, *values):
    with acting_as(person.viewer()) as viewer:
        return act(viewer, *values)


def test_the_answer_is_the_same_whoever_asks(world):
    person = world.gendarme.person
    answers = [
        a_browser().post(LOST, {"email": email})
        for email in (person.email, "inconnue@essais.exemple", person.email)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert Replacement.objects.using("signin").filter(account_id=person.account_id).count() == 1
    kinds = [kind for kind, channel in told(person) if channel == "email"]
    assert kinds == ["factor.replacement_asked"], "asked twice, told once"


def test_those_who_administer_the_cell_are_told_and_nobody_else(world):
    admin_person = world.cell_admin.person
    assert all(seat.person for seat in world.everybody().values())
    request_id = asked_to_replace(world.gendarme.person)
    owed = OutboxItem.objects.using("worker").filter(subject_id=request_id)
    assert set(owed.values_list("recipient", flat=True)) == {admin_person.account_id}


def test_two_people_a_wait_and_a_link_used_once(world):
    person = world.gendarme.person
    a_passkey(person)
    old = person.viewer()
    request_id = asked_to_replace(person)
    first, second = another_admin(world), another_admin(world)
    assert does(first, agree, request_id) is None
    opens_at = does(second, agree, request_id)
    waits = (opens_at - now()).total_seconds()
    assert 0 < settings.FACTOR_REPLACEMENT_WAIT.total_seconds() - waits < 60
    with pytest.raises(WrongState):
        does(first, hand_out_link, request_id)
    wait_is_over(request_id)
    page = browser_of(first).post(f"/remplacements/{request_id}/lien/").content.decode()
    path = re.search(r"https?://[^/]+(/connexion/remplacement/[\w-]+/)", page)[1]
    browser = a_browser()
    assert browser.get(path)["Location"] == LINK
    wrong = browser.post(LINK, {"password": "pas le bon"})
    assert wrong.status_code == 422
    assert "data:image" not in wrong.content.decode()
    shown = browser.post(LINK, {"password": PASSWORD})
    assert "data:image/svg+xml" in shown.content.decode()
    device = Authenticator.objects.using("signin").get(user_id=person.account_id, confirmed=False)
    assert browser.post(LINK + "code/", {"code": "000000"}).status_code == 422
    device = Authenticator.objects.using("signin").get(pk=device.pk)
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE otp_totp_totpdevice SET throttling_failure_count = 0 WHERE id = %s", [device.pk]
        )
    done = browser.post(LINK + "code/", {"code": first_code(device)})
    assert done["Location"] == "/connexion/"
    kept = Authenticator.objects.using("signin").filter(user_id=person.account_id)
    assert [found.pk for found in kept] == [device.pk]
    assert not ScopeSession.objects.using("signin").filter(account_id=old.account_id).exists()
    again = a_browser()
    again.get(path)
    assert again.get(LINK).status_code == 409
    kinds = {kind for kind, _channel in told(person)}
    assert kinds >= {
        "factor.replacement_asked",
        "factor.replacement_agreed",
        "factor.replacement_waits",
        "factor.replacement_linked",
        "factor.replaced",
    }


def test_nobody_agrees_twice_nor_for_themselves(world):
    person = another_admin(world)
    request_id = asked_to_replace(person)
    first = another_admin(world)
    with pytest.raises(NotAllowed):
        does(person, agree, request_id)
    does(first, agree, request_id)
    with pytest.raises(NotAllowed):
        does(first, agree, request_id)
    assert request_of(request_id).second_by is None


def test_a_lead_of_the_person_s_agency_is_one_of_two_and_never_both(world):
    person = world.gendarme.person
    leads = [a_person(world.gendarme.accession, "agency_lead") for _ in range(2)]
    foreign = a_person(an_accession(world.cell, kind="police"), "agency_lead")
    request_id = asked_to_replace(person)
    with pytest.raises(NotFound):
        does(foreign, agree, request_id)
    does(leads[0], agree, request_id)
    with pytest.raises(NotAllowed):
        does(leads[1], agree, request_id)
    assert does(another_admin(world), agree, request_id) is not None
    wait_is_over(request_id)
    with pytest.raises(NotAllowed):
        does(leads[0], hand_out_link, request_id)


def test_agreeing_needs_a_fresh_factor(world):
    request_id = asked_to_replace(world.gendarme.person)
    first = another_admin(world)
    viewer = first.viewer()
    stale(first)
    with pytest.raises(StepUpRequired), acting_as(viewer) as fresh:
        agree(fresh, request_id)


@pytest.mark.parametrize("who", ["coordinator", "pilot", "auditor", "prosecutor"])
def test_for_others_a_request_does_not_exist(world, who):
    request_id = asked_to_replace(world.gendarme.person)
    for act in (agree, cancel, hand_out_link):
        with pytest.raises(NotFound):
            does(world.everybody()[who].person, act, request_id)


def test_in_another_cell_a_request_does_not_exist(world, elsewhere):
    request_id = asked_to_replace(world.gendarme.person)
    with pytest.raises(NotFound):
        does(elsewhere.cell_admin.person, agree, request_id)


def test_the_person_calls_it_off_with_one_click(world):
    person = world.gendarme.person
    request_id = agreed_to_replace(world, person, waited=False)
    browser = browser_of(person)
    page = browser.get("/compte/facteurs/").content.decode()
    assert f"/remplacements/{request_id}/annuler/" in page
    answer = browser.post(f"/remplacements/{request_id}/annuler/")
    assert answer["Location"] == "/compte/facteurs/"
    assert request_of(request_id).cancelled_by == person.account_id
    wait_is_over(request_id)
    with pytest.raises(WrongState):
        does(another_admin(world), hand_out_link, request_id)


def test_a_link_that_was_called_off_or_is_old_opens_nothing(world):
    person = world.gendarme.person
    request_id = agreed_to_replace(world, person)
    token = does(another_admin(world), hand_out_link, request_id)
    newer = does(another_admin(world), hand_out_link, request_id)
    with admin(database_name()) as connection:
        kept = connection.execute(
            "SELECT link_digest FROM agencies_replacement WHERE id = %s", [request_id]
        ).fetchone()[0]
    assert newer.encode() not in kept
    left = request_of(request_id).link_until - now()
    assert timedelta(minutes=29) < left <= settings.FACTOR_LINK_LASTS
    for shown, good in ((token, 409), (newer, 200)):
        browser = a_browser()
        browser.get(f"{LINK}{shown}/")
        assert browser.get(LINK).status_code == good
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE agencies_replacement SET link_until = now() WHERE id = %s", [request_id]
        )
    assert browser.get(LINK).status_code == 409


def leaves(person):
    end_membership(OPERATOR, membership_id=person.seat_id)


def test_nobody_agrees_for_somebody_who_has_left(world):
    person = a_person(world.gendarme.accession)
    first, second = another_admin(world), another_admin(world)
    request_id = asked_to_replace(person)
    does(first, agree, request_id)
    leaves(person)
    with pytest.raises(WrongState) as refusal:
        does(second, agree, request_id)
    assert "plus de rôle" in str(refusal.value.message)
    with (
        acting_as(second.viewer()),
        runtime.cursor() as cursor,
        pytest.raises(Exception, match="not for this session"),
        transaction.atomic(),
    ):
        cursor.execute("SELECT agencies.approve_replacement(%s)", [request_id])
    assert request_of(request_id).second_by is None


def test_nobody_gets_a_link_for_somebody_who_has_left(world):
    person = a_person(world.gendarme.accession)
    request_id = agreed_to_replace(world, person)
    leaves(person)
    one = another_admin(world)
    with pytest.raises(WrongState) as refusal:
        does(one, hand_out_link, request_id)
    assert "plus de rôle" in str(refusal.value.message)
    with (
        acting_as(one.viewer()),
        runtime.cursor() as cursor,
        pytest.raises(Exception, match="not for this session"),
        transaction.atomic(),
    ):
        cursor.execute("SELECT agencies.link_replacement(%s, sha256('x'), 900)", [request_id])


def test_the_link_of_somebody_who_has_left_since_opens_nothing(world):
    person = a_person(world.gendarme.accession)
    token = does(another_admin(world), hand_out_link, agreed_to_replace(world, person))
    browser = a_browser()
    browser.get(f"{LINK}{token}/")
    browser.post(LINK, {"password": PASSWORD})
    begun = Authenticator.objects.using("signin").get(user_id=person.account_id, confirmed=False)
    leaves(person)
    assert browser.get(LINK).status_code == 409
    with as_role("signin") as connection:
        used = connection.execute("SELECT agencies.use_replacement(%s)", [digest_of(token)])
        assert used.fetchone() == (None,)
    browser.post(LINK + "code/", {"code": first_code(begun)})
    devices = Authenticator.objects.using("signin").filter(user_id=person.account_id)
    assert devices.filter(confirmed=True).get().pk == person.device.pk


def test_without_a_password_the_link_alone_takes_no_factor_away(world):
    person = a_person(world.gendarme.accession)
    token = does(another_admin(world), hand_out_link, agreed_to_replace(world, person))
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE agencies_account SET password = '!' WHERE id = %s", [person.account_id]
        )
    browser = a_browser()
    browser.get(f"{LINK}{token}/")
    answer = browser.post(LINK, {"password": "peu importe"})
    assert answer.status_code == 409
    assert "par votre fournisseur" in answer.content.decode()
    devices = Authenticator.objects.using("signin").filter(user_id=person.account_id)
    assert devices.get().pk == person.device.pk


@pytest.mark.parametrize("good", [False, True])
def test_an_address_from_outside_signs_nobody_out(world, good):
    person = world.gendarme.person
    token = "x" * 43
    if good:
        token = does(another_admin(world), hand_out_link, agreed_to_replace(world, person))
    browser = signed_in(world.police.person)
    key = browser.cookies["rempart"].value
    browser.get(f"{LINK}{token}/")
    assert browser.cookies["rempart"].value == key
    assert browser.get("/compte/").status_code == 200
    assert browser.get(LINK).status_code == (200 if good else 409)


def test_the_key_is_new_once_the_password_was_shown(world):
    person = world.gendarme.person
    token = does(another_admin(world), hand_out_link, agreed_to_replace(world, person))
    browser = a_browser()
    browser.get(f"{LINK}{token}/")
    key = browser.cookies["rempart"].value
    browser.post(LINK, {"password": PASSWORD})
    assert browser.cookies["rempart"].value != key


def test_the_database_itself_wants_two_people(world):
    """What an injection in an administrator's page could do: agree once, and no more."""
    person, one = world.gendarme.person, another_admin(world)
    request_id = asked_to_replace(person)
    approve = "SELECT agencies.approve_replacement(%s)"
    with acting_as(one.viewer()), runtime.cursor() as cursor:
        cursor.execute(approve, [request_id])
        for statement in (approve, "SELECT agencies.link_replacement(%s, sha256('x'), 900)"):
            with pytest.raises(Exception, match="not for this session"), transaction.atomic():
                cursor.execute(statement, [request_id])
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE agencies_replacement SET opens_at = now()")


@pytest.mark.parametrize(
    "change",
    [
        "first_by = account_id, first_role = 'cell_admin'",
        "first_by = gen_random_uuid(), first_role = 'cell_admin', second_by = account_id",
        "second_by = gen_random_uuid(), second_role = 'cell_admin', opens_at = now()",
        "link_digest = sha256('x')",
        "used_at = now()",
    ],
)
def test_no_row_says_otherwise_whoever_writes_it(world, change):
    request_id = asked_to_replace(world.gendarme.person)
    with (
        admin(database_name()) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(f"UPDATE agencies_replacement SET {change} WHERE id = %s", [request_id])


def test_no_row_holds_the_token_itself(world):
    request_id = agreed_to_replace(world, world.gendarme.person)
    change = "UPDATE agencies_replacement SET link_digest = %s WHERE id = %s"
    with admin(database_name()) as connection:
        connection.execute(change, [digest_of("a token"), request_id])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(change, [b"the token itself", request_id])


def test_the_wait_is_exact(world):
    request_id = agreed_to_replace(world, world.gendarme.person, waited=False)
    one = another_admin(world)
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE agencies_replacement SET opens_at = now() + interval '2 seconds' WHERE id = %s",
            [request_id],
        )
    with acting_as(one.viewer()), runtime.cursor() as cursor:
        with pytest.raises(Exception, match="not for this session"), transaction.atomic():
            cursor.execute("SELECT agencies.link_replacement(%s, sha256('x'), 900)", [request_id])
        assert request_of(request_id).opens_at > now() - timedelta(seconds=2)


def test_the_sign_in_role_asks_and_uses_but_never_agrees(world):
    request_id = asked_to_replace(world.gendarme.person)
    for statement in (
        "SELECT agencies.approve_replacement(%s)",
        "SELECT agencies.link_replacement(%s, sha256('x'), 900)",
        "UPDATE agencies_replacement SET opens_at = now() WHERE id = %s",
    ):
        with (
            as_role("signin") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
        ):
            connection.execute(statement, [request_id])


def test_somebody_whose_factors_were_replaced_signs_in_again(world):
    person = world.gendarme.person
    request_id = agreed_to_replace(world, person)
    token = does(another_admin(world), hand_out_link, request_id)
    browser = a_browser()
    browser.get(f"{LINK}{token}/")
    browser.post(LINK, {"password": PASSWORD})
    device = Authenticator.objects.using("signin").get(user_id=person.account_id, confirmed=False)
    browser.post(LINK + "code/", {"code": first_code(device)})
    for kind in ("signin.replacement_asked", "signin.replacement_used"):
        told = {outcome for outcome, _facts in recorded(kind, actor=person.account_id)}
        assert told == {"done"}, kind
    person.device = device
    with admin(database_name()) as connection:
        connection.execute("UPDATE otp_totp_totpdevice SET last_t = -1 WHERE id = %s", [device.pk])
    signed_in(person)
