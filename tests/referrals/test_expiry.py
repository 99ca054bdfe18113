"""A share ends at its moment: no worker has to come by, and nothing older stays open with it."""

from uuid import UUID

import pytest

from kernel.errors import NotFound, WrongState
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file, case_list
from referrals.casefile.services.reveal import reveal
from referrals.compartments import Compartment
from referrals.sharing.services import answer
from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.server import wait_for
from tests.support.walls import injected
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
C = Compartment


def offered_for(
    world: World, case_id: UUID, seconds: float, *parts: Compartment, **options: object
) -> UUID:
    """A share that ends within seconds: proposed as usual, its end set by an administrator."""
    share_id = world.proposed(case_id, world.gendarme, *parts, **options)
    with admin(database_name()) as connection:
        connection.execute("ALTER TABLE referrals_share DISABLE TRIGGER a_steady")
        connection.execute(
            "UPDATE referrals_share SET expires_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s",
            [seconds, share_id],
        )
        connection.execute("ALTER TABLE referrals_share ENABLE TRIGGER a_steady")
    return share_id


def sees(seat: Seated, case_id) -> set[str] | None:
    with acting_as(seat.viewer) as viewer:
        try:
            opened = case_file(viewer, case_id)
        except NotFound:
            return None
        identities = {f"identity_{party.role.split('_')[0]}" for party in opened.parties}
        parts = {part.code for part in opened.compartments}
        assert set(opened.contents) | identities <= parts
        return parts


def test_a_share_is_open_until_its_moment_and_shut_after_it(world):
    case_id = world.activated()
    share_id = offered_for(world, case_id, 1.5, C.FACTS, C.IDENTITY_PRESUMED)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)
        party = case_file(viewer, case_id).parties[0].id
    assert sees(world.gendarme, case_id) == {"facts", "identity_presumed"}
    wait_for(lambda: sees(world.gendarme, case_id) is None, within=6, what="the share has ended")

    with acting_as(world.gendarme.viewer) as viewer:
        assert case_list(viewer).cases == []
        with pytest.raises(NotFound):
            reveal(viewer, party)
    with injected(world.gendarme) as connection:
        for table in ("case", "case_key", "compartment", "party", "milestone", "case_access"):
            statement = f"SELECT count(*) FROM referrals_{table}"
            if table == "case_access":
                statement += " WHERE valid_until > now()"
            assert connection.execute(statement).fetchone() == (0,), table
        # What keeps the rows still names the unit: no worker has been here.
    with admin(database_name()) as connection:
        (viewers,) = connection.execute(
            "SELECT viewers FROM referrals_case WHERE id = %s", [case_id]
        ).fetchone()
        assert world.gendarme.accession.unit_id in viewers
    assert sees(world.coordinator, case_id) is not None


def test_the_end_of_one_share_leaves_the_other_open_and_nothing_more(world):
    case_id = world.activated()
    short = offered_for(world, case_id, 1.5, C.FACTS)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, short)
    world.shared(case_id, world.gendarme, C.IDENTITY_PRESUMED)
    assert sees(world.gendarme, case_id) == {"facts", "identity_presumed"}
    wait_for(
        lambda: sees(world.gendarme, case_id) == {"identity_presumed"},
        within=6,
        what="only the longer share is left",
    )


def test_a_proposal_that_has_expired_is_not_accepted(world):
    case_id = world.activated()
    share_id = offered_for(world, case_id, 0, C.FACTS)
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(WrongState):
        answer.accept(viewer, share_id)
    with injected(world.gendarme) as connection, pytest.raises(Exception, match="expired"):
        connection.execute(f"UPDATE referrals_share SET state = 'accepted' WHERE id = '{share_id}'")
    assert sees(world.gendarme, case_id) is None


def test_the_sweeper_only_tidies(world):
    case_id = world.activated()
    share_id = offered_for(world, case_id, 1, C.FACTS)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)
    wait_for(lambda: sees(world.gendarme, case_id) is None, within=6, what="the share has ended")
    with as_role("worker") as connection:
        assert connection.execute("SELECT referrals.sweep(10)").fetchone()[0] >= 1
        connection.commit()
    with injected(world.coordinator) as connection:
        state = "SELECT state, ended_at IS NOT NULL FROM referrals_share WHERE id = %s"
        assert connection.execute(state, [share_id]).fetchone() == ("expired", True)
    assert sees(world.gendarme, case_id) is None
    with as_role("worker") as connection:
        assert connection.execute("SELECT count(*) FROM referrals.drift()").fetchone() == (0,)
