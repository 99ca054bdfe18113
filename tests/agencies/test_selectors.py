"""What a viewer may know of the people and agencies around them."""

from datetime import timedelta

import pytest

from agencies import selectors
from agencies.models import Accession, School
from agencies.operator import ALIAS
from agencies.services.end_membership import end_membership
from kernel.clock import now
from kernel.scope import acting_as
from tests.agencies.factories import (
    OPERATOR,
    a_cell,
    a_person,
    a_school,
    an_accession,
    an_agency,
)


def accession_of(person):
    return Accession.objects.using(ALIAS).get(pk=person.memberships[0].accession_id)


@pytest.fixture
def other():
    """Somebody who coordinates another cell."""
    return a_person(an_accession(a_cell(), kind="dsden"), "cell_coordinator")


def test_a_pilot_speaks_for_the_school_of_the_seat(pilot, other):
    with acting_as(pilot.viewer()) as viewer:
        assert [s.pk for s in selectors.schools_of(viewer)] == [viewer.agency_id]


def test_a_coordinator_for_every_school_of_the_cell(cell, pilot, coordinator):
    second = a_person(an_accession(cell, kind="school"), "school_pilot")
    schools = {p.memberships[0].agency_id for p in (pilot, second)}
    with acting_as(coordinator.viewer()) as viewer:
        assert {school.pk for school in selectors.schools_of(viewer)} == schools


def test_an_inspector_for_the_primary_schools_of_the_district(cell):
    district = an_accession(cell, kind="school_district")
    inspector = a_person(district, "school_pilot")
    mine = a_school(education_level="primary", school_type="primary", district=district.agency)
    a_school(education_level="primary", school_type="primary")
    with acting_as(inspector.viewer()) as viewer:
        assert [school.pk for school in selectors.schools_of(viewer)] == [mine.pk]


def test_a_partner_for_none(gendarme):
    with acting_as(gendarme.viewer()) as viewer:
        assert not selectors.schools_of(viewer).exists()


def test_a_closed_school_is_no_longer_offered(pilot):
    school = School.objects.using(ALIAS).get(pk=pilot.memberships[0].agency_id)
    school.agency.is_open = False
    school.agency.save(using=ALIAS, update_fields=["is_open"])
    with acting_as(pilot.viewer()) as viewer:
        assert not selectors.schools_of(viewer).exists()
        assert selectors.school(school.pk) is not None


def test_agencies_and_people_are_those_of_the_cell_today(cell, coordinator, gendarme, other):
    left = a_person(an_accession(cell, kind="police"))
    end_membership(OPERATOR, membership_id=left.seat_id)
    gone = an_accession(cell, kind="health")
    Accession.objects.using(ALIAS).filter(pk=gone.pk).update(
        valid_from=now() - timedelta(days=2), valid_until=now() - timedelta(days=1)
    )
    with acting_as(coordinator.viewer()) as viewer:
        kinds = set(selectors.agencies_of_cell(viewer).values_list("kind", flat=True))
        assert kinds == {"dsden", "gendarmerie", "police"}
        assert set(selectors.agencies_of_cell(viewer, "police").values_list("kind", flat=True)) == {
            "police"
        }
        people = set(selectors.people_of_cell(viewer).values_list("account_id", flat=True))
        assert people == {coordinator.account_id, gendarme.account_id}
        assert selectors.accession_of(cell.pk, gone.agency_id) is None
        assert selectors.cell_of(viewer).pk == cell.pk
        assert selectors.coordination_unit(cell.pk) == cell.coordination_unit_id


def test_cases_are_shared_with_partners_not_with_schools_nor_oneself(
    cell, coordinator, pilot, gendarme
):
    with acting_as(coordinator.viewer()) as viewer:
        kinds = [a.agency.kind for a in selectors.partners_to_share_with(viewer)]
    assert kinds == ["gendarmerie"]


def test_a_name_outlives_the_place_and_stays_in_the_cell(coordinator, gendarme, other):
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    name = gendarme.memberships[0].display_name
    wanted = [gendarme.account_id, other.account_id]
    with acting_as(coordinator.viewer()) as viewer:
        assert selectors.names_of(viewer, wanted) == {gendarme.account_id: name}


def test_the_people_of_an_agency_are_those_who_work_on_cases(cell, coordinator, gendarme):
    accession = accession_of(gendarme)
    a_person(accession, "auditor")
    with acting_as(coordinator.viewer()) as viewer:
        people = selectors.people_of_agency(viewer, accession.agency_id)
        assert [person.account_id for person in people] == [gendarme.account_id]


def test_lists_take_one_question_each(cell, coordinator, django_assert_num_queries):
    for _ in range(5):
        a_person(an_accession(cell, an_agency("police")))
    with acting_as(coordinator.viewer()) as viewer:
        with django_assert_num_queries(1):
            assert [p.agency.name for p in selectors.people_of_cell(viewer)]
        with django_assert_num_queries(1):
            assert [a.agency.name for a in selectors.accessions_of(viewer)]
