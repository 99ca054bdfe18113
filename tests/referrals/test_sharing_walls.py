"""The database alone: what an injection in somebody's page could not do, however it is written."""

import secrets
from types import SimpleNamespace

import psycopg
import pytest

from kernel.http.sessions import token_hash
from referrals.compartments import Compartment, scope_of
from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import World

pytestmark = pytest.mark.database

FORBIDDEN, CHECKED, NOTHING = "42501", "23514", "no row"
C = Compartment
NEW_SHARE = (
    "INSERT INTO referrals_share (id, cell_id, case_id, from_unit, to_unit, to_secrecy_unit,"
    " to_agency_id, to_agency_kind, to_agency_name, purpose, legal_basis, scope, level,"
    " include_future, starts_at, expires_at, state, refusal_reason, proposed_by, proposed_at,"
    " version) SELECT gen_random_uuid(), %(cell)s, %(case)s, %(from)s, %(to)s, %(secrecy)s,"
    " gen_random_uuid(), %(kind)s, 'Un service', 'protection', 'protocol', %(scope)s, %(level)s,"
    " false, now(), now() + %(lasts)s::interval, %(state)s, '', gen_random_uuid(), now(), 1"
)


@pytest.fixture(scope="module")
def ground(database):
    """A case that the gendarmerie has a part of and the police nothing; nobody changes it."""
    world = World()
    case_id = world.activated()
    running = world.shared(case_id, world.gendarme, C.FACTS, C.IDENTITY_PRESUMED)
    offer = world.proposed(case_id, world.police)
    with admin(database_name()) as connection:
        (coordination,) = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()
    return SimpleNamespace(
        world=world, case=case_id, running=running, offer=offer, coordination=coordination
    )


def seat(ground, who):
    return ground.world.everybody()[who]


def rows(ground, who, statement):
    with injected(seat(ground, who)) as connection:
        return connection.execute(statement, {"case": ground.case}).fetchall()


@pytest.mark.parametrize(
    ("who", "parts", "parties"),
    [
        ("gendarme", [3], [1]),
        ("pilot", [3, 4], [0, 1, 2]),
        ("coordinator", [3, 4], [0, 1, 2]),
        ("prosecutor", [3, 4], [0, 1, 2]),
        ("police", [], []),
        ("other_pilot", [], []),
        ("victim_support", [], []),
        ("prefecture", [], []),
        ("auditor", [], []),
        ("cell_admin", [], []),
    ],
)
def test_a_select_finds_the_shared_parts_and_no_other(ground, who, parts, parties):
    """Without a condition: whatever the cell has, only these rows exist."""
    found = rows(ground, who, "SELECT bit FROM referrals_compartment ORDER BY bit")
    assert [bit for (bit,) in found] == parts
    found = rows(ground, who, "SELECT DISTINCT bit FROM referrals_party ORDER BY bit")
    assert [bit for (bit,) in found] == parties
    seen = bool(parts)
    for table in ("referrals_case", "referrals_case_key"):
        assert bool(rows(ground, who, f"SELECT 1 FROM {table}")) == seen, table


