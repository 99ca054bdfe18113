"""A fresh factor from the provider in the middle of work, with nothing that was typed lost."""

from datetime import timedelta

import pytest

from agencies.models import Authenticator
from kernel.clock import now
from kernel.models import ScopeSession
from tests.journeys.desk import Desk, until
from tests.journeys.identity_provider.acting import (
    WIDTHS,
    arrives,
    leaves_for_the_provider,
    link,
    shows,
)
from tests.journeys.test_own_access import NAME, NOTE, note, revealing
from tests.support.world import stale

pytestmark = pytest.mark.browser
RULES = "Le lundi.\nLe mardi."


def comes_in_without_a_factor_of_ours(at: Desk, apart, provider) -> None:
    """Signed in through the provider some minutes ago, and nothing else to show."""
    link(apart, provider, at)
    mine = Authenticator.objects.using("signin").filter(user_id=at.person.account_id)
    apart(mine.delete)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa")
    at.page.wait_for_url(at.origin + "/")


def is_fresh(apart, at: Desk) -> bool:
    recent = ScopeSession.objects.using("signin").filter(
        account_id=at.person.account_id, factor_at__gt=now() - timedelta(minutes=5)
    )
    return bool(apart(recent.exists))


@pytest.mark.parametrize("width", WIDTHS)
def test_what_was_sent_as_a_page_goes_on_after_the_provider(
    cell, accepted, desk, apart, provider, width
):
    at = desk(cell.cell_admin, width)
    comes_in_without_a_factor_of_ours(at, apart, provider)
    at.opens("/cellule/charte/")
    at.page.get_by_label("Règles propres à la cellule").fill(RULES)
    apart(lambda: stale(at.person))
    at.page.get_by_role("button", name="Adopter cette version").press("Enter")
    at.page.get_by_role("heading", name="Confirmer votre identité").wait_for()
    at.clean()
    assert at.page.get_by_label("Code").count() == 0
    at.page.get_by_role("button", name="Confirmer avec ProConnect").press("Enter")
    arrives(at.page, provider)
    assert at.page.get_by_label("Sujet").is_visible(), "the provider asks anew"
    shows(at, amr="pwd,mfa")
    at.page.wait_for_url("**/charte/")
    at.page.get_by_text("Votre signature est demandée").wait_for()
    assert "Le lundi." in at.page.locator("main").inner_text()


def test_a_password_there_is_no_factor_and_the_act_waits_for_another_try(
    cell, accepted, desk, apart, provider
):
    at = desk(cell.cell_admin)
    comes_in_without_a_factor_of_ours(at, apart, provider)
    at.opens("/cellule/charte/")
    at.page.get_by_label("Règles propres à la cellule").fill(RULES)
    apart(lambda: stale(at.person))
    at.page.get_by_role("button", name="Adopter cette version").click()
    again = at.page.get_by_role("button", name="Confirmer avec ProConnect")
    again.click()
    arrives(at.page, provider)
    shows(at, amr="pwd")
    at.page.get_by_text("n'a vu qu'un mot de passe").wait_for()
    at.clean()
    assert not is_fresh(apart, at)
    again.click()
    arrives(at.page, provider)
    shows(at, amr="pwd,mfa", ago=240)
    at.page.get_by_text("ne vous a pas demandé de vous connecter de nouveau").wait_for()
    assert not is_fresh(apart, at)
    again.click()
    arrives(at.page, provider)
    shows(at, amr="pwd,mfa")
    at.page.wait_for_url("**/charte/")
    assert "Le lundi." in at.page.locator("main").inner_text()


@pytest.mark.parametrize("width", WIDTHS)
def test_above_a_page_another_tab_goes_to_the_provider_and_nothing_typed_is_lost(
    cell, accepted, desk, apart, provider, width
):
    at = desk(cell.coordinator, width)
    comes_in_without_a_factor_of_ours(at, apart, provider)
    at.expecting = (*at.expecting, "Status Error Code 403")
    case_id = apart(lambda: cell.activated(mark="ZZ"))
    at.opens(f"/dossiers/{case_id}/")
    page = at.page
    note(page).fill(NOTE)
    at.keeps_the_page()
    apart(lambda: stale(at.person))
    revealing(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Confirmer votre identité")
    dialog.wait_for()
    at.clean()
    dialog.get_by_role("button", name="J'ai confirmé, continuer").click()
    dialog.get_by_text("pas encore confirmée").wait_for()
    with at.context.expect_page() as opened:
        dialog.get_by_role("link", name="Ouvrir ProConnect dans un nouvel onglet").press("Enter")
    other = opened.value
    other.get_by_role("button", name="Confirmer avec ProConnect").click()
    arrives(other, provider)
    shows(at, amr="pwd,mfa", page=other)
    other.get_by_role("heading", name="Votre identité est confirmée").wait_for()
    at.clean(other)
    other.close()
    page.bring_to_front()
    if width == 1280:
        dialog.get_by_role("button", name="J'ai confirmé, continuer").click()
    else:
        page.evaluate("dispatchEvent(new Event('focus'))")
    page.get_by_text(NAME).first.wait_for()
    dialog.wait_for(state="detached")
    assert at.still_on_the_same_page()
    assert note(page).input_value() == NOTE
    live = page.locator("[data-live-state]").first
    until(page, lambda: live.get_attribute("data-state") == "live", what="the socket is back")
