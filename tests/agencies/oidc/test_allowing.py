"""A cell chooses whose word it takes: its administrator, with a fresh factor, for its own cell."""

import psycopg
import pytest

from agencies.models import AllowedProvider
from agencies.services.allow_provider import allow_provider, allowed_providers, withdraw_provider
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from kernel.scope import acting_as
from tests.agencies.factories import a_cell, a_person, an_accession, signed_in
from tests.agencies.oidc.going import accepts, goes_round, session_of
from tests.support.database import as_role
from tests.support.world import stale

HERE = "/cellule/fournisseurs/"


@pytest.fixture
def administrator(cell):
    """Who administers the cell."""
    return a_person(an_accession(cell, kind="dsden"), "cell_admin")


def of(cell):
    return list(AllowedProvider.objects.using("operator").filter(cell_id=cell.pk))


def test_the_administrator_accepts_and_withdraws(cell, administrator, provider):
    browser = signed_in(administrator)
    answer = browser.post(HERE, {"name": "Justice", "idp_id": " idp-justice "})
    assert answer.status_code == 302, answer.content.decode()
    (accepted,) = of(cell)
    assert (accepted.name, accepted.idp_id) == ("Justice", "idp-justice")
    assert "Justice" in browser.get(HERE).content.decode()
    assert browser.post(f"{HERE}{accepted.pk}/retirer/").status_code == 302
    assert of(cell) == []


def test_withdrawing_ends_what_came_through_in_this_cell_only(cell, administrator, agent, provider):
    elsewhere = a_cell()
    accepts(elsewhere, provider.idp_id)
    second = agent.joins(an_accession(elsewhere), "agency_partner")
    here, _answer = goes_round(provider)
    here.post("/connexion/role/", {"seat": str(agent.seat_id)})
    there, _answer = goes_round(provider)
    there.post("/connexion/role/", {"seat": str(second.pk)})
    local = signed_in(agent, seat_id=agent.seat_id)
    assert all(session_of(browser) is not None for browser in (here, there, local))
    (accepted,) = of(cell)
    assert signed_in(administrator).post(f"{HERE}{accepted.pk}/retirer/").status_code == 302
    assert session_of(here) is None
    assert session_of(there) is not None
    assert session_of(local) is not None


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"name": "Justice"},
        {"idp_id": "idp"},
        {"name": "Justice", "idp_id": "deux mots"},
        {"name": "Justice", "idp_id": "é"},
        {"name": "Justice", "idp_id": "x" * 101},
        {"name": "x" * 121, "idp_id": "idp"},
        {"name": "Jus\x00tice", "idp_id": "idp"},
        {"name": "Justice", "idp_id": "-idp"},
    ],
    ids=str,
)
def test_what_is_no_provider_comes_back_with_a_sentence(cell, administrator, provider, sent):
    answer = signed_in(administrator).post(HERE, sent)
    assert answer.status_code == 422
    assert of(cell) == []


def test_one_provider_is_accepted_once(cell, administrator, provider):
    accepts(cell, "idp-justice")
    answer = signed_in(administrator).post(HERE, {"name": "Encore", "idp_id": "idp-justice"})
    assert answer.status_code == 409
    assert "déjà accepté" in answer.content.decode()


def test_a_stale_factor_accepts_and_withdraws_nothing(cell, administrator, provider):
    accepted = accepts(cell, "idp-justice")
    browser = signed_in(administrator)
    stale(administrator)
    assert browser.post(HERE, {"name": "X", "idp_id": "x"}).status_code == 303
    assert browser.post(f"{HERE}{accepted.pk}/retirer/").status_code == 303
    assert [row.pk for row in of(cell)] == [accepted.pk]


def test_nobody_else_reads_or_chooses(cell, coordinator, provider):
    accepted = accepts(cell, "idp-justice")
    viewer = coordinator.viewer()
    with acting_as(viewer) as acting:
        assert not AllowedProvider.objects.exists()
        with pytest.raises(NotAllowed):
            allowed_providers(acting)
        with pytest.raises(NotAllowed):
            allow_provider(acting, idp_id="x", name="X")
        with pytest.raises(NotFound):
            withdraw_provider(acting, accepted.pk)


def test_another_cell_s_list_does_not_exist(cell, provider):
    accepted = accepts(cell, "idp-justice")
    other = a_person(an_accession(a_cell(), kind="dsden"), "cell_admin")
    with acting_as(other.viewer()) as acting:
        assert allowed_providers(acting) == []
        with pytest.raises(NotFound):
            withdraw_provider(acting, accepted.pk)
        allow_provider(acting, idp_id="idp-justice", name="Justice")
        with pytest.raises(Conflict):
            allow_provider(acting, idp_id="idp-justice", name="Justice")
        with pytest.raises(Invalid):
            allow_provider(acting, idp_id="", name="Justice")


INSERT = (
    "INSERT INTO agencies_allowed_provider (id, cell_id, idp_id, name, added_at)"
    " VALUES (gen_random_uuid(), %(cell)s, 'idp-pirate', 'x', now())"
)


@pytest.mark.parametrize(
    ("who", "old", "sql"),
    [
        ("coordinator", False, INSERT),
        ("administrator", True, INSERT),
        ("stranger", False, INSERT),
        ("administrator", False, "UPDATE agencies_allowed_provider SET idp_id = 'idp-pirate'"),
    ],
)
def test_an_injected_statement_accepts_nobody(
    request, cell, administrator, coordinator, who, old, sql
):
    people = {
        "coordinator": coordinator,
        "administrator": administrator,
        "stranger": a_person(an_accession(a_cell(), kind="dsden"), "cell_admin"),
    }
    token = people[who].viewer().token
    if old:
        stale(people[who])
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, false)", [token])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql, {"cell": cell.pk})
        connection.rollback()


@pytest.mark.parametrize("old", [False, True])
def test_an_injected_statement_withdraws_nothing_it_may_not(cell, administrator, coordinator, old):
    accepts(cell, "idp-justice")
    person = administrator if old else coordinator
    token = person.viewer().token
    if old:
        stale(person)
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, false)", [token])
        assert connection.execute("DELETE FROM agencies_allowed_provider").rowcount == 0
        connection.rollback()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kernel_session SET seat_id = %(seat)s WHERE token_hash = %(token)s",
        "UPDATE kernel_session SET seat_id = %(seat)s, token_hash = sha256('new')"
        " WHERE token_hash = %(token)s",
        "UPDATE agencies_provider_session SET idp_id = 'idp-ailleurs' WHERE token_hash = %(token)s",
    ],
)
def test_the_database_opens_no_place_through_a_provider_that_its_cell_does_not_accept(
    agent, provider, sql
):
    """Whatever code does it: moving a session to another place, under another key or not."""
    closed = agent.joins(an_accession(a_cell()), "agency_partner")
    browser, _answer = goes_round(provider)
    session = session_of(browser)
    assert session is not None
    with as_role("signin") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql, {"seat": closed.pk, "token": bytes(session.token_hash)})
        connection.rollback()


def test_one_switches_to_no_place_that_the_provider_may_not_open(agent, provider):
    closed = agent.joins(an_accession(a_cell()), "agency_partner")
    browser, _answer = goes_round(provider)
    browser.post("/role/", {"seat": str(closed.pk)})
    session = session_of(browser)
    assert session is not None
    assert session.seat_id == agent.seat_id
