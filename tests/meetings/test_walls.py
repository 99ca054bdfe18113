"""An injection in a page holds the runtime role and somebody's token: what it cannot forge here."""

from uuid import UUID, uuid4

import psycopg
import pytest

from kernel.clock import now
from kernel.scope import acting_as
from meetings import selectors
from meetings.services import conduct
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.models.access import Level
from tests.meetings.conftest import Ears, a_meeting, a_shared_case, opened
from tests.support.walls import injected, refusal
from tests.support.world import Seated, World, in_days

FORBIDDEN, POLICY, CHECK = "42501", "42501", "23514"


def in_session(world: World, *, level: Level = Level.CONTRIBUTE) -> UUID:
    return opened(
        world, a_meeting(world, a_shared_case(world, world.gendarme, level=level), world.gendarme)
    )


PRESENCE = (
    "INSERT INTO meetings_presence (id, cell_id, meeting_id, seat_id, display_name, agency_name,"
    " joined_at, seen_at, viewers, recheck_at) VALUES (%s, %s, %s, %s, 'Le procureur', 'Parquet',"
    " '2001-01-01', '2099-01-01', '{1}', '9999-12-31')"
)


def test_nobody_sits_under_another_name_or_time(world: World) -> None:
    meeting_id = in_session(world)
    seat = world.gendarme.viewer
    with injected(world.gendarme) as sql:
        sql.execute(PRESENCE, [uuid4(), seat.cell_id, meeting_id, seat.seat_id])
        stored = sql.execute(
            "SELECT display_name, agency_name, joined_at > now() - interval '1 minute',"
            " seen_at <= now() FROM meetings_presence"
        ).fetchone()
        assert stored == (seat.display_name, seat.agency_name, True, True)
        someone_else = world.coordinator.viewer.seat_id
        assert refusal(sql, PRESENCE, uuid4(), seat.cell_id, meeting_id, someone_else) == POLICY


def test_nobody_sits_where_they_were_not_asked(world: World, elsewhere: World) -> None:
    meeting_id = in_session(world)
    for stranger in (world.police, world.pilot, elsewhere.coordinator):
        seat = stranger.viewer
        with injected(stranger) as sql:
            refused = refusal(sql, PRESENCE, uuid4(), seat.cell_id, meeting_id, seat.seat_id)
            assert refused == POLICY


def test_whoever_reads_the_table_ends_nobodys_visit(world: World, ears: Ears) -> None:
    meeting_id = in_session(world)
    ears.of(world.coordinator).watch(f"meeting:{meeting_id}")
    with injected(world.gendarme) as sql:
        (row,) = sql.execute("SELECT id FROM meetings_presence").fetchall()
        sql.execute("SELECT * FROM meetings.leave(%s)", [row[0]])
        sql.execute("SELECT * FROM meetings.stay(%s, interval '-1 year')", [row[0]])
        assert sql.execute("SELECT left_at FROM meetings_presence").fetchall() == [(None,)]
        assert refusal(sql, "SELECT meetings.end_visit(%s)", row[0]) == FORBIDDEN
        assert refusal(sql, "UPDATE meetings_presence SET left_at = now()") == FORBIDDEN
        assert refusal(sql, "DELETE FROM meetings_presence") == FORBIDDEN


DECISION = (
    "INSERT INTO meetings_decision (id, cell_id, meeting_id, item_id, case_id, code, content,"
    " owner_unit, owner_agency, owner_name, due_on, recorded_by, recorded_name, recorded_agency,"
    " created_at, viewers, recheck_at) SELECT %s, i.cell_id, i.meeting_id, i.id, i.case_id,"
    " 'other', 'x', %s, gen_random_uuid(), 'Un autre service', now(), %s, 'Le procureur',"
    " 'Parquet', '2001-01-01', '{1}', '9999-12-31' FROM meetings_agenda_item i"
)