ATTACKS = [
    # Widening what one sees.
    ("gendarme", "UPDATE referrals_case SET viewers = viewers || 1", FORBIDDEN),
    ("gendarme", "UPDATE referrals_compartment SET viewers = viewers || 1", FORBIDDEN),
    ("gendarme", "UPDATE referrals_party SET bit = 1", FORBIDDEN),
    ("gendarme", "UPDATE referrals_case SET recheck_at = '9999-12-31'", FORBIDDEN),
    ("gendarme", "UPDATE referrals_share SET expires_at = '9999-12-31'", FORBIDDEN),
    ("gendarme", "UPDATE referrals_share SET scope = 4095", FORBIDDEN),
    ("gendarme", "UPDATE referrals_share SET level = 5", FORBIDDEN),
    ("gendarme", "UPDATE referrals_share SET viewers = '{1}'", FORBIDDEN),
    ("gendarme", "UPDATE referrals_share SET decided_by = gen_random_uuid()", FORBIDDEN),
    ("gendarme", "UPDATE referrals_case_access SET scope = 4095", FORBIDDEN),
    ("gendarme", "DELETE FROM referrals_share", FORBIDDEN),
    (
        "gendarme",
        "INSERT INTO referrals_grant SELECT gen_random_uuid(), 1, %(case)s, 1, 4095, 5, now(),"
        " now() + interval '1 day', now(), NULL",
        FORBIDDEN,
    ),
    (
        "gendarme",
        "INSERT INTO referrals_case_access (unit_id, case_id, cell_id, sort_at, scope, level,"
        " valid_until) SELECT 1, %(case)s, 1, now(), 4095, 5, now()",
        FORBIDDEN,
    ),
    # Somebody else's share.
    ("gendarme", "UPDATE referrals_share SET state = 'accepted' WHERE id = %(offer)s", NOTHING),
    ("auditor", "UPDATE referrals_share SET state = 'accepted'", NOTHING),
    (
        "coordinator",
        "UPDATE referrals_share SET state = 'accepted' WHERE id = %(offer)s",
        FORBIDDEN,
    ),
    ("coordinator", "UPDATE referrals_share SET state = 'refused' WHERE id = %(offer)s", FORBIDDEN),
    ("coordinator", "UPDATE referrals_share SET state = 'expired' WHERE id = %(offer)s", FORBIDDEN),
    ("police", "UPDATE referrals_share SET state = 'revoked' WHERE id = %(offer)s", FORBIDDEN),
    ("gendarme", "UPDATE referrals_share SET state = 'proposed'", FORBIDDEN),
    ("coordinator", "UPDATE referrals_share SET to_unit = 1", FORBIDDEN),
    # The case itself.
    ("gendarme", "UPDATE referrals_case SET state = 'closed'", NOTHING),
    ("pilot", "UPDATE referrals_case SET urgency = 'watch'", NOTHING),
    ("police", "UPDATE referrals_case SET urgency = 'watch'", NOTHING),
    ("coordinator", "UPDATE referrals_case SET state = 'closed'", CHECKED),
    ("coordinator", "UPDATE referrals_case SET state = 'draft'", CHECKED),
    ("prosecutor", "UPDATE referrals_case SET state = 'action_plan'", FORBIDDEN),
    ("coordinator", "UPDATE referrals_case SET cell_id = 1", FORBIDDEN),
    ("coordinator", "UPDATE referrals_case SET owner_unit = 1", FORBIDDEN),
    ("coordinator", "UPDATE referrals_case SET school_name = 'x'", FORBIDDEN),
    ("coordinator", "DELETE FROM referrals_case", FORBIDDEN),
    ("coordinator", "UPDATE referrals_case_key SET wrapped = '\\x00'", FORBIDDEN),
    # Reading does not write.
    ("gendarme", "UPDATE referrals_compartment SET content = '\\x00'", FORBIDDEN),
    (
        "gendarme",
        "INSERT INTO referrals_compartment (id, cell_id, case_id, bit, content, version,"
        " created_at, updated_at, viewers, editors, recheck_at) SELECT gen_random_uuid(), cell_id,"
        " id, 7, '\\x00', 1, now(), now(), viewers, viewers, now() FROM referrals_case",
        FORBIDDEN,
    ),
    (
        "gendarme",
        "INSERT INTO referrals_feedback (id, cell_id, case_id, bit, code, contact_name, sent_by,"
        " created_at, viewers, editors, recheck_at) SELECT gen_random_uuid(), cell_id, id, 11,"
        " 'ended', 'x', gen_random_uuid(), now(), viewers, viewers, now() FROM referrals_case",
        FORBIDDEN,
    ),
    (
        "pilot",
        "INSERT INTO referrals_measure (id, cell_id, case_id, bit, kind, note, owner_unit,"
        " owner_name, due_on, state, decided_by, created_at, version, viewers, editors,"
        " recheck_at) SELECT gen_random_uuid(), cell_id, id, 10, 'other', '\\x00', owner_unit,"
        " 'x', current_date, 'planned', gen_random_uuid(), now(), 1, viewers, viewers, now()"
        " FROM referrals_case",
        FORBIDDEN,
    ),
    # A case is begun by a pilot, in their own school and name.
    *(
        (
            who,
            "INSERT INTO referrals_case (id, cell_id, state, urgency, danger, outcome, school_id,"
            " school_uai, school_name, school_type, school_commune, owner_unit, created_by,"
            " created_at, version, viewers, editors, recheck_at) SELECT gen_random_uuid(),"
            f" kernel.session_cell(), {state}, '', false, '', {school}, '0', 'x', 'x', 'x',"
            f" (kernel.session_units())[1], {by}, now(), 1, '{{}}', '{{}}', now()",
            FORBIDDEN,
        )
        for who, state, school, by in [
            ("gendarme", "'draft'", "kernel.session_agency()", "kernel.session_seat()"),
            ("pilot", "'draft'", "gen_random_uuid()", "kernel.session_seat()"),
            ("pilot", "'draft'", "kernel.session_agency()", "gen_random_uuid()"),
            ("pilot", "'activated'", "kernel.session_agency()", "kernel.session_seat()"),
        ]
    ),
    # Around the rules altogether.
    ("coordinator", "ALTER TABLE referrals_case DISABLE ROW LEVEL SECURITY", FORBIDDEN),
    ("coordinator", "SET ROLE rempart_maintenance", FORBIDDEN),
    ("coordinator", "SET session_replication_role = replica", FORBIDDEN),
    ("coordinator", "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE c AS 'x'", FORBIDDEN),
    ("coordinator", "COPY referrals_case TO PROGRAM 'cat'", FORBIDDEN),
    ("coordinator", "SELECT * FROM kernel_session", FORBIDDEN),
    ("coordinator", "SELECT * FROM kernel_seat", FORBIDDEN),
    ("coordinator", "SELECT password FROM agencies_account", FORBIDDEN),
    ("coordinator", "SELECT * FROM kernel_outbox", FORBIDDEN),
    ("coordinator", "SELECT * FROM referrals_grant", FORBIDDEN),
    ("coordinator", "INSERT INTO kernel_seat (id) VALUES (gen_random_uuid())", FORBIDDEN),
]


