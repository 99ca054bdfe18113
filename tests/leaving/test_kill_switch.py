"""The kill switch, with real sockets: all sessions and sockets of a school die in 5 s."""

import time
from collections.abc import Iterator

import pytest

from agencies.models import EndReason
from agencies.services.end_access import end_agency, end_person
from agencies.services.make_token import make_token
from kernel.models import ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import a_browser, a_person
from tests.support.ear import Ear
from tests.support.server import Server, web_server
from tests.support.world import browser_of

ENDED = 4403


@pytest.fixture(scope="module")
def server(database) -> Iterator[Server]:
    with web_server() as running:
        yield running


def ear_of(server: Server, browser) -> Ear:
    return Ear(server, browser.cookies["rempart"].value)


@pytest.mark.parametrize("whole", [False, True], ids=["people", "accession"])
def test_every_session_and_socket_of_a_school_is_dead_within_five_seconds(
    world, server, whole, record_property
):
    people = [a_person(world.pilot.accession, "school_pilot") for _ in range(4)]
    browsers = [browser_of(person) for person in people for _device in range(2)]
    ears = [ear_of(server, browser) for browser in browsers]
    for ear in ears:
        assert ear.listen(0.2) == []
        assert ear.closed_with is None

    began = time.monotonic()
    with acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, world.pilot.accession_id, reason=EndReason.COMPROMISED, whole=whole)
    in_sql = time.monotonic() - began
    accounts = [person.account_id for person in people]
    assert not ScopeSession.objects.using("signin").filter(account_id__in=accounts).exists()
    assert {browser.get("/").status_code for browser in browsers} == {302}
    codes = [ear.until_closed(within=5) for ear in ears]
    took = time.monotonic() - began
    assert set(codes) == {ENDED}
    assert took <= 5
    record_property("kill switch", f"{len(ears)} sockets: SQL {in_sql:.3f} s, last {took:.3f} s")
    print(f"\nkill switch ({len(ears)} sockets): SQL {in_sql:.3f} s, last socket {took:.3f} s")  # noqa: T201  a figure


@pytest.mark.parametrize("whole", [False, True], ids=["people", "accession"])
def test_the_tokens_of_an_agency_are_dead_when_its_access_has_ended(world, whole):
    with acting_as(world.gendarme_lead.viewer) as viewer:
        made = make_token(
            viewer,
            accession_id=world.gendarme.accession_id,
            called="Main courante",
            may=["cases.read"],
            days=30,
        )
    bearer = {"Authorization": f"Bearer {made.secret}"}
    assert a_browser().get("/api/v1/referrals/", headers=bearer).status_code == 200
    with acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, world.gendarme.accession_id, reason=EndReason.COMPROMISED, whole=whole)
    assert a_browser().get("/api/v1/referrals/", headers=bearer).status_code == 401


def test_the_sockets_of_another_school_stay_open(world, server):
    ear = ear_of(server, world.other_pilot.browser)
    assert ear.listen(0.2) == []
    assert world.pilot.viewer
    with acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, world.pilot.accession_id, reason=EndReason.COMPROMISED, whole=False)
    ear.listen(3)
    assert ear.closed_with is None
    ear.close()


def test_one_persons_sockets_close_with_their_access(world, server):
    ear = ear_of(server, world.gendarme.browser)
    assert ear.listen(0.2) == []
    with acting_as(world.cell_admin.viewer) as viewer:
        end_person(viewer, world.gendarme.person.seat_id, reason=EndReason.LEFT)
    assert ear.until_closed(within=5) == ENDED


def test_coordination_hears_on_the_open_page_that_a_share_has_ended(world, server):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    ear = ear_of(server, world.coordinator.browser)
    seq = ear.watch(f"case:{case_id}")
    with acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, world.gendarme.accession_id, reason=EndReason.PROTOCOL, whole=True)
    assert ear.event(seq + 1, within=5)["kind"] == "changed"
    ear.close()