def test_a_decision_is_signed_by_the_seat_that_takes_it(world: World) -> None:
    in_session(world)
    seat = world.gendarme.viewer
    unit = world.gendarme.accession.unit_id
    with injected(world.gendarme) as sql:
        sql.execute(DECISION, [uuid4(), unit, seat.seat_id])
        stored = sql.execute(
            "SELECT recorded_name, recorded_agency, owner_agency, owner_name,"
            " created_at > now() - interval '1 minute' FROM meetings_decision"
        ).fetchone()
        assert stored == (
            seat.display_name,
            seat.agency_name,
            seat.agency_id,
            seat.agency_name,
            True,
        )
        somebody = world.coordinator.viewer.seat_id
        assert refusal(sql, DECISION, uuid4(), unit, somebody) == POLICY
        for stranger in (world.police, world.pilot):
            owner = stranger.accession.unit_id
            assert refusal(sql, DECISION, uuid4(), owner, seat.seat_id) == POLICY


def test_a_reader_of_the_case_takes_no_decision(world: World) -> None:
    in_session(world, level=Level.READ)
    seat = world.gendarme
    with injected(seat) as sql:
        unit = seat.accession.unit_id
        assert refusal(sql, DECISION, uuid4(), unit, seat.viewer.seat_id) == POLICY


def test_nothing_is_decided_outside_a_meeting_that_is_open(world: World) -> None:
    a_meeting(world, a_shared_case(world, world.gendarme), world.gendarme)
    seat = world.gendarme
    with injected(seat) as sql:
        unit = seat.accession.unit_id
        assert refusal(sql, DECISION, uuid4(), unit, seat.viewer.seat_id) == POLICY


INVITATION = (
    "INSERT INTO meetings_invitation (id, cell_id, meeting_id, unit_id, agency_id, agency_name,"
    " created_at, viewers, recheck_at) VALUES (%s, %s, %s, %s, gen_random_uuid(), 'Parquet',"
    " now(), '{1}', '9999-12-31')"
)


def test_an_invitation_names_the_agency_that_signed(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme, world.police)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    seat = world.coordinator.viewer
    unit = world.police.accession.unit_id
    with injected(world.coordinator) as sql:
        sql.execute(INVITATION, [uuid4(), seat.cell_id, meeting_id, unit])
        stored = sql.execute(
            "SELECT agency_id, agency_name FROM meetings_invitation WHERE unit_id = %s", [unit]
        ).fetchone()
        agency = world.police.viewer
        assert stored == (agency.agency_id, agency.agency_name)
        uninvitable = world.victim_support.accession.unit_id
        assert refusal(sql, INVITATION, uuid4(), seat.cell_id, meeting_id, uninvitable) == POLICY
    with injected(world.gendarme) as sql:
        assert refusal(sql, INVITATION, uuid4(), seat.cell_id, meeting_id, unit) == POLICY


POINT = (
    "INSERT INTO meetings_agenda_item (id, cell_id, meeting_id, case_id, case_reference, position,"
    " state, created_at, viewers, recheck_at) VALUES (%s, %s, %s, %s, 'Dossier Alba', 7, 'open',"
    " now(), '{1}', '9999-12-31')"
)


