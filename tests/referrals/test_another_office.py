"""A prosecutor's office that was merely shown that a case exists is told of nobody else."""

import pytest
from django.urls import reverse

from kernel.errors import NotAllowed, NotFound
from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.intake.services.activate import activate
from referrals.models.access import Level
from referrals.models.history import MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing import grants
from referrals.sharing.audience import audience_of
from referrals.sharing.explaining import explain
from referrals.sharing.services.answer import accept
from referrals.sharing.services.propose import propose
from tests.support.walls import without_row_security
from tests.support.world import World, in_days

JSON = "application/json"


@pytest.fixture
def known_elsewhere(world: World):
    """A case of one office, shared with a brigade; another office knows that it exists."""
    case_id = world.activated()
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    elsewhere = world._seat("prosecutor", "prosecutor")
    with acting_as(world.coordinator.viewer) as viewer:
        share = propose(
            viewer,
            case_id,
            to_accession=elsewhere.accession_id,
            compartments=(),
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        )
    with acting_as(elsewhere.viewer) as viewer:
        accept(viewer, share.pk)
    return case_id, elsewhere


def test_the_office_of_the_case_is_told_of_everybody_and_another_of_itself(world, known_elsewhere):
    case_id, elsewhere = known_elsewhere
    brigade = world.gendarme.viewer.agency_name
    with acting_as(world.prosecutor.viewer) as viewer:
        told = audience_of(viewer, case_id)
        assert told.whole
        assert brigade in {reader.seat.agency_name for reader in told.readers}
    with acting_as(elsewhere.viewer) as viewer:
        told = audience_of(viewer, case_id)
        assert not told.whole
        own = {reader.seat.agency_name for reader in told.readers}
        assert own <= {elsewhere.viewer.agency_name}
        assert {way.agency_name for way in grants.grants_on(case_id)} == own
    page = elsewhere.browser.get(reverse("referrals:who_sees", args=[case_id])).text
    assert brigade not in page


def test_another_office_asks_about_itself_alone(world, known_elsewhere):
    case_id, elsewhere = known_elsewhere
    with acting_as(elsewhere.viewer) as viewer, pytest.raises(NotFound):
        explain(viewer, case_id, world.gendarme.viewer.seat_id)
    page = elsewhere.browser.get(reverse("referrals:why", args=[case_id])).text
    assert world.gendarme.viewer.agency_name not in page


def test_which_parts_are_closed_is_told_to_the_cell_and_to_nobody_else(world, known_elsewhere):
    case_id, _elsewhere = known_elsewhere
    for seat, told in ((world.prosecutor, []), (world.gendarme, None), (world.pilot, None)):
        shown = seat.browser.get(f"/api/v1/referrals/{case_id}/").json()
        assert shown["closed_compartments"] == told, seat
        assert "closed" not in shown["orders"]


def test_orders_that_leave_out_the_closed_parts_are_refused(world, known_elsewhere):
    case_id, _elsewhere = known_elsewhere
    answer = world.prosecutor.browser.post(
        f"/api/v1/referrals/{case_id}/orders/",
        {"freeze_acts": True, "pause_interviews": False, "version": 1},
        content_type=JSON,
    )
    assert answer.status_code == 422
    assert "closed" in answer.json()["error"]["fields"]


def test_an_office_that_merely_reads_a_case_does_not_conduct_it(world):
    """Neither page nor explanation says that it may, and with row security off it still may not."""
    case_id = world.qualified()
    elsewhere = world._seat("prosecutor", "prosecutor")
    world.shared(case_id, elsewhere, Compartment.FACTS, level=Level.CONTRIBUTE)
    with acting_as(elsewhere.viewer) as viewer:
        own = {act.code: act.rule for act in explain(viewer, case_id).acts if not act.allowed}
    assert own["step_activate"] == own["measure"] == own["orders"] == "office"
    page = elsewhere.browser.get(reverse("referrals:case", args=[case_id])).text
    assert reverse("referrals:activate", args=[case_id]) not in page
    page = world.prosecutor.browser.get(reverse("referrals:case", args=[case_id])).text
    assert reverse("referrals:activate", args=[case_id]) in page
    with without_row_security():
        with acting_as(elsewhere.viewer) as viewer, pytest.raises(NotAllowed):
            activate(viewer, case_id)
        with acting_as(world.prosecutor.viewer) as viewer:
            activate(viewer, case_id)
        with acting_as(elsewhere.viewer) as viewer, pytest.raises(NotAllowed):
            add_measure(
                viewer,
                case_id,
                kind=MeasureKind.SUPERVISION,
                owner_accession=world.pilot.accession_id,
                due_on=in_days(3),
            )
