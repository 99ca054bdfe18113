"""The provider's session ends, through the browser, while somebody is still joining with it."""

import pytest
from django.urls import reverse

from agencies.models import ProviderFlow
from tests.agencies.factories import a_browser, a_person, an_accession
from tests.agencies.inviting import a_proposal, code_of, link_to, sent_by, token_in
from tests.agencies.oidc.going import accepts, comes_back, goes_on, session_of
from tests.agencies.oidc.test_joining import FACTOR, HERE, account_at
from tests.support.database import admin
from tests.support.searching import database_name


@pytest.fixture
def proposal(cell, provider):
    """An invitation into a cell that accepts the provider, where nobody else is signing in."""
    with admin(database_name()) as connection:
        connection.execute("DELETE FROM agencies_provider_flow")
        connection.execute("UPDATE agencies_identity SET last_used_at = NULL")
    accepts(cell, provider.idp_id)
    offered = a_proposal(an_accession(cell, kind="gendarmerie"))
    sent_by(a_person(an_accession(cell, kind="dsden"), "cell_admin"), offered)
    return offered


@pytest.mark.parametrize("when", ["before the answer", "before the first code"])
def test_a_name_that_comes_through_the_browser_opens_no_session_any_more(proposal, provider, when):
    early = when == "before the answer"
    provider.amr = ["mfa"] if early else ["pwd"]
    browser = a_browser()
    link = token_in(link_to(proposal.address))
    comes_back(browser, provider, goes_on(browser, browser.post(HERE, {"link": link})))
    if not early:
        assert browser.post(HERE)["Location"] == FACTOR
        browser.get(FACTOR)
    ended = {"iss": provider.issuer, "sid": provider.sid}
    assert a_browser().get(reverse("agencies:provider_ends_here"), ended).status_code == 200
    if early:
        browser.post(HERE)
    else:
        browser.post(FACTOR, {"code": code_of(account_at(proposal.address).pk)})
    assert session_of(browser) is None


def test_what_says_so_is_no_way_back(proposal, provider):
    browser = a_browser()
    link = token_in(link_to(proposal.address))
    address = goes_on(browser, browser.post(HERE, {"link": link}))
    sent = provider.authorize(address)
    comes_back(browser, provider, address, **sent)
    assert ProviderFlow.objects.using("signin").filter(purpose="join").count() == 1
    assert comes_back(browser, provider, address, **sent).status_code == 409
