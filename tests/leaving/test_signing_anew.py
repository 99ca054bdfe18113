"""An agency that has left a cell signs anew, and comes back without anybody."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import Accession, EndReason, Membership
from agencies.operator import ALIAS
from agencies.services.accede import accede
from agencies.services.end_access import end_agency
from kernel.clock import FOREVER, now
from kernel.errors import Conflict, NotFound
from kernel.models import Seat
from kernel.scope import acting_as
from tests.support.walls import injected, refusal
from tests.support.world import in_days, stale

pytestmark = pytest.mark.database

FORBIDDEN = "42501"
ANEW = "SELECT agencies.sign_anew(%s, current_date, 'x', now() + interval '9 days')"


@pytest.fixture(params=["cut", "in time"])
def gone(request, world) -> Accession:
    """An agency that has left: by an act, or because its last day has come."""
    signed = world.gendarme.accession
    assert world.gendarme.viewer
    if request.param == "cut":
        with acting_as(world.cell_admin.viewer) as viewer:
            end_agency(viewer, signed.pk, reason=EndReason.PROTOCOL, whole=True)
    else:
        from tests.support.database import admin
        from tests.support.searching import database_name

        # No trigger looks: nothing happens in the database at the moment when a day ends.
        with admin(database_name()) as connection:
            connection.execute("SET session_replication_role = replica")
            for change in (
                "UPDATE agencies_accession SET valid_from = now() - interval '3 days',"
                " valid_until = now() - interval '1 hour' WHERE id = %s",
                "UPDATE kernel_seat SET valid_until = now() - interval '1 hour' WHERE id IN"
                " (SELECT m.id FROM agencies_membership m WHERE m.accession_id = %s)",
            ):
                connection.execute(change, [signed.pk])
    return signed


def sign(world, agency_id):
    with acting_as(world.cell_admin.viewer) as viewer:
        return accede(viewer, agency_id, signatory="La colonelle", signed_on=in_days(-1))


def test_it_takes_part_again_and_nobody_comes_back_with_it(world, gone):
    again = sign(world, gone.agency_id)
    assert again.pk == gone.pk
    assert (again.signatory, again.valid_until) == ("La colonelle", FOREVER)
    assert now() - again.valid_from < timedelta(minutes=1)
    place = Membership.objects.using(ALIAS).get(pk=world.gendarme.person.seat_id)
    assert place.valid_until <= now()
    assert Seat.objects.using(ALIAS).get(pk=place.pk).valid_until <= now()
    with pytest.raises(NotFound):
        world.gendarme.person.viewer()
    with pytest.raises(Conflict):
        sign(world, gone.agency_id)


def test_the_page_of_an_agency_that_has_left_leads_there(world, gone):
    page = world.cell_admin.browser.get(reverse("agencies:cell_accession", args=[gone.pk]))
    anew = reverse("agencies:cell_accede", args=[gone.agency_id])
    assert anew in page.content.decode()
    typed = {"signatory": "La colonelle", "signed_on": in_days(-1).isoformat()}
    assert world.cell_admin.browser.post(anew, typed).status_code == 302
    page = world.cell_admin.browser.get(reverse("agencies:cell_accession", args=[gone.pk]))
    assert anew not in page.content.decode()


def test_past_the_pages_only_the_administration_of_that_cell_and_with_a_fresh_factor(
    world, elsewhere, gone
):
    for who in (world.coordinator, world.police, elsewhere.cell_admin):
        with injected(who) as connection:
            assert refusal(connection, ANEW, gone.pk) == FORBIDDEN
    with injected(world.cell_admin) as connection:
        assert refusal(connection, ANEW, world.police.accession_id) == FORBIDDEN, "takes part"
        assert refusal(connection, ANEW, gone.pk) == "1 rows"
    stale(world.cell_admin.person)
    with injected(world.cell_admin) as connection:
        assert refusal(connection, ANEW, gone.pk) == FORBIDDEN


def test_its_last_day_is_not_put_off(world, gone):
    """Its people would come back with it, on one person's word."""
    address = reverse("agencies:cell_accession", args=[gone.pk])
    assert 'name="until"' not in world.cell_admin.browser.get(address).content.decode()
    before = Accession.objects.using(ALIAS).get(pk=gone.pk).valid_until
    for typed in (in_days(9).isoformat(), ""):
        answer = world.cell_admin.browser.post(address, {"until": typed})
        assert answer.status_code == 409
        assert "faites-le adhérer de nouveau" in answer.content.decode()
    with injected(world.cell_admin) as connection:
        later = "UPDATE agencies_accession SET valid_until = now() + interval '9 days'"
        assert refusal(connection, f"{later} WHERE id = %s", gone.pk) == "no row"
        assert refusal(connection, f"{later} WHERE id = %s", world.police.accession_id) == "1 rows"
    assert Accession.objects.using(ALIAS).get(pk=gone.pk).valid_until == before
