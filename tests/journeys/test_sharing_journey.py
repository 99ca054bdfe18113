"""A share from proposal to prolongation, a partner's request, the prosecutor's orders: by hand."""

from uuid import UUID

from django.urls import reverse

from kernel.scope import acting_as
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose
from tests.journeys.acts import field, ticks
from tests.journeys.test_leaving_journey import look, press
from tests.support.world import World, in_days

WIDE, PHONE = 1280, 390


def _stub(cell: World, case_id: UUID) -> None:
    with acting_as(cell.coordinator.viewer) as viewer:
        share_id = propose(
            viewer,
            case_id,
            to_accession=cell.victim_support.accession_id,
            compartments=(),
            purpose=Purpose.SUPPORT,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        ).pk
    with acting_as(cell.victim_support.viewer) as viewer:
        answer.accept(viewer, share_id)


def test_a_share_is_proposed_answered_asked_for_and_prolonged(cell, apart, sits_down):
    case_id = apart(cell.activated)
    gendarmerie = apart(lambda: cell.gendarme.accession.agency.name)
    address = reverse("referrals:case", args=[case_id])
    desk = sits_down(cell.coordinator)
    desk.signs_in()
    desk.opens(reverse("referrals:share", args=[case_id]))
    field(desk.page, "Service destinataire").select_option(label=gendarmerie)
    press(desk, "Continuer")
    desk.page.get_by_role("heading", name=f"Partager avec : {gendarmerie}").wait_for()
    assert desk.page.get_by_role("checkbox", name="Faits", exact=True).is_checked()
    look(desk, "partager", WIDE)
    desk.clean()
    press(desk, "Proposer le partage")
    desk.page.get_by_text("Le partage est proposé").wait_for()

    partner = sits_down(cell.gendarme, width=PHONE)
    partner.signs_in()
    partner.opens(reverse("referrals:shares"))
    look(partner, "partages", PHONE)
    partner.page.get_by_role("button", name="Accepter et ouvrir le dossier").click()
    partner.page.get_by_text("Le partage est ouvert").wait_for()
    partner.page.get_by_text("Demander à voir une autre partie").click()
    ticks(partner.page, "Démarches de l'établissement")
    field(partner.page, "Pourquoi").select_option(label="Enquête sur les faits")
    look(partner, "demander", PHONE)
    partner.page.get_by_role("button", name="Envoyer la demande").click()
    partner.page.get_by_text("La demande est envoyée").wait_for()
    look(partner, "demande", PHONE)

    desk.opens(address)
    desk.page.get_by_role("link", name="Répondre", exact=True).click()
    ticks(desk.page, "Proposer de la partager")
    look(desk, "repondre", WIDE)
    desk.clean()
    press(desk, "Envoyer la réponse")
    desk.page.get_by_text("La réponse est envoyée").wait_for()
    partner.opens(address)
    partner.page.get_by_text("Accordé par un partage").wait_for()
    desk.page.get_by_role("link", name="Prolonger").click()
    field(desk.page, "Nouvelle date de fin").fill(in_days(90).isoformat())
    field(desk.page, "Motif").select_option(label="Le suivi continue")
    look(desk, "prolonger", WIDE)
    press(desk, "Prolonger")
    desk.page.get_by_text("Le partage est prolongé").wait_for()


def test_orders_and_a_mere_existence_are_read_in_plain_words(cell, apart, sits_down):
    case_id = apart(cell.activated)
    apart(lambda: _stub(cell, case_id))
    address = reverse("referrals:case", args=[case_id])
    prosecutor = sits_down(cell.prosecutor)
    prosecutor.signs_in()
    prosecutor.opens(address)
    prosecutor.page.get_by_text("Donner des consignes aux autres services").click()
    ticks(prosecutor.page, "Suspendre les actes des autres services")
    ticks(prosecutor.page, "Suspendre les entretiens de l'établissement")
    look(prosecutor, "consignes", WIDE)
    press(prosecutor, "Enregistrer les consignes")
    prosecutor.page.get_by_text("Vos consignes sont enregistrées").wait_for()
    school = sits_down(cell.pilot, width=PHONE)
    school.signs_in()
    school.opens(address)
    school.page.get_by_text("Le parquet demande de ne mener aucun entretien").wait_for()
    assert school.page.get_by_text("Ce que vous pouvez faire").count() == 0
    look(school, "sous-consignes", PHONE)
    school.settles()
    school.clean()
    stub = sits_down(cell.victim_support, width=PHONE)
    stub.signs_in()
    stub.opens(address)
    stub.page.get_by_text("Rien d'autre ne vous en est ouvert").wait_for()
    look(stub, "existence", PHONE)
    stub.settles()
    stub.clean()
