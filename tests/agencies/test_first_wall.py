"""What is asked of the cell, the agency and the account of who looks, without the database.

Either the selectors are told another one than the session's, to which the tables show everything;
or row security is down, and what other cells and people have must change nothing here.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from agencies.models import Accession, AllowedProvider, Coverage, CoverFunction
from agencies.oidc.backend import Proven
from agencies.operator import ALIAS
from agencies.selectors import accessions_of, names_of, names_of_everybody, people_of_cell
from agencies.services import agree_replacement, ask_second
from agencies.services.accede import accede, end_accession_on
from agencies.services.add_protocol import PartyInput, add_protocol
from agencies.services.allow_provider import allowed_providers
from agencies.services.assign_communes import assign_communes
from agencies.services.cover import absences_for, name_deputy
from agencies.services.link_identity import identities_of, link_identity_of_newcomer
from agencies.services.make_token import make_token, tokens_of
from agencies.services.my_factors import print_codes
from agencies.services.sign_charter import sign_charter
from kernel.clock import FOREVER, now
from kernel.errors import Invalid, NotFound, WrongState
from kernel.models import OutboxItem, ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import PASSWORD, a_cell, a_person, an_accession, an_agency, an_origin
from tests.agencies.inviting import a_proposal, invited_by
from tests.agencies.replacing import asked_to_replace
from tests.agencies.test_proposals_lapse import proposed
from tests.support.walls import without_row_security
from tests.support.world import Seated, World, in_days

pytestmark = pytest.mark.database

SIGNED = {"signatory": "La direction", "signed_on": in_days(-3)}


@pytest.fixture(scope="module")
def world(database):
    made = World()
    guard = made.gendarme.person
    with acting_as(made.gendarme_lead.viewer) as viewer:
        make_token(
            viewer,
            accession_id=made.gendarme.accession_id,
            called="Main courante",
            may=["cases.read"],
            days=30,
        )
        name_deputy(
            viewer,
            guard.seat_id,
            deputy_id=viewer.seat_id,
            starts_at=now() + timedelta(days=1),
            ends_at=now() + timedelta(days=3),
        )
    AllowedProvider.objects.using(ALIAS).create(
        cell_id=made.cell.pk, idp_id="idp-essais", name="Justice"
    )
    proven = Proven(
        issuer="https://essais.exemple",
        idp_id="idp-essais",
        subject=str(guard.account_id),
        strong=False,
        authenticated_at=None,
        sid="",
        id_token="",
    )
    link_identity_of_newcomer(an_origin(), guard.account_id, proven)
    asked_to_replace(guard)
    return made


def office_in_a_new_cell():
    """Somebody who administers a cell of their own."""
    return Seated(an_accession(a_cell(), kind="dsden"), "cell_admin")


LISTS = {
    "agencies": ("pilot", lambda w, v: accessions_of(v)),
    "people": ("pilot", lambda w, v: people_of_cell(v)),
    "names": ("gendarme", lambda w, v: names_of(v, [v.account_id])),
    "everybody's names": ("auditor", lambda w, v: names_of_everybody(v)),
    "names of requests": ("gendarme", lambda w, v: agree_replacement.names_of(v, [v.account_id])),
    "one's own request": ("gendarme", lambda w, v: agree_replacement.my_request(v)),
    "requests": ("cell_admin", lambda w, v: agree_replacement.open_requests(v)),
    "providers": ("cell_admin", lambda w, v: allowed_providers(v)),
    "covers": ("gendarme", lambda w, v: absences_for(v)),
    "tokens": ("cell_admin", lambda w, v: tokens_of(v)),
}


@pytest.mark.parametrize("what", LISTS)
def test_what_is_of_a_cell_is_not_of_another_one(world, what):
    who, asked = LISTS[what]
    with acting_as(world.everybody()[who].viewer) as viewer:
        assert asked(world, viewer)
        assert not asked(world, replace(viewer, cell_id=viewer.cell_id + 1))


def test_tokens_are_of_the_agency_that_one_leads(world):
    with acting_as(world.gendarme_lead.viewer) as viewer:
        assert tokens_of(viewer).count() == 1
        assert not tokens_of(replace(viewer, agency_id=world.police.accession.agency_id))


def test_what_is_about_an_account_is_not_about_another_one(world):
    other = world.police.viewer.account_id
    with acting_as(world.gendarme.viewer) as viewer:
        assert agree_replacement.my_request(viewer) is not None
        assert agree_replacement.my_request(replace(viewer, account_id=other)) is None
        assert len(identities_of(viewer)) == 1
        assert identities_of(replace(viewer, account_id=other)) == []


def test_a_request_is_called_off_in_its_own_cell(world):
    request_id = asked_to_replace(world.police.person)
    with acting_as(world.police.viewer) as viewer:
        with pytest.raises(NotFound):
            agree_replacement.cancel(replace(viewer, cell_id=viewer.cell_id + 1), request_id)
        agree_replacement.cancel(viewer, request_id)


def test_an_accession_is_ended_in_its_own_cell(world):
    there = an_accession(world.cell)
    with acting_as(world.cell_admin.viewer) as viewer:
        other = replace(viewer, cell_id=viewer.cell_id + 1)
        with pytest.raises(NotFound):
            end_accession_on(other, there.pk, until=in_days(3))
        assert end_accession_on(viewer, there.pk, until=in_days(3)).valid_until < FOREVER


PROPOSES = {
    "an invitation": lambda w, who: invited_by(who, a_proposal(w.police.accession)),
    "other roles": lambda w, who: proposed(who, a_person(w.police.accession)),
}


@pytest.mark.parametrize("what", PROPOSES)
def test_letters_leave_whatever_others_have_proposed(world, monkeypatch, what):
    monkeypatch.setattr(ask_second, "LETTERS", 0)
    busy, quiet, reader = (a_person(world.cell_admin.accession, "cell_admin") for _ in range(3))

    def channels(who):
        with acting_as(who.viewer()) as viewer:
            ask_second.ask_second(viewer, "deputy.asked", [reader.account_id], subject_id=None)
        owed = OutboxItem.objects.using("worker").filter(recipient=reader.account_id)
        return {one.channel for one in owed.filter(kind="deputy.asked")}

    PROPOSES[what](world, busy)
    assert channels(busy) == {"inbox"}
    assert channels(quiet) == {"inbox", "email"}


def test_new_codes_close_ones_own_other_sessions_alone(world):
    person, bystander = (a_person(world.police.accession) for _ in range(2))
    here = person.viewer()
    for somebody in (person, bystander):
        somebody.viewer()
    with acting_as(here) as viewer:
        print_codes(viewer, an_origin(), password=PASSWORD)
    sessions = ScopeSession.objects.using("signin")
    assert sessions.filter(account_id=person.account_id).count() == 1
    assert sessions.filter(account_id=bystander.account_id).count() == 1


def newcomer(accession):
    person = a_person(None)
    person.joins(accession, "agency_partner", signs=False)
    return person


def test_everybody_signs_for_themself_and_in_each_cell():
    here = an_accession(a_cell())
    both, neighbour = newcomer(here), newcomer(here)
    there = both.joins(an_accession(a_cell()), "agency_partner", signs=False)
    with without_row_security("agencies_"):
        for person, seat in ((neighbour, None), (both, None), (both, there.pk)):
            with acting_as(person.viewer(seat)) as viewer:
                assert sign_charter(viewer, version=1).account_id == person.account_id
        with pytest.raises(WrongState), acting_as(neighbour.viewer()) as viewer:
            sign_charter(viewer, version=1)


def test_an_agency_of_another_cell_accedes_here_all_the_same(world):
    agency = an_agency()
    an_accession(a_cell(), agency)
    with without_row_security("agencies_"), acting_as(world.cell_admin.viewer) as viewer:
        assert accede(viewer, agency.pk, **SIGNED).cell_id == world.cell.pk
    assert Accession.objects.using(ALIAS).filter(agency=agency).count() == 2


def a_protocol(viewer, party):
    dates = {"signed_on": in_days(-3), "valid_from": in_days(-2), "valid_until": None}
    return add_protocol(viewer, title="Protocole", parties=[party], version=0, **dates)


def test_protocols_are_counted_and_signed_in_each_cell(world):
    first, second = office_in_a_new_cell(), office_in_a_new_cell()
    rector = PartyInput("Le recteur", in_days(-3), party_name="Rectorat")
    theirs = PartyInput("Le colonel", in_days(-3), accession_id=world.gendarme.accession_id)
    with without_row_security("agencies_"):
        with pytest.raises(Invalid) as refused, acting_as(first.viewer) as viewer:
            a_protocol(viewer, theirs)
        for office in (first, second):
            with acting_as(office.viewer) as viewer:
                assert a_protocol(viewer, rector).number == 1
    assert list(refused.value.fields) == ["parties"]


def test_a_commune_of_another_cell_stays_as_it_is(world):
    commune, other = world.communes[1].insee, World()
    rows = Coverage.objects.using(ALIAS).filter(commune_insee=commune)
    theirs = Coverage.objects.using(ALIAS).create(
        cell=other.cell,
        function=CoverFunction.PROSECUTOR,
        commune_insee=commune,
        accession=other.prosecutor.accession,
    )
    with without_row_security("agencies_"):
        for service in (world.prosecutor.accession_id, None):
            with acting_as(world.cell_admin.viewer) as viewer:
                assign_communes(
                    viewer,
                    function=CoverFunction.PROSECUTOR,
                    accession_id=service,
                    communes=[commune],
                )
            kept = {(row.cell_id, row.accession_id) for row in rows.all()}
            mine = {(world.cell.pk, service)} if service else set()
            assert kept == mine | {(theirs.cell_id, theirs.accession_id)}
    rows.delete()
