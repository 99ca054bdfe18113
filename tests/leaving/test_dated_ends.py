"""A day to come on which an agency leaves: the cell keeps somebody who coordinates it."""

import pytest
from django.urls import reverse

from agencies.models import Accession
from agencies.operator import ALIAS
from agencies.services.accede import end_accession_on, end_of
from kernel.clock import FOREVER
from kernel.errors import Conflict, Invalid
from kernel.scope import acting_as
from tests.agencies.factories import a_person, an_accession
from tests.support.at_once import Acting, held
from tests.support.walls import injected, refusal
from tests.support.world import Seated, in_days

pytestmark = pytest.mark.database

CHECKED = "23514"
END = "UPDATE agencies_accession SET valid_until = now() + make_interval(days => %s) WHERE id = %s"
SENTENCE = "Avec cet organisme partirait la dernière personne qui coordonne durablement la cellule."


@pytest.fixture
def admin_elsewhere(world):
    """Administers the cell from another agency than the one that coordinates it."""
    assert world.coordinator.viewer
    return Seated(an_accession(world.cell, kind="rectorate"), "cell_admin")


def end(by, accession, days):
    with acting_as(by.viewer) as viewer:
        return end_accession_on(viewer, accession.pk, until=in_days(days))


def end_by_sql(by, accession, days):
    with injected(by) as connection:
        return refusal(connection, END, days, accession.pk)


def test_the_agency_of_the_last_coordinator_is_given_no_last_day(world, admin_elsewhere):
    dsden = world.coordinator.accession
    with pytest.raises(Invalid) as refused:
        end(admin_elsewhere, dsden, 30)
    assert str(refused.value.fields["until"][0]).startswith(SENTENCE)
    assert end_by_sql(admin_elsewhere, dsden, 30) == CHECKED
    page = reverse("agencies:cell_accession", args=[dsden.pk])
    answer = admin_elsewhere.browser.post(page, {"until": in_days(30).isoformat()})
    assert answer.status_code == 422
    assert SENTENCE in answer.content.decode()
    assert in_days(30).isoformat() in answer.content.decode()
    assert end_by_sql(admin_elsewhere, world.gendarme.accession, 30) == "1 rows"


def test_a_colleague_elsewhere_must_be_there_as_long(world, admin_elsewhere):
    """Somebody whose own agency leaves earlier does not keep the role in the cell."""
    dsden, other = world.coordinator.accession, an_accession(world.cell, kind="department")
    assert a_person(other, "cell_coordinator")
    assert end_by_sql(admin_elsewhere, dsden, 30) == "1 rows"
    assert end(admin_elsewhere, other, 20).valid_until == end_of(in_days(20))
    for days in (10, 30):
        with pytest.raises(Invalid):
            end(admin_elsewhere, dsden, days)
        assert end_by_sql(admin_elsewhere, dsden, days) == CHECKED
    Accession.objects.using(ALIAS).filter(pk=other.pk).update(valid_until=FOREVER)
    assert end(admin_elsewhere, dsden, 10).valid_until == end_of(in_days(10))
    with pytest.raises(Invalid):
        end(admin_elsewhere, other, 5)
    assert end_by_sql(admin_elsewhere, other, 5) == CHECKED


def test_of_two_last_days_given_at_the_same_moment_one_is_refused(world, admin_elsewhere):
    """Each would have left the other: the database looks at one after the other."""
    other = an_accession(world.cell, kind="department")
    assert a_person(other, "cell_coordinator")
    second = Seated(an_accession(world.cell, kind="region"), "cell_admin")
    assert second.viewer
    assert admin_elsewhere.viewer
    lock = "SELECT pg_advisory_xact_lock(7310008, %s)"
    with held(lock, world.cell.pk) as until_waiting:
        both = [
            Acting(lambda: end(admin_elsewhere, world.coordinator.accession, 10)),
            Acting(lambda: end(second, other, 10)),
        ]
        until_waiting(2)
    answers = [one.done() for one in both]
    assert {type(answer) for answer in answers} == {Accession, Conflict}