def test_a_point_has_its_own_number_and_the_reference_of_its_case(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    other = world.activated()
    cell_id = world.coordinator.viewer.cell_id
    with injected(world.coordinator) as sql:
        sql.execute(POINT, [uuid4(), cell_id, meeting_id, other])
        stored = sql.execute(
            "SELECT i.position, i.state, i.case_reference = c.reference, m.items"
            " FROM meetings_agenda_item i JOIN referrals_case c ON c.id = i.case_id"
            " JOIN meetings_meeting m ON m.id = i.meeting_id WHERE i.case_id = %s",
            [other],
        ).fetchone()
        assert stored == (2, "waiting", True, 2)


def test_nobody_writes_on_the_agenda_of_another_cell(world: World, elsewhere: World) -> None:
    meeting_id = a_meeting(world, a_shared_case(world, world.gendarme), world.gendarme)
    theirs = elsewhere.activated()
    seat = elsewhere.coordinator.viewer
    with injected(elsewhere.coordinator) as sql:
        assert refusal(sql, POINT, uuid4(), seat.cell_id, meeting_id, theirs) == POLICY
        assert refusal(sql, POINT, uuid4(), seat.cell_id, meeting_id, None) == POLICY


def test_only_coordination_and_prosecutor_move_a_meeting(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme, world.prosecutor)
    moves = "UPDATE meetings_meeting SET state = %s WHERE id = %s"
    with injected(world.gendarme) as sql:
        assert refusal(sql, moves, "open", meeting_id) == "no row"
    with injected(world.prosecutor) as sql:
        assert refusal(sql, moves, "cancelled", meeting_id) == FORBIDDEN
        assert refusal(sql, moves, "held", meeting_id) == CHECK
        assert refusal(sql, moves, "open", meeting_id) == "1 rows"


@pytest.mark.parametrize(
    "column", ["items = 9", "opened_at = now()", "starts_at = now()", "viewers = '{1}'"]
)
def test_what_the_database_keeps_is_not_written_by_pages(world: World, column: str) -> None:
    in_session(world)
    with injected(world.coordinator) as sql:
        assert refusal(sql, f"UPDATE meetings_meeting SET {column}") == FORBIDDEN


@pytest.mark.parametrize("function", ["at_table", "readers", "sync_meeting", "drift"])
def test_the_inner_functions_are_closed(world: World, function: str) -> None:
    with injected(world.coordinator) as sql:
        found = sql.execute(
            "SELECT has_function_privilege('rempart_runtime', p.oid, 'EXECUTE') FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'meetings' AND p.proname = %s",
            [function],
        ).fetchall()
        assert found == [(False,)]


def test_an_invented_token_shows_no_meeting(world: World) -> None:
    in_session(world)
    with injected(world.gendarme) as sql:
        for statement in (
            "SELECT set_config('app.token', 'invented', true)",
            "SELECT set_config('app.token', '', true)",
        ):
            sql.execute(statement)
            assert sql.execute("SELECT count(*) FROM meetings_meeting").fetchone() == (0,)


def test_the_end_of_a_meeting_leaves_no_point_open(world: World) -> None:
    meeting_id = in_session(world)
    with acting_as(world.coordinator.viewer) as viewer:
        ended = conduct.end_meeting(viewer, meeting_id)
        assert (ended.current, ended.ended_at is not None) == (0, True)
        assert not [p for p in selectors.agenda(viewer, ended) if p.is_current]
        assert ended.opened_at is not None
        assert ended.opened_at <= now()


def test_a_share_that_ends_while_a_decision_is_taken_shows_nothing_to_who_lost_it(
    world: World,
) -> None:
    # Two connections: the revocation waits for the decision, and then takes it away as well.
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    revoke = (
        "UPDATE referrals_share SET state = 'revoked' WHERE case_id = %s AND state = 'accepted'"
    )
    with injected(world.coordinator) as sql:
        with acting_as(world.coordinator.viewer) as viewer:
            record_decision(
                viewer,
                meeting_id,
                code=DecisionCode.SUPPORT,
                text="Appeler la famille",
                due_on=in_days(4),
                owner_accession=None,
            )
            sql.execute("SET LOCAL lock_timeout = '300ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                sql.execute(revoke, [case_id])
            sql.rollback()
        sql.execute("SELECT set_config('app.token', %s, false)", [_token(world.coordinator)])
        sql.execute(revoke, [case_id])
        sql.commit()
    with injected(world.gendarme) as sql:
        assert sql.execute("SELECT count(*) FROM meetings_decision").fetchone() == (0,)


def _token(seated: Seated) -> str:
    return seated.viewer.token
