"""A purge takes what two people have agreed on, when it is sealed, and nothing else."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.conf import settings
from psycopg import errors

from audit.keeping import carrying, periods
from audit.keeping.selectors import preview
from audit.keeping.services import purging
from audit.keeping.services.holding import lift_hold, place_hold
from kernel.errors import NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.keeping.ageing import ORDINARY, ground
from tests.audit.working import verified
from tests.support.database import admin, as_role
from tests.support.server import ROOT, wait_for

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def shared(owner_of_everything):
    """One old log for the tests that take nothing from it."""
    return ground(owner_of_everything)


@pytest.fixture
def old(shared):
    yield shared
    shared.tidied()


@pytest.fixture
def own(owner_of_everything):
    """A log to take from."""
    return ground(owner_of_everything)


def test_what_has_outlived_its_term_goes_and_the_log_still_verifies(own):
    old = own
    with acting_as(old.admin) as viewer:
        shown = preview(viewer)
    assert {(line.kind, line.due, line.held) for line in shown.lines} == {
        (ORDINARY, 50, 0),
        (ORDINARY, 150, 0),
    }
    purge = old.signed()
    carrying.carry_out()
    assert old.state(purge) == "named"
    assert old.count(f"kind = '{ORDINARY}'") == 680
    old.seal()
    assert carrying.carry_out() == 1
    old.seal()
    assert old.state(purge) == "done"
    assert old.count(f"kind = '{ORDINARY}'") == 480
    assert old.count("kind = 'role.changed'") == 20
    report = verified(old.cell_id)
    assert (report.findings, report.pruned) == ([], 200)
    assert old.moves(purge) == [
        ("proposed", None, "proposed"),
        ("signed", "proposed", "signed"),
        ("purged", "signed", "named"),
        ("done", "named", "done"),
    ]
    with pytest.raises(WrongState):
        old.propose()


def test_nothing_goes_before_a_checkpoint_lies_over_the_list(old):
    old.signed()
    for _ in range(3):
        assert carrying.carry_out() == 0
    assert old.count(f"kind = '{ORDINARY}'") == 680


def test_who_may_propose_and_sign(old):
    stranger = seats.a_seat(old.connection, old.cell_id + 1, "auditor", "cell_admin")
    for viewer in (old.coordinator, old.admin):
        with pytest.raises(NotFound):
            old.propose(viewer)
    purge = old.propose(old.dpo)
    with pytest.raises(WrongState):
        old.propose()
    with pytest.raises(NotAllowed):
        old.sign(purge, old.dpo)
    for viewer, refusal in ((old.coordinator, NotFound), (stranger, WrongState)):
        with pytest.raises(refusal):
            old.sign(purge, viewer)
    old.sign(purge, old.auditor)
    with pytest.raises(WrongState):
        old.sign(purge)
    with pytest.raises(WrongState), acting_as(old.auditor) as viewer:
        purging.withdraw(viewer, purge)
    assert old.state(purge) == "signed"


def test_an_old_factor_does_nothing(old):
    purge = old.propose()
    old.connection.execute(
        "UPDATE kernel_session SET factor_at = now() - interval '6 minutes' WHERE account_id = %s",
        [old.admin.account_id],
    )
    with pytest.raises(StepUpRequired):
        old.sign(purge)
    assert old.state(purge) == "proposed"


CALLS = {
    "sign_purge": ("SELECT audit.sign_purge(%s)", ("auditor", "coordinator")),
    "withdraw_purge": ("SELECT audit.withdraw_purge(%s)", ("admin", "coordinator")),
    "propose_purge": ("SELECT audit.propose_purge(%s, 12)", ("admin", "coordinator")),
    "lift_hold": ("SELECT audit.lift_hold(%s)", ("admin", "coordinator")),
    "place_hold": (
        "SELECT audit.place_hold(%s, 'cell', NULL, 'judicial')",
        ("admin", "coordinator"),
    ),
    "purge_due": ("SELECT audit.purge_due(12, ARRAY[%s])", ("coordinator",)),
}


def asked(viewer, query, *given):
    """What a function answers to a session, as an injection would call it."""
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        return connection.execute(query, given).fetchone()


def test_the_database_asks_by_itself(old):
    purge = old.propose()
    for query, refused in CALLS.values():
        for who in refused:
            with pytest.raises(errors.InsufficientPrivilege):
                asked(vars(old)[who], query, str(purge))


def test_the_database_asks_for_a_fresh_factor(old):
    purge = old.propose()
    old.connection.execute(
        "UPDATE kernel_session SET factor_at = now() - interval '6 minutes' WHERE account_id = %s",
        [old.dpo.account_id],
    )
    for call in ("sign_purge", "propose_purge", "lift_hold", "place_hold"):
        with pytest.raises(errors.InsufficientPrivilege, match="fresh"):
            asked(old.dpo, CALLS[call][0], str(purge))


def test_no_term_is_shorter_than_six_months(old):
    for months in (5, 37, None):
        with pytest.raises(errors.IntegrityError):
            asked(old.dpo, "SELECT audit.propose_purge(gen_random_uuid(), %s)", months)
    alone = "UPDATE audit_purge SET signed_by = proposed_by WHERE id = %s"
    purge = old.propose()
    with pytest.raises(errors.CheckViolation):
        old.connection.execute(alone, [purge])


def test_whoever_keeps_for_longer_now_signs_no_shorter_purge(old, monkeypatch):
    purge = old.propose()
    monkeypatch.setattr(periods, "_sources", [lambda cell_id: 24])
    with pytest.raises(WrongState):
        old.sign(purge)


def test_a_withdrawn_or_lapsed_purge_takes_nothing_and_gives_way(old):
    first = old.propose()
    with acting_as(old.dpo) as viewer:
        purging.withdraw(viewer, first)
    second = old.propose()
    old.connection.execute(
        "UPDATE audit_purge SET proposed_at = now() - interval '15 days' WHERE id = %s", [second]
    )
    with pytest.raises(WrongState):
        old.sign(second)
    assert carrying.lapse() == 1
    assert [old.state(each) for each in (first, second)] == ["withdrawn", "lapsed"]
    assert old.state(old.propose()) == "proposed"
    assert {"keeping.lapsed", "keeping.withdrawn"} <= set(old.kinds())


def test_what_is_held_is_shown_as_held(old):
    person = old.coordinator.account_id
    for scope, about in (("case", old.case_id), ("cell", None), ("person", person)):
        with acting_as(old.dpo) as viewer:
            hold = place_hold(viewer, scope=scope, about=about, reason="judicial")
            shown = preview(viewer)
        assert (shown.due, shown.held) == ((150, 50) if scope == "case" else (0, 200))
        if scope != "case":
            with pytest.raises(WrongState):
                old.propose()
        for viewer in (old.admin, old.coordinator):
            with pytest.raises(NotFound), acting_as(viewer) as fresh:
                lift_hold(fresh, hold.id)
        with acting_as(old.auditor) as viewer:
            lift_hold(viewer, hold.id)
        with pytest.raises(WrongState), acting_as(old.dpo) as viewer:
            lift_hold(viewer, hold.id)


def test_what_is_held_stays_until_the_hold_is_lifted(own):
    """Held when the list is made, and held only when the entries are about to go."""
    with acting_as(own.dpo) as viewer:
        before = place_hold(viewer, scope="case", about=own.case_id, reason="judicial")
    own.carried_out()
    assert (own.count("case_id = %s", own.case_id), verified(own.cell_id).pruned) == (51, 150)
    named = "SELECT sum(bit_count(mask)) FROM audit_pruned WHERE cell_id = %s"
    assert own.one(named, own.cell_id) == 150, "what is held is not even named"
    with acting_as(own.auditor) as viewer:
        lift_hold(viewer, before.id)
    purge = own.signed()
    carrying.carry_out()
    with acting_as(own.auditor) as viewer:
        meanwhile = place_hold(viewer, scope="case", about=own.case_id, reason="complaint")
    own.seal()
    assert carrying.carry_out() == 1
    assert own.state(purge) == "done"
    assert own.count(f"case_id = %s AND kind = '{ORDINARY}'", own.case_id) == 50
    with acting_as(own.auditor) as viewer:
        lift_hold(viewer, meanwhile.id)
    own.carried_out()
    report = verified(own.cell_id)
    assert (report.findings, report.pruned) == ([], 200)


def test_whoever_dies_between_two_steps_is_followed_by_another(own, monkeypatch):
    old = own
    monkeypatch.setattr(carrying, "LISTED_AT_ONCE", 1)
    monkeypatch.setattr(carrying, "PRUNED_AT_ONCE", 1)
    purge = old.signed()
    carrying.carry_out(seconds=0)
    assert carrying._name(purge, old.cell_id) == 0
    old.seal()
    assert carrying._prune(purge, old.cell_id) == 0
    assert carrying._prune(purge, old.cell_id) is None
    assert old.count(f"kind = '{ORDINARY}'") == 480


CARRYING = (
    "import django; django.setup()\n"
    "from django.db import connections\n"
    "from audit.keeping import carrying\n"
    "connections['worker'].cursor().execute('SET lock_timeout = 0')\n"
    "carrying.PRUNED_AT_ONCE = 1\n"
    "carrying.carry_out(seconds=60)\n"
)


@contextmanager
def a_worker():
    """A worker that takes one tile after the other, until it is killed."""
    worker = subprocess.Popen(
        [sys.executable, "-c", CARRYING],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def test_a_worker_killed_between_two_steps_is_followed_by_another(owner_of_everything):
    """kill -9 while the second tile is being taken: the first is done, the second as if untouched,
    and whoever comes next ends exactly where two people have agreed."""
    own = ground(owner_of_everything, (400, 14, ORDINARY, None), (200, 2, ORDINARY, None))
    purge = own.signed()
    carrying.carry_out()
    own.seal()
    done = "SELECT pruned FROM audit_purge WHERE id = %s"
    second = own.connection.execute(
        f"SELECT id FROM audit_entry WHERE cell_id = %s AND kind = '{ORDINARY}'"
        " ORDER BY epoch, xid, id LIMIT 1 OFFSET 300",
        [own.cell_id],
    ).fetchone()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))"
    with admin(settings.DATABASES["default"]["NAME"]) as holding, holding.transaction():
        holding.execute("SELECT FROM audit_entry WHERE id = %s FOR UPDATE", second)
        here = holding.info.backend_pid
        with a_worker() as worker:
            wait_for(
                lambda: worker.poll() is not None or own.one(waits, here),
                within=60,
                what="the worker comes to the second tile",
            )
            assert worker.poll() is None, "it is killed, it does not end"
    assert own.one(done, purge) == 1
    assert (own.state(purge), own.count(f"kind = '{ORDINARY}'")) == ("named", 600 - 256)
    assert carrying.carry_out() == 1
    own.seal()
    assert (own.state(purge), own.count(f"kind = '{ORDINARY}'")) == ("done", 200)
    assert own.one("SELECT gone FROM audit_purge WHERE id = %s", purge) == 400
    assert own.kinds() == [f"keeping.{each}" for each in ("proposed", "signed", "purged", "done")]
    report = verified(own.cell_id)
    assert (report.findings, report.pruned) == ([], 400)
