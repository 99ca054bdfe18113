"""Passkeys in a real Chromium with a virtual device: made, used, refused, lost."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django_otp_webauthn.models import WebAuthnCredential

from agencies.services.backup_codes import print_codes
from kernel.models import ScopeSession
from tests.journeys.desk import Desk, until
from tests.journeys.test_own_access import NAME, NOTE, note, revealing
from tests.support.passkeys import Device, named_site
from tests.support.recorded import recorded
from tests.support.world import stale

pytestmark = pytest.mark.browser
LEFT = "WebSocket is closed before the connection is established"
"""What the console says of a page that is left at once."""


@pytest.fixture(scope="module")
def site(database: None) -> Iterator[str]:
    with named_site() as origin:
        yield origin


@pytest.fixture
def sits(browser, site, apart):
    desks: list[Desk] = []

    def at(seat, *, width: int = 1280, expecting: tuple[str, ...] = ()) -> Desk:
        person = apart(lambda: seat.person)
        desks.append(Desk(browser, site, person, width=width, expecting=(LEFT, *expecting)))
        return desks[-1]

    yield at
    for desk in desks:
        desk.leave()
    complaints = {desk.person.email: desk.complaints for desk in desks if desk.complaints}
    assert not complaints, complaints


def makes_a_passkey(desk: Desk, *, name: str = "Mon ordinateur") -> Device:
    """Sign in with a code and add a passkey."""
    desk.signs_in()
    device = Device(desk.page)
    adds_one(desk, name)
    return device


def adds_one(desk: Desk, name: str) -> None:
    page = desk.page
    desk.opens("/compte/facteurs/")
    desk.clean()
    page.get_by_role("link", name="Ajouter une clé d'accès").click()
    desk.clean()
    page.get_by_label("Nom").fill(name)
    page.get_by_label("Votre mot de passe").fill(desk.person.password)
    page.get_by_role("button", name="Créer la clé d'accès").press("Enter")
    page.get_by_text("Votre clé d'accès est ajoutée.").wait_for()
    page.get_by_role("rowheader", name=name).wait_for()


def leaves(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Se déconnecter").first.click()
    desk.page.get_by_role("heading", name="Vous êtes déconnecté").wait_for()


def gives_password(desk: Desk) -> None:
    desk.opens("/connexion/")
    desk.page.get_by_label("Adresse").fill(desk.person.email)
    desk.page.get_by_label("Mot de passe").fill(desk.person.password)
    desk.page.get_by_role("button", name="Continuer").click()
    desk.page.get_by_role("heading", name="Second facteur").wait_for()


def factors_of(person: Any) -> set[str]:
    sessions = ScopeSession.objects.using("signin").filter(account_id=person.account_id)
    return set(sessions.values_list("factor", flat=True))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_passkey_is_made_and_then_signs_in_after_the_password(cell, sits, apart, width):
    desk = sits(cell.pilot, width=width)
    makes_a_passkey(desk)
    if width < 600:
        desk.page.get_by_role("button", name="Menu").click()
    leaves(desk)
    gives_password(desk)
    desk.clean()
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").press("Enter")
    desk.page.wait_for_url(desk.origin + "/")
    assert apart(lambda: factors_of(desk.person)) == {"passkey"}


def test_a_passkey_alone_signs_in(cell, sits, apart):
    desk = sits(cell.pilot)
    makes_a_passkey(desk)
    leaves(desk)
    desk.opens("/connexion/?next=/dossiers/")
    desk.clean()
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    desk.page.wait_for_url(desk.origin + "/dossiers/")
    assert apart(lambda: factors_of(desk.person)) == {"passkey"}
    who = desk.person.account_id
    assert apart(lambda: recorded("signin.passkey", actor=who)) == [("done", {})]


def test_without_the_right_finger_there_is_a_sentence_and_another_way(cell, sits):
    desk = sits(cell.pilot)
    device = makes_a_passkey(desk)
    leaves(desk)
    gives_password(desk)
    device.verifies(False)
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    desk.page.locator("[data-passkey-said]").filter(has_text="utilisez un autre moyen").wait_for()
    desk.page.get_by_label("Code à six chiffres").fill(desk.person.code(steps=1))
    desk.page.get_by_role("button", name="Se connecter").click()
    desk.page.wait_for_url(desk.origin + "/")


def test_a_device_that_holds_no_key_is_said_in_a_sentence(cell, sits):
    desk = sits(cell.pilot)
    desk.opens("/connexion/")
    Device(desk.page)
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    desk.page.locator("[data-passkey-said]").filter(has_text="Aucune clé d'accès").wait_for()


def test_a_browser_without_passkeys_is_told_so(cell, sits):
    desk = sits(cell.pilot)
    desk.page.add_init_script("delete window.PublicKeyCredential")
    desk.opens("/connexion/")
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    desk.page.locator("[data-passkey-said]").filter(has_text="ne connaît pas").wait_for()


def test_at_an_address_that_is_not_the_site_s_own_there_is_a_sentence(cell, sits):
    desk = sits(cell.pilot, expecting=("another origin",))
    desk.page.goto(desk.origin.replace("localhost", "127.0.0.1") + "/connexion/")
    Device(desk.page)
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    desk.page.locator("[data-passkey-said]").filter(has_text="adresse habituelle").wait_for()


def test_the_same_device_is_not_enrolled_twice(cell, sits):
    desk = sits(cell.pilot)
    makes_a_passkey(desk)
    page = desk.page
    desk.opens("/compte/facteurs/cle/")
    page.get_by_label("Nom").fill("Encore")
    page.get_by_label("Votre mot de passe").fill(desk.person.password)
    page.get_by_label("Votre mot de passe").press("Enter")
    page.locator("[data-passkey-said]").filter(has_text="a déjà une clé").wait_for()


def test_a_passkey_that_was_removed_no_longer_signs_in(cell, sits, apart):
    desk = sits(cell.pilot, expecting=("status of 422",))
    makes_a_passkey(desk)
    page = desk.page
    page.get_by_role("row", name="Mon ordinateur").get_by_role("link", name="Retirer").click()
    desk.clean()
    page.get_by_role("button", name="Retirer ce facteur").click()
    page.get_by_text("Ce facteur ne vaut plus.").wait_for()
    keys = WebAuthnCredential.objects.using("signin").filter(user_id=desk.person.account_id)
    assert not apart(keys.exists)
    leaves(desk)
    desk.opens("/connexion/")
    page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    page.get_by_text("n'a pas été reconnue").first.wait_for()


def test_the_key_of_somebody_else_does_not_answer_for_me(cell, sits):
    """The thief knows my password and holds a key of their own."""
    thief = sits(cell.gendarme)
    device = makes_a_passkey(thief)
    owner = sits(cell.pilot)
    makes_a_passkey(owner)
    leaves(thief)
    thief.person = owner.person
    gives_password(thief)
    assert device.keys()
    thief.page.get_by_role("button", name="Utiliser ma clé d'accès").click()
    thief.page.locator("[data-passkey-said]").filter(has_text="Aucune clé d'accès").wait_for()


def test_backup_codes_are_offered_and_counted(cell, sits, apart):
    desk = sits(cell.pilot)
    person = desk.person
    codes = apart(lambda: print_codes(person.account_id))
    gives_password(desk)
    desk.clean()
    desk.page.get_by_text("Utiliser un code de secours imprimé").click()
    desk.page.get_by_text("Il vous reste 10 codes.").wait_for()
    desk.page.get_by_label("Code de secours").fill(codes[0].upper())
    desk.page.get_by_role("button", name="Utiliser ce code").click()
    desk.page.wait_for_url(desk.origin + "/")
    assert apart(lambda: factors_of(person)) == {"backup"}
    desk.opens("/compte/facteurs/")
    desk.page.get_by_text("Il vous en reste 9.").wait_for()


def question(page: Any) -> Any:
    return page.get_by_role("dialog", name="Confirmer votre identité")


def another_private_key() -> str:
    """A key of the same kind, as the device takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def on_a_case(desk: Desk, cell: Any, apart: Any) -> Any:
    """A case with a name to show, something typed beside it, and a factor that has grown old."""
    case_id = apart(lambda: cell.activated(mark="ZZ"))
    desk.opens(f"/dossiers/{case_id}/")
    note(desk.page).fill(NOTE)
    desk.keeps_the_page()
    apart(lambda: stale(desk.person))
    return desk.page


