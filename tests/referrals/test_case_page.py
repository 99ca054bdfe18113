"""The page of a case says to each person what comes next, and to whom it belongs."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.urls import reverse

from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.close import close
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.intake.escalation import PartyInput
from referrals.intake.services.submit import submit
from referrals.models.case import Outcome
from referrals.models.content import PartyRole
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.pages.case_parts import LATEST
from tests.support.database import admin
from tests.support.sittings import database
from tests.support.world import Seated, World, an_escalation, in_days

CARD = '<article class="card-box tone-info card-toned">'
DONE = "C'est fait"


def page_of(seat: Seated, case_id: UUID) -> str:
    """The page of the case as this person gets it."""
    answer = seat.browser.get(reverse("referrals:case", args=[case_id]))
    assert answer.status_code == 200
    return str(answer.text)


def unfolded(page: str) -> str:
    """The title of the act that stands open at the top, or nothing."""
    if CARD not in page:
        return ""
    card = page.split(CARD)[1]
    return card.split('<h3 class="card-title">')[1].split("</h3>")[0]


def resolved(world: World) -> UUID:
    """A case whose outcome is known and whose school has not been told."""
    case_id = world.activated()
    measured(world, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        resolve(viewer, case_id, outcome=Outcome.IMPROVED)
    return case_id


def measured(world: World, case_id: UUID) -> UUID:
    """A measure for the school, due in a week."""
    with acting_as(world.coordinator.viewer) as viewer:
        return add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(7),
        ).pk


def test_coordination_is_asked_to_take_a_new_case_in_hand(world: World) -> None:
    assert unfolded(page_of(world.coordinator, world.submitted())) == "Prendre en charge la saisine"


def test_the_prosecutor_is_asked_to_activate(world: World) -> None:
    assert unfolded(page_of(world.prosecutor, world.qualified())) == "Activer la cellule"


def test_an_activated_case_without_a_share_asks_for_one(world: World) -> None:
    assert unfolded(page_of(world.coordinator, world.activated())) == "Partager avec un service"


def test_once_a_share_runs_nothing_is_pushed_to_the_front(world: World) -> None:
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    page = page_of(world.coordinator, case_id)
    assert unfolded(page) == ""
    assert "Décider une mesure" in page


def test_the_school_is_told_before_the_case_can_be_closed(world: World) -> None:
    case_id = resolved(world)
    page = page_of(world.coordinator, case_id)
    assert unfolded(page) == "Répondre à l&#x27;établissement"
    assert "Clore le dossier" not in page
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.ENDED)
    assert unfolded(page_of(world.coordinator, case_id)) == "Clore le dossier"


def test_the_school_reads_whom_the_case_waits_for_and_has_nothing_to_press(world: World) -> None:
    page = page_of(world.pilot, world.qualified())
    assert "Le parquet décide d&#x27;activer la cellule." in page
    assert "Ce que vous pouvez faire" not in page


def test_the_school_finds_the_answer_of_the_cell_before_the_facts(world: World) -> None:
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.MEASURES)
    page = page_of(world.pilot, case_id)
    assert page.index("Mesures mises en œuvre") < page.index("Insultes répétées")


def test_a_closed_case_says_so_and_offers_nothing(world: World) -> None:
    case_id = world.activated()
    world.closed(case_id)
    page = page_of(world.coordinator, case_id)
    assert "Ce dossier est terminé" in page
    assert "Ce que vous pouvez faire" not in page


def test_closing_tells_of_measures_left_and_then_offers_them_no_more(world: World) -> None:
    case_id = resolved(world)
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.ENDED)
    page = page_of(world.coordinator, case_id)
    assert "1 mesure n&#x27;est pas faite" in page
    assert DONE in page
    with acting_as(world.coordinator.viewer) as viewer:
        close(viewer, case_id)
    assert DONE not in page_of(world.coordinator, case_id)
    assert DONE not in page_of(world.pilot, case_id)


def test_a_measure_past_its_date_is_late(world: World) -> None:
    case_id = world.activated()
    measure_id = measured(world, case_id)
    assert "En retard" not in page_of(world.coordinator, case_id)
    with admin(database()) as connection:
        connection.execute(
            "UPDATE referrals_measure SET due_on = %s WHERE id = %s", [in_days(-1), measure_id]
        )
    assert "En retard" in page_of(world.coordinator, case_id)


def test_a_partner_reads_what_is_open_to_them_and_until_when(world: World) -> None:
    case_id = world.activated()
    world.shared(case_id, world.gendarme, Compartment.FACTS, until=in_days(9))
    page = page_of(world.gendarme, case_id)
    assert "Votre accès" in page
    assert "Qui voit quoi dans ce dossier" not in page
    assert f'datetime="{in_days(9).isoformat()}' in page


def test_the_newest_step_comes_first_and_old_ones_are_folded(world: World) -> None:
    case_id = world.activated()
    for _each in range(LATEST):
        measured(world, case_id)
    page = page_of(world.coordinator, case_id)
    history = page[page.index("Historique") :]
    assert history.index("Mesure décidée") < history.index("plus ancienne")
    assert history.index("plus ancienne") < history.index("Saisine transmise à la cellule")


def test_a_pupil_without_a_name_is_called_unknown(world: World) -> None:
    case_id = world.draft()
    unknown = PartyInput(PartyRole.PRESUMED, "", "", None, "4e A")
    complete = an_escalation()
    with acting_as(world.pilot.viewer) as viewer:
        submit(viewer, case_id, replace(complete, parties=(*complete.parties, unknown)))
    page = page_of(world.pilot, case_id)
    assert "Élève inconnu (2)" in page
    assert "? (" not in page


@pytest.mark.parametrize(
    ("who", "absent"),
    [
        ("pilot", "À activer"),
        ("coordinator", "Brouillons"),
        ("gendarme", "Brouillons"),
    ],
)
def test_each_role_chooses_among_lists_of_its_own(world: World, who: str, absent: str) -> None:
    page = getattr(world, who).browser.get(reverse("referrals:cases")).text
    assert "Terminés" in page
    assert absent not in page


def test_a_proposal_is_worded_for_who_answers_it(world: World) -> None:
    world.proposed(world.activated(), world.gendarme)
    page = world.gendarme.browser.get(reverse("referrals:shares")).text
    assert "Ce que vous pourrez faire" in page
    assert ">Lire<" in page
    assert "Read" not in page
