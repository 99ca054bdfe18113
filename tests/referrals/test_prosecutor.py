"""Which office gets a case: by territory, by the rules of the cell, or named by coordination."""

import pytest

from agencies.models import Activation, Coverage, Reporting
from agencies.operator import ALIAS
from agencies.rules import default_rules
from agencies.services.end_membership import end_membership
from agencies.services.set_rules import RulesInput, set_rules
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from kernel.models.effects import OutboxItem
from kernel.scope import acting_as
from referrals.casefile.selectors import case_for
from referrals.intake.services.activate import activate
from referrals.intake.services.name_prosecutor import name_prosecutor
from referrals.intake.services.triage import triage
from referrals.models.case import Urgency
from tests.agencies.factories import OPERATOR, a_person, an_accession
from tests.support.database import admin
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import Seated

pytestmark = pytest.mark.database


@pytest.fixture
def other(world):
    """A second office; from here on the territory has to say which is competent."""
    return Seated(an_accession(world.cell, kind="prosecutor"), "prosecutor")


def assign(world, office, commune="80901"):
    Coverage.objects.using(ALIAS).create(
        cell=world.cell,
        function="prosecutor",
        commune_insee=commune,
        accession=office.accession,
    )


def with_rules(world, **wanted):
    rules = default_rules()
    chosen = {
        "activation": rules.activation,
        "reporting": rules.reporting,
        "retention": rules.retention,
        "hours": rules.hours,
    }
    with acting_as(world.cell_admin.viewer) as viewer:
        set_rules(viewer, RulesInput(**(chosen | wanted)))


def sees(seat, case_id):
    with acting_as(seat.viewer) as viewer:
        try:
            case_for(viewer, case_id)
        except NotFound:
            return False
    return True


def assess(world, case_id, gravity=2, urgency=Urgency.STANDARD):
    with acting_as(world.coordinator.viewer) as viewer:
        return triage(viewer, case_id, gravity=gravity, urgency=urgency)


def name(world, case_id, office, **options):
    with acting_as(world.coordinator.viewer) as viewer:
        return name_prosecutor(viewer, case_id, office=office.accession_id, **options)


def test_the_territory_gives_the_case_to_one_office_only(world, other):
    assign(world, other)
    case_id = world.submitted()
    assert sees(other, case_id)
    assert not sees(world.prosecutor, case_id)


def test_where_the_territory_names_nobody_no_office_sees_the_case(world, other):
    case_id = world.submitted()
    assert not sees(world.prosecutor, case_id)
    assert not sees(other, case_id)
    assert sees(world.coordinator, case_id)


def test_coordination_names_the_office_which_sees_and_activates(world, other):
    case_id = world.submitted()
    assess(world, case_id)
    assert world.prosecutor.viewer
    name(world, case_id, other)
    assert sees(other, case_id)
    assert not sees(world.prosecutor, case_id)
    with acting_as(other.viewer) as viewer:
        assert activate(viewer, case_id).state == "activated"


def test_another_office_takes_over_and_the_first_sees_the_case_no_longer(world, other):
    assign(world, world.prosecutor)
    case_id = world.submitted()
    assert sees(world.prosecutor, case_id)
    name(world, case_id, other)
    assert sees(other, case_id)
    assert not sees(world.prosecutor, case_id)


def test_once_activated_the_office_stays(world, other):
    assign(world, world.prosecutor)
    case_id = world.activated()
    with pytest.raises(WrongState):
        name(world, case_id, other)


@pytest.mark.parametrize("who", ["pilot", "prosecutor"])
def test_only_coordination_names_the_office(world, other, who):
    assign(world, world.prosecutor)
    case_id = world.submitted()
    with acting_as(getattr(world, who).viewer) as viewer, pytest.raises(NotAllowed):
        name_prosecutor(viewer, case_id, office=other.accession_id)


def test_only_an_office_of_the_cell_is_named(world, other, elsewhere):
    case_id = world.submitted()
    for wrong in (world.gendarme, elsewhere.prosecutor):
        with pytest.raises(Invalid):
            name(world, case_id, wrong)


def test_a_case_that_somebody_changed_meanwhile_is_not_given_away(world, other):
    case_id = world.submitted()
    assess(world, case_id)
    with pytest.raises(Conflict):
        name(world, case_id, other, version=1)


def test_naming_is_told_recorded_and_in_the_history(world, other):
    case_id = world.submitted()
    account = other.person.account_id
    name(world, case_id, other)
    told = OutboxItem.objects.using("worker").filter(recipient=account, kind="prosecutor.named")
    assert set(told.values_list("channel", flat=True)) == {"inbox", "email"}
    page = world.coordinator.browser.get(f"/dossiers/{case_id}/")
    assert "Parquet désigné" in page.text
    with admin(database_name()) as connection:
        rows = connection.execute("SELECT kind FROM audit_entry WHERE case_id = %s", [case_id])
        assert ("referral.prosecutor_named",) in rows.fetchall()


