"""An accession's end put off prolongs nobody to whom two people give a role."""

import pytest
from django.urls import reverse

from agencies.models import Accession, Membership
from agencies.operator import ALIAS
from agencies.services.accede import end_accession_on, end_of
from kernel.clock import FOREVER
from kernel.errors import Invalid
from kernel.scope import acting_as
from tests.agencies.factories import an_accession
from tests.support.walls import injected, refusal
from tests.support.world import Seated, in_days

pytestmark = pytest.mark.database

LATER = "UPDATE agencies_accession SET valid_until = valid_until + interval '9 days' WHERE id = %s"
SOONER = "UPDATE agencies_accession SET valid_until = valid_until - interval '1 day' WHERE id = %s"


def lasting(world, role: str, kind: str = "gendarmerie") -> tuple[Accession, Seated]:
    """An agency that leaves in ten days, with somebody whose own place has no end."""
    signed = an_accession(world.cell, kind=kind)
    seat = Seated(signed, role)
    assert seat.viewer
    assert world.cell_admin.viewer
    Accession.objects.using(ALIAS).filter(pk=signed.pk).update(valid_until=end_of(in_days(10)))
    return signed, seat


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("gendarmerie", "agency_partner"),
        ("dsden", "departmental_officer"),
        ("prosecutor", "prosecutor"),
        ("school", "school_head"),
        ("gendarmerie", "auditor"),
    ],
)
@pytest.mark.parametrize("until", [in_days(20), None])
def test_no_later_end_while_it_would_prolong_what_two_people_give(world, kind, role, until):
    signed, seat = lasting(world, role, kind)
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid) as refused:
        end_accession_on(viewer, signed.pk, until=until)
    assert "une seconde personne la confirmera" in str(refused.value.fields["until"][0])
    with injected(world.cell_admin) as connection:
        assert refusal(connection, LATER, signed.pk) == "23514"
        assert refusal(connection, SOONER, signed.pk) == "1 rows"
    places = Membership.objects.using(ALIAS).filter(pk=seat.person.seat_id)
    places.update(valid_until=end_of(in_days(10)))
    with injected(world.cell_admin) as connection:
        assert refusal(connection, LATER, signed.pk) == "1 rows"
    with acting_as(world.cell_admin.viewer) as viewer:
        moved = end_accession_on(viewer, signed.pk, until=until)
    assert moved.valid_until == (FOREVER if until is None else end_of(until))


def test_staff_who_open_no_case_stay_on_one_persons_word(world):
    signed, _ = lasting(world, "school_reporter", "school")
    with injected(world.cell_admin) as connection:
        assert refusal(connection, LATER, signed.pk) == "1 rows"
    with acting_as(world.cell_admin.viewer) as viewer:
        assert end_accession_on(viewer, signed.pk, until=None).valid_until == FOREVER


def test_the_page_says_what_comes_first_and_keeps_what_was_typed(world):
    signed, _ = lasting(world, "agency_partner")
    page = reverse("agencies:cell_accession", args=[signed.pk])
    typed = in_days(30).isoformat()
    answer = world.cell_admin.browser.post(page, {"until": typed})
    assert answer.status_code == 422
    assert "la fin de ces rôles" in answer.content.decode()
    assert typed in answer.content.decode()