@pytest.mark.parametrize("width", [1280, 390])
def test_above_a_page_a_passkey_shows_the_name_and_takes_nothing_away(cell, sits, apart, width):
    desk = sits(cell.coordinator, width=width, expecting=("403",))
    makes_a_passkey(desk)
    page = on_a_case(desk, cell, apart)
    revealing(page).focus()
    page.keyboard.press("Enter")
    question(page).wait_for()
    desk.clean()
    question(page).get_by_role("button", name="Utiliser ma clé d'accès").press("Enter")
    page.get_by_text(NAME).first.wait_for()
    question(page).wait_for(state="detached")
    assert desk.still_on_the_same_page()
    assert note(page).input_value() == NOTE
    assert "passkey" in apart(lambda: factors_of(desk.person))
    live = page.locator("[data-live-state]").first
    until(page, lambda: live.get_attribute("data-state") == "live", what="the socket is back")


def test_above_a_page_a_refused_passkey_leaves_the_question_and_another_way(cell, sits, apart):
    """The wrong finger first; then a device that answers with a key that is not the person's."""
    desk = sits(cell.coordinator, expecting=("403", "422"))
    device = makes_a_passkey(desk)
    page = on_a_case(desk, cell, apart)
    revealing(page).click()
    use = question(page).get_by_role("button", name="Utiliser ma clé d'accès")
    device.verifies(False)
    use.click()
    said = question(page).locator("[data-passkey-said]")
    said.filter(has_text="utilisez un autre moyen").wait_for()
    device.verifies(True)
    (held,) = device.keys()
    device.forgets()
    device.holds({**held, "privateKey": another_private_key()})
    use.click()
    question(page).get_by_text("n'a pas été reconnue").first.wait_for()
    desk.clean()
    assert page.get_by_text(NAME).count() == 0
    question(page).get_by_label("Code à six chiffres").fill(desk.person.code(steps=1))
    page.keyboard.press("Enter")
    page.get_by_text(NAME).first.wait_for()
    assert desk.still_on_the_same_page()
    assert note(page).input_value() == NOTE