@pytest.mark.parametrize("who", ["pilot", "prosecutor", "gendarme", "cell_admin"])
def test_nobody_else_moves_a_case_past_the_pages(world, other, who):
    assign(world, world.prosecutor)
    case_id = world.activated() if who == "gendarme" else world.submitted()
    if who == "gendarme":
        world.shared(case_id, world.gendarme)
    with injected(getattr(world, who)) as connection:
        answer = refusal(
            connection,
            f"UPDATE referrals_case SET prosecutor_unit = {other.accession.unit_id}"
            f" WHERE id = '{case_id}'",
        )
    assert answer in ("42501", "no row"), answer


def test_coordination_names_nothing_but_an_office_past_the_pages(world, other):
    case_id = world.submitted()
    with injected(world.coordinator) as connection:
        statement = "UPDATE referrals_case SET prosecutor_unit = %s WHERE id = %s"
        gendarmerie = world.gendarme.accession.unit_id
        assert refusal(connection, statement, gendarmerie, case_id) == "42501"
        assert refusal(connection, statement, other.accession.unit_id, case_id) == "1 rows"


# The rules of the cell.


def test_serious_referrals_only_go_to_the_prosecutor_when_the_cell_says_so(world):
    with_rules(world, reporting=Reporting.SERIOUS)
    mild, grave, danger = world.submitted(), world.submitted(), world.submitted(danger=True)
    assert not sees(world.prosecutor, mild)
    assert sees(world.prosecutor, danger)
    assess(world, mild, gravity=1)
    assess(world, grave, gravity=2)
    assert not sees(world.prosecutor, mild)
    assert sees(world.prosecutor, grave)


def test_referrals_go_to_the_prosecutor_once_assessed_when_the_cell_says_so(world):
    with_rules(world, reporting=Reporting.ASSESSED)
    case_id = world.submitted()
    assert not sees(world.prosecutor, case_id)
    assess(world, case_id, gravity=0)
    assert sees(world.prosecutor, case_id)


def test_a_delegate_activates_unless_the_cell_keeps_it_to_the_prosecutor(world):
    delegate = Seated(world.prosecutor.accession, "prosecutor_delegate")
    first, second = world.qualified(), world.qualified()
    with acting_as(delegate.viewer) as viewer:
        activate(viewer, first)
    with_rules(world, activation=Activation.PROSECUTOR)
    with acting_as(delegate.viewer) as viewer, pytest.raises(NotAllowed):
        activate(viewer, second)
    with injected(delegate) as connection:
        statement = "UPDATE referrals_case SET state = 'activated' WHERE id = %s"
        assert refusal(connection, statement, second) == "42501"
    page = delegate.browser.get(f"/dossiers/{second}/")
    assert "Activer la cellule" not in page.text
    with acting_as(world.prosecutor.viewer) as viewer:
        activate(viewer, second)


# What is said is true.


def page_after(world, case_id, act, body):
    answer = world.coordinator.browser.post(f"/dossiers/{case_id}/{act}/", body, follow=True)
    assert answer.status_code == 200
    return answer.text


ASSESSED = {"triage-gravity": "1", "triage-urgency": "standard"}


def test_the_prosecutor_is_said_to_be_told_only_when_somebody_was(world, other):
    assert world.prosecutor.person
    assign(world, world.prosecutor)
    assert "Le parquet est prévenu." in page_after(world, world.submitted(), "evaluer", ASSESSED)


def test_an_office_with_nobody_is_to_be_called(world):
    said = page_after(world, world.submitted(), "evaluer", ASSESSED)
    assert "Personne au parquet n&#x27;a d&#x27;accès" in said
    assert "Le parquet est prévenu." not in said


def test_without_an_office_coordination_is_asked_to_name_it(world, other):
    said = page_after(world, world.submitted(), "evaluer", ASSESSED)
    assert "Aucun parquet ne couvre cette commune" in said
    assert "Désigner le parquet" in said
    assert "Le parquet est prévenu." not in said


def test_a_cell_without_coordination_says_so_and_tells_its_administration(world):
    administrator = world.cell_admin.person.account_id
    case_id = world.submitted()
    page = world.pilot.browser.get(f"/saisines/{case_id}/recue/")
    assert "personne ne coordonne la cellule en ce moment" in page.text
    assert "L'administration de la cellule est prévenue." in page.text
    told = OutboxItem.objects.using("worker").filter(recipient=administrator, kind="cell.unheard")
    assert set(told.values_list("channel", flat=True)) == {"inbox", "email"}
    assert set(told.values_list("subject_id", flat=True)) == {None}
    assert recorded("referral.unheard", case_id=case_id) == [("done", {})]


def test_a_cell_that_lost_its_coordination_says_so(world):
    end_membership(OPERATOR, membership_id=world.coordinator.person.seat_id)
    case_id = world.submitted()
    page = world.pilot.browser.get(f"/saisines/{case_id}/recue/")
    assert "personne ne coordonne la cellule en ce moment" in page.text


def test_with_coordination_the_school_reads_that_it_arrived(world):
    a_person(world.coordinator.accession, "cell_coordinator")
    page = world.pilot.browser.get(f"/saisines/{world.submitted()}/recue/")
    assert "La cellule a reçu votre saisine" in page.text
    assert "sous 24 heures" in page.text
