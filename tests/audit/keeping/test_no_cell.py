"""What belongs to no cell goes after its term as well, by two people who sign in at a terminal."""

import io
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from psycopg import errors

from audit.keeping import carrying, house
from audit.keeping.services.holding import lift_hold, place_hold
from audit.sql.house import A_YEAR
from kernel.errors import NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.scope import acting_as
from tests.agencies.factories import PASSWORD
from tests.audit import seats
from tests.audit.keeping.ageing import Ground
from tests.audit.working import guards_off, verified
from tests.support.database import as_role
from tests.support.world import World

pytestmark = pytest.mark.database

REFUSED, CLOSED = "signin.password", "signin.closed"
TREE = ("audit_entry", "audit_tile", "audit_bundle", "audit_checkpoint", "audit_pruned")


@pytest.fixture(scope="module")
def old(owner_of_everything):
    """The log of no cell, as if it had begun years ago: 60 entries have outlived their term."""
    cell_id = seats.a_cell()
    roles = ("auditor", "dpo", "cell_admin", "cell_coordinator")
    everybody = [seats.a_seat(owner_of_everything, cell_id, role) for role in roles]
    made = Ground(owner_of_everything, house.NO_CELL, *everybody)
    begun_years_ago(made)
    return made


def begun_years_ago(made):
    """Whatever was there is gone, without a trace."""
    for table in TREE:
        with guards_off(made.connection, table):
            made.connection.execute(f"DELETE FROM {table} WHERE cell_id = 0")
    made.connection.execute("DELETE FROM audit_purge WHERE cell_id = 0")
    made.aged(
        (40, 37, REFUSED, None),
        (20, 14, CLOSED, None),
        (30, 14, REFUSED, None),
        (250, 2, REFUSED, None),
    )


@pytest.fixture(autouse=True)
def _nothing_open(old):
    yield
    old.tidied()
    old.connection.execute("DELETE FROM audit_hold WHERE placed_by = %s", [old.dpo.account_id])


def as_seen_by(viewer, act, *given):
    with acting_as(viewer) as fresh:
        return act(fresh, *given)


def test_who_may_propose_and_sign(old):
    assert as_seen_by(old.admin, house.due) == (60, 0)
    for act in (house.due, house.open_purge, house.propose, house.sign, house.withdraw):
        with pytest.raises(NotFound):
            as_seen_by(old.coordinator, act)
    for act in (house.propose, house.withdraw):
        with pytest.raises(NotFound):
            as_seen_by(old.admin, act)
    for act in (house.sign, house.withdraw):
        with pytest.raises(WrongState):
            as_seen_by(old.auditor, act)
    as_seen_by(old.auditor, house.propose)
    with pytest.raises(WrongState):
        as_seen_by(old.dpo, house.propose)
    with pytest.raises(NotAllowed):
        as_seen_by(old.auditor, house.sign)
    assert as_seen_by(old.dpo, house.withdraw).state == "proposed"
    as_seen_by(old.dpo, house.propose)
    stale = "UPDATE kernel_session SET factor_at = now() - interval '6 minutes'"
    old.connection.execute(f"{stale} WHERE account_id = %s", [old.auditor.account_id])
    for act in (house.propose, house.sign):
        with pytest.raises(StepUpRequired):
            as_seen_by(old.auditor, act)
    for call in ("propose_purge_of_no_cell(%s, 12)", "sign_purge_of_no_cell(%s)"):
        with pytest.raises(errors.InsufficientPrivilege, match="fresh"):
            asked(old.auditor, f"SELECT audit.{call}", str(uuid4()))


def test_who_is_held_in_a_cell_is_held_here(old):
    about = old.coordinator.account_id
    for scope, of, held in (("cell", None, 0), ("person", about, 60)):
        hold = as_seen_by(
            old.dpo,
            lambda viewer, scope=scope, of=of: place_hold(
                viewer, scope=scope, about=of, reason="judicial"
            ),
        )
        assert as_seen_by(old.auditor, house.due) == (60 - held, held), scope
        as_seen_by(old.dpo, lift_hold, hold.id)


def asked(viewer, query, *given):
    """What an injection in this person's page could do."""
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        found = connection.execute(query, given)
        return found.fetchone() if found.description else found.rowcount


ENTRY = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, request, payload)"
    " SELECT 0, %s, 'done', {}, kernel.session_seat(), kernel.session_agency(),"
    " gen_random_uuid(), '{{}}'"
)
OWN = ENTRY.format("kernel.session_account()")