@pytest.mark.parametrize("width", [1280, 390])
def test_on_the_page_that_asks_a_passkey_lets_what_was_sent_go_on(cell, sits, apart, width):
    desk = sits(cell.cell_admin, width=width)
    makes_a_passkey(desk)
    desk.opens("/cellule/charte/")
    desk.page.get_by_label("Règles propres à la cellule").fill("Le lundi.\nLe mardi.")
    apart(lambda: stale(desk.person))
    desk.page.get_by_role("button", name="Adopter cette version").click()
    desk.page.get_by_role("heading", name="Confirmer votre identité").wait_for()
    desk.clean()
    desk.page.get_by_role("button", name="Utiliser ma clé d'accès").press("Enter")
    desk.page.get_by_text("Votre signature est demandée").wait_for()
    assert "Le lundi." in desk.page.locator("main").inner_text()
    assert apart(lambda: factors_of(desk.person)) == {"passkey"}


def test_without_script_the_same_page_says_so_and_takes_a_code(cell, sits, apart, browser):
    """A passkey needs the browser's own question, which a page without script cannot ask."""
    case_id = apart(lambda: cell.submitted(mark="ZZ"))
    desk = sits(cell.coordinator)
    makes_a_passkey(desk)
    plain = browser.new_context(java_script_enabled=False, locale="fr-FR")
    plain.add_cookies(desk.context.cookies())
    page = plain.new_page()
    page.goto(f"{desk.origin}/dossiers/{case_id}/")
    apart(lambda: stale(desk.person))
    revealing(page).click()
    page.get_by_role("heading", name="Confirmer votre identité").wait_for()
    assert "un navigateur qui exécute les scripts" in page.locator("noscript").inner_html()
    page.get_by_label("Code à six chiffres").fill(desk.person.code(steps=1))
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text(NAME).wait_for()
    plain.close()
