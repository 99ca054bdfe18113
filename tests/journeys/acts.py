"""What each person does in the pages, with the words that the pages use."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.journeys.desk import Desk, until


def _in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def escalates(school: Desk, mark: str) -> str:
    """Write and send the shortest referral; its reference."""
    page = school.page
    page.get_by_role("button", name="Nouvelle saisine").click()
    fills(page, mark)
    page.get_by_role("button", name="Transmettre à la cellule").click()
    return reference_of(page)


def fills(page: Any, mark: str) -> None:
    """The shortest referral that can be sent, with ``mark`` in each name and text.

    Every field that it fills is one that the form asks for: nothing else is touched.
    """
    ticks(page, "Non")
    target = page.get_by_role("group", name="Élève cible 1")
    field(target, "Nom").fill(f"Valmont{mark}")
    field(target, "Prénom").fill(f"Lina{mark}")
    fact = page.get_by_role("group", name="Fait relaté 1")
    field(fact, "Nature").select_option(label="Insultes, moqueries, menaces")
    field(fact, "Lieu").select_option(label="Cour, couloirs, toilettes")
    field(fact, "Depuis le").fill(_in_days(-20))
    field(fact, "Comment le sait-on").select_option(label="Rapporté par l'élève cible")
    field(fact, "Ce qui s'est passé").fill(f"Insultes à chaque récréation {mark}.")
    ticks(page, "Non, ils n'ont pas pu être joints")
    page.get_by_role("checkbox", name="Les personnes concernées").check()


def reference_of(page: Any) -> str:
    """The reference that the acknowledgement shows."""
    page.wait_for_url("**/recue/")
    return str(page.get_by_role("heading", level=1).text_content()).strip()


def ticks(where: Any, words: str) -> None:
    """Press the answer that reads so, on its text as people do."""
    where.locator("label.form-check-label").filter(
        has_text=re.compile(f"^{re.escape(words)}$")
    ).click()


def field(where: Any, words: str) -> Any:
    """The field under this label, whatever marks the label carries for required or optional."""
    label = re.compile(rf"^{re.escape(words)}(\s|$)")
    return where.locator("input, select, textarea").and_(where.get_by_label(label))


def opens_case(desk: Desk, reference: str) -> None:
    """From the list of cases to the page of one."""
    desk.opens("/dossiers/")
    desk.page.get_by_role("link", name=reference).click()
    desk.page.get_by_role("heading", level=1, name=reference).wait_for()


def unfolds(page: Any, title: str) -> Any:
    """The part under a title: the next act of the case lies open, the others are folded."""
    fold = page.locator("details", has=page.locator("summary", has_text=title))
    card = page.locator("article", has=page.get_by_role("heading", name=title))
    part = fold.or_(card)
    part.wait_for()
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator("summary").click()
    return part


def reveals(desk: Desk, name: str) -> None:
    """Have the first name shown; the rest of the page stays where it is."""
    page = desk.page
    assert name not in text_of(page)
    page.get_by_role("button", name="Afficher le nom").first.click()
    page.get_by_text(name).wait_for()
    assert page.get_by_role("heading", level=1).is_visible()


def triages(coordination: Desk) -> None:
    """Take the case in hand, then say how grave and how urgent it is."""
    page = coordination.page
    page.get_by_role("button", name="Prendre en charge", exact=True).click()
    page.get_by_text("La saisine est prise en charge").wait_for()
    ticks(page, "2\u00a0: grave, santé ou scolarité atteintes")
    ticks(page, "Haute (24 heures)")
    page.get_by_role("button", name="Enregistrer l'évaluation").click()
    page.get_by_text("L'évaluation est enregistrée").wait_for()


def shares(coordination: Desk, to: str, *parts: str) -> None:
    """Propose a share of these parts."""
    page = coordination.page
    page.get_by_role("link", name="Choisir le service").click()
    field(page, "Service destinataire").select_option(label=to)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("link", name="Les faits", exact=True).click()
    form = page.get_by_role("main")
    field(form, "Pourquoi").select_option(label="Enquête sur les faits")
    field(form, "Au titre de").select_option(label="Protocole de la cellule")
    for part in parts:
        form.get_by_role("checkbox", name=part, exact=True).check()
    field(form, "Jusqu'au").fill(_in_days(15))
    form.get_by_role("button", name="Proposer le partage").click()
    page.get_by_text("Le partage est proposé").wait_for()


def convenes(coordination: Desk, *agencies: str) -> None:
    """Call a meeting for a moment from now, and open it."""
    page = coordination.page
    page.get_by_role("link", name="Convoquer une réunion").click()
    soon = timezone.localtime() + timedelta(minutes=2)
    field(page, "Date et heure").fill(soon.strftime("%Y-%m-%dT%H:%M"))
    for agency in agencies:
        ticks(page, agency)
    page.get_by_role("button", name="Convoquer").click()
    page.get_by_role("button", name="Ouvrir la réunion").click()
    page.get_by_text("La réunion est ouverte").wait_for()


def decides(desk: Desk, text: str) -> None:
    """Record a decision in the meeting that is shown."""
    page = desk.page
    field(page, "Décision").select_option(label="Protéger l'élève")
    field(page, "En quelques mots").fill(text)
    field(page, "Service responsable").select_option(label="Coordination de la cellule")
    field(page, "Échéance").fill(_in_days(10))
    page.get_by_role("button", name="Enregistrer la décision").click()
    page.get_by_text("La décision est enregistrée").wait_for()


def orders_measure(coordination: Desk, owner: str) -> None:
    """Decide a measure with an owner and a date."""
    page = coordination.page
    form = unfolds(page, "Décider une mesure")
    field(form, "Mesure").select_option(label="Surveillance renforcée")
    field(form, "Service responsable").select_option(label=owner)
    field(form, "Avant le").fill(_in_days(7))
    form.get_by_role("button", name="Ajouter la mesure").click()
    page.get_by_text("La mesure est enregistrée").wait_for()


def resolves(coordination: Desk) -> None:
    """Write down what came of it."""
    page = coordination.page
    form = unfolds(page, "Constater l'issue")
    field(form, "Issue").select_option(label="Le harcèlement a cessé")
    form.get_by_role("button", name="Enregistrer l'issue").click()
    page.get_by_text("L'issue est enregistrée").wait_for()


def answers_school(coordination: Desk) -> None:
    """Tell the school, in a code."""
    page = coordination.page
    form = page.locator("form", has=page.get_by_role("button", name="Envoyer la réponse"))
    field(form, "Ce que l'établissement lira").select_option(label="Mesures mises en œuvre")
    form.get_by_role("button", name="Envoyer la réponse").click()
    page.get_by_text("La réponse est envoyée").wait_for()


def text_of(page: Any) -> str:
    """Everything that the page shows, and what its fields hold."""
    return str(page.content())


def shows(page: Any, words: str) -> None:
    """The words appear on this page, without anybody doing anything."""
    until(page, lambda: page.get_by_text(words).first.is_visible(), what=f"« {words} » is shown")