@pytest.mark.parametrize(("who", "statement", "answer"), ATTACKS)
def test_an_injection_is_refused(ground, who, statement, answer):
    with injected(seat(ground, who)) as connection:
        named = {"case": ground.case, "offer": ground.offer}
        for name, value in named.items():
            statement = statement.replace(f"%({name})s", f"'{value}'")
        assert refusal(connection, statement) == answer


def new_share(ground, who="coordinator", to="police", **changes):
    values = {
        "cell": ground.world.cell.pk,
        "case": ground.case,
        "from": ground.coordination,
        "to": seat(ground, to).accession.unit_id,
        "secrecy": None,
        "kind": "other",
        "scope": scope_of([C.SCHOOL_STEPS]),
        "level": 2,
        "lasts": "30 days",
        "state": "proposed",
    } | changes
    with injected(seat(ground, who)) as connection:
        try:
            done = connection.execute(NEW_SHARE + " RETURNING to_agency_kind", values).fetchone()
        except psycopg.Error as error:
            return error.sqlstate
        return done[0]


def test_a_share_says_who_receives_it_by_what_was_signed(ground):
    """The lie about the recipient's kind is overwritten; without it nothing would be refused."""
    assert new_share(ground) == "police"


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"scope": scope_of([C.JUDICIAL])}, FORBIDDEN),
        ({"scope": scope_of([C.HEALTH_SOCIAL])}, FORBIDDEN),
        ({"scope": -1}, FORBIDDEN),
        ({"scope": 4096}, FORBIDDEN),
        ({"scope": 0}, CHECKED),
        ({"to": "victim_support", "scope": scope_of([C.IDENTITY_PRESUMED])}, CHECKED),
        ({"to": "prefecture"}, CHECKED),
        ({"level": 5}, CHECKED),
        ({"level": 0}, CHECKED),
        ({"level": 1}, CHECKED),
        ({"lasts": "400 days"}, CHECKED),
        ({"lasts": "-1 second"}, CHECKED),
        ({"state": "accepted"}, CHECKED),
        ({"who": "gendarme"}, FORBIDDEN),
        ({"who": "prosecutor"}, FORBIDDEN),
        ({"who": "pilot"}, FORBIDDEN),
        ({"from": 2_000_000_000}, FORBIDDEN),
        ({"cell": 2_000_000_000}, FORBIDDEN),
    ],
)
def test_a_share_that_may_not_be_is_refused(ground, changes, answer):
    assert new_share(ground, **changes) == answer


def test_a_share_does_not_leave_the_cell(ground, elsewhere):
    outside = elsewhere.gendarme.accession.unit_id
    assert new_share(ground, to="police") == "police"
    values = {"secrecy": elsewhere.gendarme.accession.secrecy_unit_id}
    assert new_share(ground, **values) == FORBIDDEN
    ground_seat = SimpleNamespace(accession=SimpleNamespace(unit_id=outside))
    world = SimpleNamespace(
        cell=ground.world.cell,
        everybody=lambda: ground.world.everybody() | {"outside": ground_seat},
    )
    moved = SimpleNamespace(**{**vars(ground), "world": world})
    assert new_share(moved, to="outside") == FORBIDDEN


def test_the_judicial_part_is_kept_back_by_a_constraint_too(ground):
    """Should a trigger ever be lost."""
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(Exception, match="never_judicial"):
            connection.execute(
                "UPDATE referrals_share SET scope = %s WHERE id = %s",
                [C.JUDICIAL.mask, ground.running],
            )


def test_a_school_names_no_other_office_than_a_prosecutors(world):
    """The prosecutor's unit opens the judicial part: it must be one."""
    case_id = world.draft()
    unit = world.gendarme.accession.unit_id
    with injected(world.pilot) as connection:
        moved = (
            "UPDATE referrals_case SET state = 'submitted', submitted_at = now(), reference = 'x',"
            f" prosecutor_unit = {unit} WHERE id = '{case_id}'"
        )
        assert refusal(connection, moved) == FORBIDDEN
        right = moved.replace(str(unit), str(world.prosecutor.accession.unit_id))
        assert refusal(connection, right) == "1 rows"


