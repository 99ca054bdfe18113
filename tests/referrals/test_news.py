"""The news on the home page name the case that they are about, while the person may see it."""

from uuid import UUID

from django.urls import reverse

from kernel.outbox.relay import drain
from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.models import Case
from referrals.models.history import MeasureKind
from referrals.sharing.services.answer import revoke
from tests.support.world import Seated, World, in_days


def home_of(seat: Seated) -> str:
    """The home page as this person gets it."""
    answer = seat.browser.get(reverse("home"))
    assert answer.status_code == 200
    return str(answer.text)


def reference_of(world: World, case_id: UUID) -> str:
    with acting_as(world.coordinator.viewer):
        return Case.objects.get(pk=case_id).reference


def test_news_name_the_case_until_the_share_ends(world: World) -> None:
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme, Compartment.FACTS)
    with acting_as(world.coordinator.viewer) as viewer:
        add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.gendarme.accession_id,
            due_on=in_days(7),
        )
    drain()
    reference = reference_of(world, case_id)
    told = "Une mesure est confiée à votre service."
    assert told in home_of(world.gendarme)
    assert f"Ouvrir {reference}</a>" in home_of(world.gendarme)
    assert f"Ouvrir {reference}</a>" in home_of(world.coordinator)
    with acting_as(world.coordinator.viewer) as viewer:
        revoke(viewer, share_id)
    assert told in home_of(world.gendarme)
    assert reference not in home_of(world.gendarme)
