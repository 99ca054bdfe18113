"""An invitation accepted with an identity, by keyboard, at a real provider and at two widths."""

from typing import Any

import pytest

from agencies.models import Account, Identity
from agencies.services.handle_invitation import withdraw_invitation
from kernel.models import ScopeSession
from kernel.scope import acting_as
from tests.agencies.inviting import a_proposal, code_of, link_to, sent_by
from tests.journeys.identity_provider.acting import (
    WIDTHS,
    arrives,
    leaves_for_the_provider,
    shows,
)
from tests.journeys.test_keyboard import tabs_to

pytestmark = pytest.mark.browser


@pytest.fixture
def invitation(cell, accepted, apart) -> tuple[Any, str]:
    """An invitation, and its link as it was received."""
    proposal = apart(lambda: a_proposal(cell.police.accession))
    made = apart(lambda: sent_by(cell.cell_admin.person, proposal))
    return made, apart(lambda: link_to(proposal.address))


def account_of(made: Any) -> Any:
    return Account.objects.using("operator").get(email=made.address)


def subjects_of(made: Any) -> list[str]:
    mine = Identity.objects.using("signin").filter(account__email=made.address)
    return list(mine.values_list("subject", flat=True))


def sets_out(at: Any, link: str, provider: Any) -> None:
    """Open the link and choose the provider with the keyboard."""
    at.opens(link)
    at.clean()
    tabs_to(at.page, "Accepter avec ProConnect")
    at.page.keyboard.press("Enter")
    arrives(at.page, provider)


@pytest.mark.parametrize("width", WIDTHS)
def test_with_a_second_factor_there_one_yes_is_enough(
    cell, invitation, desk, apart, provider, width
):
    made, link = invitation
    at = desk(cell.police, width)
    sets_out(at, link, provider)
    shows(at, amr="pwd,mfa", subject=f"nouvelle-venue-{width}")
    at.page.get_by_role("heading", name="ProConnect vous a reconnu").wait_for()
    at.clean()
    tabs_to(at.page, "Accepter et continuer")
    at.page.keyboard.press("Enter")
    at.page.wait_for_url(at.origin + "/")
    at.clean()
    assert apart(lambda: subjects_of(made)) == [f"nouvelle-venue-{width}"]
    account = apart(lambda: account_of(made))
    sessions = ScopeSession.objects.using("signin").filter(account_id=account.pk)
    assert apart(lambda: [session.factor for session in sessions]) == ["oidc"]


def test_who_used_this_browser_last_is_not_who_joins(
    cell, accepted, invitation, desk, apart, provider
):
    """A colleague is still signed in at the provider, which asks anew all the same."""
    made, link = invitation
    at = desk(cell.police)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa", subject="collegue")
    at.page.get_by_role("heading", name="Que faire ?").wait_for()
    sets_out(at, link, provider)
    assert at.page.get_by_label("Sujet").is_visible(), "the provider asks anew"
    shows(at, amr="pwd,mfa", subject="collegue", ago=240)
    at.page.get_by_text("chez lui, puis recommencez").wait_for()
    at.clean()
    assert at.page.get_by_role("button", name="Accepter et continuer").count() == 0
    tabs_to(at.page, "Recommencer avec ProConnect")
    at.page.keyboard.press("Enter")
    arrives(at.page, provider)
    shows(at, amr="pwd,mfa", subject="la-bonne-personne")
    at.page.get_by_role("heading", name="ProConnect vous a reconnu").wait_for()
    tabs_to(at.page, "Accepter et continuer")
    at.page.keyboard.press("Enter")
    at.page.wait_for_url(at.origin + "/")
    assert apart(lambda: subjects_of(made)) == ["la-bonne-personne"]


@pytest.mark.parametrize("width", WIDTHS)
def test_with_a_password_there_an_application_is_linked_first(
    cell, invitation, desk, apart, provider, width
):
    made, link = invitation
    at = desk(cell.police, width)
    sets_out(at, link, provider)
    shows(at, amr="pwd", subject=f"nouveau-venu-{width}")
    at.page.get_by_role("heading", name="ProConnect vous a reconnu").wait_for()
    tabs_to(at.page, "Accepter et continuer")
    at.page.keyboard.press("Enter")
    at.page.wait_for_url("**/invitation/application/")
    at.clean()
    assert apart(lambda: subjects_of(made)) == []
    tabs_to(at.page, "Code")
    at.page.keyboard.type(apart(lambda: code_of(account_of(made).pk)))
    at.page.keyboard.press("Enter")
    at.page.wait_for_url(at.origin + "/")
    assert apart(lambda: subjects_of(made)) == [f"nouveau-venu-{width}"]


def test_another_ministry_s_people_read_that_they_are_not_accepted_and_join_with_a_password(
    cell, invitation, desk, apart, provider
):
    made, link = invitation
    at = desk(cell.police, 390)
    sets_out(at, link, provider)
    shows(at, amr="pwd,mfa", subject="ailleurs", idp="idp-d-un-autre-ministere")
    at.page.get_by_text("n'accepte pas les connexions").wait_for()
    at.clean()
    assert at.page.get_by_role("button", name="Accepter et continuer").count() == 0
    at.opens(link)
    assert at.page.get_by_label("Mot de passe").first.is_visible()
    assert apart(lambda: subjects_of(made)) == []


def test_an_invitation_withdrawn_while_one_is_at_the_provider_opens_nothing(
    cell, invitation, desk, apart, provider
):
    made, link = invitation
    at = desk(cell.police)
    at.expecting = (*at.expecting, "404 (Not Found)")
    sets_out(at, link, provider)

    def withdraw() -> None:
        with acting_as(cell.cell_admin.person.viewer()) as viewer:
            withdraw_invitation(viewer, made.pk)

    apart(withdraw)
    shows(at, amr="pwd,mfa", subject="trop-tard")
    at.page.get_by_role("heading", name="Ce lien d'invitation n'ouvre rien").wait_for()
    known = Identity.objects.using("signin").filter(subject="trop-tard")
    assert not apart(known.exists)
