"""Cells, agencies, accounts and places: what can be made, and what follows in the seats."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from agencies.models import Accession, Account, Agency, Authenticator, Cell, Membership
from agencies.operator import ALIAS
from agencies.roles import AT_SCHOOLS, CASE_WORKING, COORDINATING, Role
from agencies.services.create_account import create_account
from agencies.services.end_membership import end_membership
from agencies.services.enrol_agency import enrol_agency
from agencies.services.enrol_totp import enrol_totp
from agencies.services.found_cell import found_cell
from agencies.services.register_agency import register_agency
from kernel.clock import FOREVER, now
from kernel.errors import Conflict, Invalid, NotFound, WrongState
from kernel.ids import uuid7
from kernel.models import ScopeSession, Seat
from kernel.scope import bind
from tests.agencies.factories import (
    NEVER_FOUNDED,
    OPERATOR,
    PASSWORD,
    a_cell,
    a_number,
    a_person,
    an_accession,
    an_agency,
    signed_in,
)
from tests.support.server import wait_for


def seat_of(person):
    return Seat.objects.using("signin").get(pk=person.seat_id)


def accession_of(person):
    return Accession.objects.using(ALIAS).get(pk=person.memberships[0].accession_id)


def still_bound(viewer):
    with transaction.atomic():
        return bind(viewer.token)


def place_for(role, cell):
    """An accession in whose kind of agency this role exists."""
    if role in (Role.PROSECUTOR, Role.PROSECUTOR_DELEGATE):
        return an_accession(cell, kind="prosecutor")
    if role in AT_SCHOOLS:
        return an_accession(cell, kind="school")
    return an_accession(cell, kind="dsden")


def test_a_departement_has_one_cell(cell):
    with pytest.raises(Conflict, match="conflict"):
        found_cell(OPERATOR, code=cell.code, name="Une autre")


@pytest.mark.parametrize("values", [{"code": "8000"}, {"code": "ZZ"}, {"name": ""}])
def test_a_cell_has_a_code_and_a_name(values):
    with pytest.raises(Invalid):
        found_cell(OPERATOR, **({"code": NEVER_FOUNDED, "name": "Cellule"} | values))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "bakery"},
        {"name": "  "},
        {"departement_code": "20"},
        {"commune_insee": "Amiens"},
        {"source": ""},
    ],
)
def test_an_agency_is_described_in_known_words(values):
    good = {"kind": "police", "name": "Un", "departement_code": "80", "source": "tests"}
    with pytest.raises(Invalid):
        register_agency(OPERATOR, **(good | values))


def test_an_agency_signs_once(cell):
    accession = an_accession(cell)
    with pytest.raises(Conflict):
        enrol_agency(
            OPERATOR, cell_id=cell.pk, agency_id=accession.agency_id, signatory="La direction"
        )


def test_an_agency_may_sign_in_several_cells(cell):
    agency = an_agency("region")
    first = an_accession(cell, agency)
    second = an_accession(a_cell(), agency)
    units = {first.unit_id, first.secrecy_unit_id, second.unit_id, second.secrecy_unit_id}
    assert len(units) == 4


def test_nobody_signs_for_nothing(cell):
    for values in ({"cell_id": 0}, {"agency_id": uuid7()}):
        good = {"cell_id": cell.pk, "agency_id": an_agency().pk, "signatory": "La direction"}
        with pytest.raises(NotFound):
            enrol_agency(OPERATOR, **(good | values))
    with pytest.raises(Invalid):
        enrol_agency(OPERATOR, cell_id=cell.pk, agency_id=an_agency().pk, signatory="")


@pytest.mark.parametrize(
    "email",
    ["", "sans arobase", "a@b", "à@exemple.fr", "a b@exemple.fr", "a@exemple.fr\n.x", "@x.fr"],
)
def test_an_address_is_a_plain_one(email):
    with pytest.raises(Invalid) as refusal:
        create_account(OPERATOR, email=email, display_name="Une personne", password=PASSWORD)
    assert "email" in refusal.value.fields


@pytest.mark.parametrize("password", ["", "court", "motdepasse", "password1234"])
def test_a_password_passes_the_rules(password):
    with pytest.raises(Invalid) as refusal:
        create_account(
            OPERATOR, email=f"p{a_number()}@essais.exemple", display_name="X", password=password
        )
    assert "password" in refusal.value.fields


def test_an_address_has_one_account_whatever_its_capitals():
    address = f"p{a_number()}@essais.exemple"
    create_account(OPERATOR, email=address, display_name="Une personne", password=PASSWORD)
    with pytest.raises(Conflict):
        create_account(OPERATOR, email=address.upper(), display_name="X", password=PASSWORD)


def test_a_password_is_kept_as_an_argon2_hash(gendarme):
    account = Account.objects.using(ALIAS).get(pk=gendarme.account_id)
    assert account.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("secrecy", [False, True])
def test_a_seat_holds_the_units_of_its_role(cell, role, secrecy):
    accession = place_for(role, cell)
    person = a_person(accession, role, bound_by_secrecy=secrecy)
    expected = {person.memberships[0].unit_id}
    if role in CASE_WORKING:
        expected.add(accession.unit_id)
        expected |= {accession.secrecy_unit_id} if secrecy else set()
    if role in COORDINATING:
        expected.add(cell.coordination_unit_id)
    assert set(seat_of(person).units) == expected
    assert set(person.viewer().units) == expected


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("gendarmerie", ["prosecutor"]),
        ("dsden", ["school_pilot"]),
        ("school", ["prosecutor_delegate"]),
        ("dsden", ["cell_coordinator", "auditor"]),
        ("dsden", ["cell_admin", "departmental_officer"]),
        ("dsden", ["king"]),
        ("dsden", []),
    ],
)
def test_roles_that_do_not_go_there_or_together_are_refused(cell, kind, roles):
    person = a_person(None)
    with pytest.raises(Invalid):
        person.joins(an_accession(cell, kind=kind), *roles)


def test_one_place_at_a_time_in_one_agency(gendarme):
    with pytest.raises(Invalid):
        gendarme.joins(accession_of(gendarme), "agency_partner")


def test_after_leaving_one_may_come_back(gendarme):
    accession = accession_of(gendarme)
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    gendarme.joins(accession, "agency_partner")


def test_an_ended_membership_ends_the_session_at_once(gendarme):
    viewer = gendarme.viewer()
    assert still_bound(viewer)
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    assert still_bound(viewer) is None
    assert not ScopeSession.objects.using("signin").filter(seat_id=gendarme.seat_id).exists()
    with pytest.raises(WrongState):
        end_membership(OPERATOR, membership_id=gendarme.seat_id)


def test_a_session_that_outlived_its_membership_opens_nothing(gendarme):
    """A seat whose end comes with time: nobody deletes the session, and it opens nothing."""
    viewer = gendarme.viewer()
    soon = now() + timedelta(seconds=0.5)
    Membership.objects.using(ALIAS).filter(pk=gendarme.seat_id).update(valid_until=soon)
    assert ScopeSession.objects.using("signin").filter(seat_id=gendarme.seat_id).exists()
    wait_for(lambda: now() > soon, within=2, what="the end")
    assert ScopeSession.objects.using("signin").filter(seat_id=gendarme.seat_id).exists()
    assert still_bound(viewer) is None


def test_an_end_in_the_future_is_not_yet_one(gendarme):
    viewer = gendarme.viewer()
    end_membership(OPERATOR, membership_id=gendarme.seat_id, at=now() + timedelta(days=1))
    assert still_bound(viewer)


def test_nobody_opens_a_session_in_the_seat_of_another(gendarme, coordinator):
    with pytest.raises(NotFound):
        gendarme.viewer(seat_id=coordinator.seat_id)


def test_nobody_ends_what_there_is_not():
    with pytest.raises(NotFound):
        end_membership(OPERATOR, membership_id=uuid7())


def test_a_deactivated_account_is_out_at_once_and_back_when_it_is_active_again(gendarme):
    """What comes back is the right to sign in: no session of before."""
    viewer = gendarme.viewer()
    accounts = Account.objects.using(ALIAS).filter(pk=gendarme.account_id)
    accounts.update(is_active=False)
    assert still_bound(viewer) is None
    accounts.update(is_active=True)
    assert still_bound(viewer) is None
    assert still_bound(gendarme.viewer())


def test_when_the_agency_leaves_its_people_are_out(gendarme):
    viewer = gendarme.viewer()
    accession = accession_of(gendarme)
    accession.valid_until = now()
    accession.save(using=ALIAS, update_fields=["valid_until"])
    assert still_bound(viewer) is None


def test_a_place_that_has_not_begun_opens_nothing(cell):
    person = a_person(an_accession(cell), valid_from=now() + timedelta(days=1))
    with pytest.raises(NotFound):
        person.viewer()


def test_every_change_of_a_seat_raises_its_version_and_reaches_the_viewer(cell, gendarme):
    viewer = gendarme.viewer()
    before = viewer.version
    Agency.objects.using(ALIAS).filter(pk=viewer.agency_id).update(name="Autre nom")
    assert still_bound(viewer).agency_name == "Autre nom"
    Cell.objects.using(ALIAS).filter(pk=cell.pk).update(name="Autre cellule")
    assert still_bound(viewer).cell_name == "Autre cellule"
    Membership.objects.using(ALIAS).filter(pk=gendarme.seat_id).update(roles=["agency_lead"])
    after = still_bound(viewer)
    assert after.roles == {"agency_lead"}
    assert after.version == before + 3


def test_a_membership_cannot_speak_of_another_agency_than_its_accession(cell, gendarme):
    places = Membership.objects.using(ALIAS).filter(pk=gendarme.seat_id)
    with pytest.raises(IntegrityError), transaction.atomic(using=ALIAS):
        places.update(agency_id=an_agency().pk)
    with pytest.raises(IntegrityError), transaction.atomic(using=ALIAS):
        places.update(cell_id=a_cell().pk)


def test_a_new_authenticator_replaces_the_old_one_and_ends_sessions(gendarme):
    viewer = gendarme.viewer()
    device = enrol_totp(OPERATOR, account_id=gendarme.account_id)
    kept = Authenticator.objects.using(ALIAS).filter(user_id=gendarme.account_id)
    assert [found.key for found in kept] == [device.key]
    assert device.key != gendarme.device.key
    assert still_bound(viewer) is None
    gendarme.device = device
    signed_in(gendarme)


def test_forever_is_a_date_that_python_can_read(gendarme):
    assert seat_of(gendarme).valid_until == FOREVER
