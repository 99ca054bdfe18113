"""What a share says of itself is the database's word, and its gates hold on the way as well."""

from types import SimpleNamespace

import psycopg
import pytest

from agencies.services.end_membership import end_membership
from kernel.errors import NotAllowed, WrongState
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.models import Share
from referrals.models.share import RenewalReason
from referrals.sharing.services import answer
from referrals.sharing.services.renew import renew
from tests.agencies.factories import OPERATOR, a_person
from tests.referrals.test_sharing_walls import CHECKED, FORBIDDEN, NEW_SHARE
from tests.support.at_once import Acting, held
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.secrecy import secret_offer
from tests.support.walls import injected, refusal
from tests.support.world import World, in_days

pytestmark = pytest.mark.database
C = Compartment
ACCEPT = "UPDATE referrals_share SET state = 'accepted' WHERE id = '{}'"
RENEW = "SELECT referrals.renew_share('{}', now() + interval '60 days', 'follow_up', {})"


@pytest.fixture(scope="module")
def ground(database):
    """A case with people who are bound by secrecy on both sides, and the unit that gives shares."""
    world = World()
    bound = a_person(world.coordinator.accession, "cell_coordinator", bound_by_secrecy=True)
    officer = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    with admin(database_name()) as connection:
        (coordination,) = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()
    seats = [SimpleNamespace(viewer=person.viewer()) for person in (bound, officer)]
    return SimpleNamespace(
        world=world,
        case=world.activated(),
        bound=seats[0],
        officer=seats[1],
        leaves=officer.seat_id,
        coordination=coordination,
    )


def values(ground, case_id, **changes):
    """A share with the police as somebody would write it by hand."""
    return {
        "cell": ground.world.cell.pk,
        "case": case_id,
        "from": ground.coordination,
        "to": ground.world.police.accession.unit_id,
        "secrecy": None,
        "kind": "other",
        "scope": C.FACTS.mask,
        "level": 2,
        "lasts": "30 days",
        "state": "proposed",
    } | changes


def test_what_is_secret_is_accepted_and_prolonged_by_who_is_bound_by_it(ground):
    world = ground.world
    with acting_as(ground.bound.viewer) as viewer:
        share_id = secret_offer(viewer, ground.case, world.gendarme, until=in_days(10))
    with injected(world.gendarme) as connection:
        assert refusal(connection, ACCEPT.format(share_id)) == FORBIDDEN
    with pytest.raises(NotAllowed), acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)
    assert "Accepter et ouvrir" not in world.gendarme.browser.get("/partages/").text
    with acting_as(ground.officer.viewer) as viewer:
        version = answer.accept(viewer, share_id).version

    def prolonged(seat):
        with acting_as(seat.viewer) as viewer:
            return renew(viewer, share_id, until=in_days(60), reason=RenewalReason.FOLLOW_UP)

    by_hand = RENEW.format(share_id, version)
    with injected(world.coordinator) as connection:
        assert refusal(connection, by_hand) == FORBIDDEN
    with pytest.raises(NotAllowed):
        prolonged(world.coordinator)
    assert world.coordinator.browser.get(f"/partages/{share_id}/prolonger/").status_code == 403
    with injected(ground.bound) as connection:
        assert refusal(connection, by_hand) == "1 rows"
    end_membership(OPERATOR, membership_id=ground.leaves)
    with injected(ground.bound) as connection:
        assert refusal(connection, by_hand) == CHECKED
    with pytest.raises(WrongState):
        prolonged(ground.bound)