def test_coordination_cannot_activate(world):
    """The decision belongs to the prosecutor, in the database as well."""
    case_id = world.qualified()
    activating = f"UPDATE referrals_case SET state = 'activated' WHERE id = '{case_id}'"
    with injected(world.coordinator) as connection:
        assert refusal(connection, activating) == FORBIDDEN
    with injected(world.prosecutor) as connection:
        assert refusal(connection, activating) == "1 rows"


MAY_CALL = {
    "agencies": "accede add_agency administrators"
    " approve_replacement cancel_replacement confirm_deputy end_agency end_cover"
    " end_person end_session last_roles link_replacement make_token my_places name_deputy"
    " revoke_token sign_anew",
    "audit": "about_me alert bulk_of bulk_reads cosign decides_in_session_cell finish_export"
    " health heart in_session_cell lift_hold measures move_export place_hold ring_export"
    " propose_aside"
    " propose_purge propose_purge_of_no_cell purge_due purge_due_of_no_cell purges_of_no_cell"
    " reach sign_aside sign_purge sign_purge_of_no_cell tail_hashes withdraw_aside"
    " withdraw_purge withdraw_purge_of_no_cell",
    "kernel": "keep_session may_tell news note_refusal rooms_with_news session_account"
    " session_agency session_alive session_cell session_fresh session_has session_renewed"
    " session_seat session_units session_viewer",
    "meetings": "hears leave may_add_point may_decide may_sit my_level ring_meeting stay"
    " still_at_table units_with_scope",
    "referrals": "acts_frozen case_of_reference drafts_waiting edits_document expect_file"
    " finish_export grants_on hand_over move_export ring_exports"
    " hears hold_case is_known key_number level_now lock_case_of may_append next_reference"
    " recipients_of_unit references_of references_received renew_share ring_case"
    " ring_unit scope_now scope_to_edit seat_for seats_on sees_document share_held"
    " shares_on still_edits still_granted units_on_case without_anybody"
    " ask_glass break_glass close_glass conclude_glass open_glass reason_key say_why"
    " looked_at shared_with subjects_of unassigned_reads unused_shares",
}
"""What each may be asked, by whom, is in tests/authorisation/functions.py."""


@pytest.mark.parametrize("schema", MAY_CALL)
def test_a_page_may_call_these_functions_and_no_other(schema, database):
    with as_role("runtime") as connection:
        callable_ = connection.execute(
            "SELECT p.proname, has_function_privilege(p.oid, 'EXECUTE') FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = %s AND p.prorettype <> 'trigger'::regtype",
            [schema],
        ).fetchall()
    assert {name for name, may in callable_ if may} == set(MAY_CALL[schema].split())
    refused = {name for name, may in callable_ if not may}
    assert refused or schema == "kernel"


@pytest.mark.parametrize(
    "call",
    [
        "referrals.sync_case('{case}')",
        "referrals.readers('{case}', 3, now(), NULL)",
        "referrals.drift()",
        "referrals.sweep(1)",
    ],
)
def test_what_keeps_the_walls_cannot_be_called(ground, call):
    with injected(ground.world.coordinator) as connection:
        assert refusal(connection, f"SELECT {call.format(case=ground.case)}") == FORBIDDEN


def test_a_forged_setting_opens_nothing(ground):
    """The setting names a session; it cannot invent what the session may see."""
    viewer = ground.world.gendarme.viewer
    forged = [
        "",
        "invented",
        secrets.token_hex(32),
        viewer.token[:-1],
        viewer.token.upper(),
        token_hash(viewer.token).hex(),
        str(viewer.seat_id),
        f"{viewer.token}' OR '1'='1",
        "{" + ",".join(map(str, range(1, 2000))) + "}",
    ]
    for value in forged:
        with as_role("runtime") as connection:
            connection.execute("SELECT set_config('app.token', %s, true)", [value])
            for setting in ("app.units", "app.cell", "app.seat", "app.viewers"):
                connection.execute("SELECT set_config(%s, '{1,2,3}', true)", [setting])
            found = connection.execute("SELECT count(*) FROM referrals_case").fetchone()
            assert found == (0,), value


def test_an_ended_session_opens_nothing(world):
    world.activated()
    case_count = "SELECT count(*) FROM referrals_case"
    with injected(world.coordinator) as connection:
        assert connection.execute(case_count).fetchone() == (1,)
        connection.rollback()
        with as_role("signin") as signin:
            signin.execute(
                "DELETE FROM kernel_session WHERE token_hash = %s",
                [token_hash(world.coordinator.viewer.token)],
            )
            signin.commit()
        assert connection.execute(case_count).fetchone() == (0,)