def test_the_database_asks_by_itself(old):
    purge = str(as_seen_by(old.dpo, house.propose).id)
    calls = {
        "SELECT audit.purge_due_of_no_cell(12, ARRAY[%s])": ("coordinator",),
        "SELECT audit.purges_of_no_cell(20) WHERE %s <> ''": ("coordinator",),
        "SELECT audit.propose_purge_of_no_cell(%s, 12)": ("admin", "coordinator"),
        "SELECT audit.sign_purge_of_no_cell(%s)": ("dpo", "coordinator"),
        "SELECT audit.withdraw_purge_of_no_cell(%s)": ("admin", "coordinator"),
    }
    for query, refused in calls.items():
        for who in refused:
            with pytest.raises(errors.InsufficientPrivilege):
                asked(vars(old)[who], query, purge)
    assert asked(old.admin, OWN, "keeping.signed") == 1
    somebody = ENTRY.format("gen_random_uuid()")
    for who, query, kind in (
        ("coordinator", OWN, "keeping.signed"),
        ("auditor", OWN, "keeping.purged"),
        ("auditor", somebody, "keeping.signed"),
        ("auditor", OWN.replace("SELECT 0", "SELECT 1"), "keeping.signed"),
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            asked(vars(old)[who], query, kind)


def test_nobody_proposes_that_it_goes_within_a_year(old):
    """The command asks for twelve months; plain SQL in an auditor's page may not ask for six."""
    for kept in (6, 11):
        with pytest.raises(errors.CheckViolation, match="after_a_year"):
            asked(old.auditor, f"SELECT audit.propose_purge_of_no_cell(%s, {kept})", str(uuid4()))
    assert as_seen_by(old.auditor, house.open_purge) is None
    assert asked(old.auditor, "SELECT audit.propose_purge_of_no_cell(%s, 12)", str(uuid4()))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("proposed", "withdrawn"), ("proposed", "lapsed"), ("signed", "signed"), ("named", "done")],
)
def test_a_shorter_one_from_before_stops_nothing(old, was, becomes):
    """Until a year was asked the database took six months: such a row is there, and ends."""
    begun = "UPDATE audit_purge SET state = %s, ordinary_size = 0 WHERE months = 6"
    with old.connection.transaction(force_rollback=True):
        old.connection.execute(
            "ALTER TABLE audit_purge DROP CONSTRAINT audit_purge_of_no_cell_after_a_year"
        )
        old.connection.execute(
            "INSERT INTO audit_purge (id, cell_id, state, months, ordinary_before, control_before,"
            " proposed_by, proposed_at) VALUES (%s, 0, %s, 6, now(), now(), %s, now())",
            [uuid4(), was, old.dpo.account_id],
        )
        old.connection.execute(A_YEAR)
        if was == "proposed":
            with pytest.raises(errors.CheckViolation), old.connection.transaction():
                old.connection.execute("UPDATE audit_purge SET state = 'signed' WHERE months = 6")
        assert old.connection.execute(begun, [becomes]).rowcount == 1


def test_who_decides_sees_what_was_decided(old):
    """On the page of what is kept of each cell, without a name of another one."""
    world = World()
    proposed = as_seen_by(old.auditor, house.propose)
    for seat in (world.auditor, world.cell_admin):
        page = seat.browser.get("/journal/conservation/")
        assert "aucune cellule" in page.text
        assert [(row["purge"].id, row["by"]) for row in page.context["of_no_cell"]][:1] == [
            (proposed.id, "")
        ]
        told = seat.browser.get("/api/v1/audit/keeping/").json()["purges_of_no_cell"][0]
        assert (told["id"], told["state"], told["proposed_by"]) == (
            *(str(proposed.id), "proposed"),
            None,
        )
    own = as_seen_by(old.dpo, house.purges)
    assert [each.id for each in own][:1] == [proposed.id]


def test_two_people_at_a_terminal_let_go_of_what_has_outlived_its_term(old, monkeypatch):
    world = World()

    def told(seat, step):
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        person = seat.person
        # Half a minute later, with another code.
        again = "UPDATE otp_totp_totpdevice SET last_t = -1 WHERE id = %s"
        old.connection.execute(again, [person.device.pk])
        call_command("purge_house", step, email=person.email, code=person.code(), stdout=out)
        return out.getvalue()

    with pytest.raises(CommandError, match="rôle"):
        told(world.coordinator, "montrer")
    assert "à purger : 60, retenues : 0." in told(world.cell_admin, "montrer")
    assert "Purge proposée" in told(world.auditor, "proposer")
    assert "attend sa signature" in told(world.cell_admin, "montrer")
    with pytest.raises(CommandError, match="une autre personne la signe"):
        told(world.auditor, "signer")
    assert "Purge signée" in told(world.cell_admin, "signer")
    carrying.carry_out()
    old.seal()
    assert carrying.carry_out() == 1
    old.seal()
    assert old.kinds()[-4:] == [
        f"keeping.{each}" for each in ("proposed", "signed", "purged", "done")
    ]
    actors = (
        "SELECT array_agg(actor ORDER BY id) FROM (SELECT actor, id FROM audit_entry"
        " WHERE cell_id = 0 AND kind IN ('keeping.proposed', 'keeping.signed')"
        " ORDER BY id DESC LIMIT 2) AS last"
    )
    both = [seat.person.account_id for seat in (world.auditor, world.cell_admin)]
    assert old.one(actors) == both
    # What a later test or a sign-in here wrote is not counted.
    assert old.count(f"kind = '{CLOSED}' AND at < now() - interval '13 months'") == 0
    assert old.count(f"kind = '{REFUSED}' AND at < now() - interval '1 month'") == 280
    report = verified(house.NO_CELL)
    assert (report.findings, report.pruned) == ([], 60)
    shown = told(world.cell_admin, "montrer")
    assert "à purger : 0, retenues : 0." in shown
    assert "Terminée, proposée le" in shown
    assert "entrées purgées : 60" in shown
    begun_years_ago(old)