def test_who_answered_and_when_is_the_databases_word(ground):
    world = ground.world
    told = values(ground, ground.case)
    columns = "decided_by, decided_at, ended_at, refusal_reason, version, starts_at"
    with injected(world.coordinator) as connection:
        lies = NEW_SHARE.replace(" refusal_reason,", " decided_by, decided_at, ended_at,", 1)
        lies = lies.replace(
            "false, now(), now() + %(lasts)s::interval, %(state)s, '', gen_random_uuid(), now(), 1",
            "false, now() - interval '1 year', now() + %(lasts)s::interval, %(state)s,"
            " gen_random_uuid(), now(), now(), gen_random_uuid(), now(), 9",
        )
        made = connection.execute(
            f"{lies} RETURNING {columns}, starts_at = now(), id", told
        ).fetchone()
        assert made[:5] == (None, None, None, "", 1)
        assert made[6] is True
        connection.rollback()
    offer = world.proposed(ground.case, world.police)
    for column, value in [
        ("decided_by", "gen_random_uuid()"),
        ("decided_at", "'2020-01-01'"),
        ("ended_at", "'2020-01-01'"),
        ("version", "7"),
    ]:
        with injected(world.police) as connection:
            lie = ACCEPT.format(offer).replace(" WHERE", f", {column} = {value} WHERE")
            assert refusal(connection, lie) == FORBIDDEN, column
    with injected(world.police) as connection:
        said = connection.execute(
            ACCEPT.format(offer).replace(" WHERE", ", refusal_reason = 'x' WHERE")
            + " RETURNING decided_by, decided_at = now(), ended_at, version, refusal_reason"
        ).fetchone()
        connection.rollback()
    assert said == (world.police.viewer.seat_id, True, None, 2, "")
    with acting_as(world.coordinator.viewer) as viewer:
        ended = answer.revoke(viewer, offer)
    assert (ended.decided_by, ended.version, ended.ended_at is None) == (None, 2, False)


def test_a_case_that_is_over_is_neither_offered_nor_opened(ground):
    world = ground.world
    case_id = world.activated()
    world.closed(case_id)
    with injected(world.coordinator) as connection:
        assert refusal_of_new(connection, values(ground, case_id)) == CHECKED
        assert refusal_of_new(connection, values(ground, ground.case)) == "1 rows"
    offer = world.proposed(ground.case, world.police)
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE referrals_share SET case_id = %s WHERE id = %s", [case_id, offer]
        )
    with injected(world.police) as connection:
        assert refusal(connection, ACCEPT.format(offer)) == CHECKED


def refusal_of_new(connection, told):
    with connection.cursor() as cursor:
        try:
            cursor.execute(NEW_SHARE, told)
        except psycopg.Error as error:
            return error.sqlstate
        finally:
            connection.rollback()
    return "1 rows"


@pytest.mark.parametrize("order", ["acts_frozen_at = now()", f"closed_scope = {C.FACTS.mask}"])
def test_an_order_that_is_being_given_is_waited_for(ground, order):
    """Accepted or offered by SQL while the prosecutor's order is not committed yet: refused."""
    world = ground.world
    case_id = world.activated()
    offer = world.proposed(case_id, world.police)

    def accepting():
        with injected(world.police) as connection:
            return refusal(connection, ACCEPT.format(offer))

    def offering():
        with injected(world.coordinator) as connection:
            return refusal_of_new(connection, values(ground, case_id, scope=C.FACTS.mask))

    with injected(world.prosecutor) as prosecutor, held("SELECT 1") as until_waiting:
        prosecutor.execute(f"UPDATE referrals_case SET {order} WHERE id = %s", [case_id])
        acting = [Acting(act) for act in (accepting, offering)]
        until_waiting(2)
        prosecutor.commit()
        assert [one.done() for one in acting] == [CHECKED, CHECKED]


def test_orders_are_told_to_who_may_still_open_and_to_nobody_else(ground):
    """Whoever merely receives, or received once, does not learn of orders by asking."""
    world = ground.world
    case_id = world.activated()
    running = world.shared(case_id, world.gendarme)
    offer = world.proposed(case_id, world.police)
    ended = world.shared(case_id, world.victim_support)
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, ended)
    with injected(world.prosecutor) as connection:
        connection.execute(
            "UPDATE referrals_case SET closed_scope = %s WHERE id = %s", [C.FACTS.mask, case_id]
        )
        connection.commit()
    for seat, share, told in [
        (world.gendarme, running, None),
        (world.coordinator, running, "closed"),
        (world.police, offer, "closed"),
        (world.coordinator, offer, "closed"),
        (world.victim_support, ended, None),
        (world.coordinator, ended, None),
    ]:
        with injected(seat) as connection:
            asked = connection.execute("SELECT referrals.share_held(%s)", [share])
            assert asked.fetchone() == (told,), (seat.roles, share)
    with acting_as(world.coordinator.viewer):
        assert Share.objects.get(pk=ended).state == "revoked"
