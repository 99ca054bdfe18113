"""An entry exists if and only if the act does; a refusal stays although its act is undone."""

import json
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.db.utils import DatabaseError

from audit import record, record_refused, record_signin, record_system
from audit.leaf import NOBODY
from audit.registry import EventKind
from kernel.scope import acting_as, bind
from tests.audit.seats import CLOSED, OPENED

TRIED = EventKind("signin.tried", frozenset({"step"}), "Tentative de connexion")


def entries(connection, cell):
    return connection.execute(
        "SELECT kind, outcome, actor, seat, agency, case_id, subject_id, request, payload"
        " FROM audit_entry WHERE cell_id = %s ORDER BY id",
        [cell],
    ).fetchall()


def closed_and(viewer, kind, claimed, **facts):
    """Two entries in one act, the second perhaps one that is refused."""
    with acting_as(viewer) as fresh:
        record(CLOSED, viewer=fresh)
        record(kind, viewer=claimed, **facts)


def test_an_act_leaves_one_entry_with_who_what_and_about_what(viewer, cell, owner_of_everything):
    case_id, subject_id = uuid4(), uuid4()
    with acting_as(viewer) as fresh:
        record(OPENED, viewer=fresh, case_id=case_id, subject_id=subject_id, compartment="facts")
    [entry] = entries(owner_of_everything, cell)
    assert entry[:8] == (
        "trial.opened",
        "done",
        viewer.account_id,
        viewer.seat_id,
        viewer.agency_id,
        case_id,
        subject_id,
        viewer.request_id,
    )
    content = json.loads(entry[8])
    assert content.keys() == {"channel", "facts", "nonce"}
    assert (content["channel"], content["facts"]) == ("page", {"compartment": "facts"})


def test_an_act_that_is_undone_leaves_none(viewer, cell, owner_of_everything):
    with acting_as(viewer) as fresh:
        record(CLOSED, viewer=fresh)
        transaction.set_rollback(True)
    assert entries(owner_of_everything, cell) == []


def test_outside_a_transaction_nothing_is_recorded(viewer):
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record(CLOSED, viewer=viewer)


@pytest.mark.parametrize(
    "value", ["Camille", "elle pleure en classe", "0612345678", 1.5, {"a": 1}, "\x00"]
)
def test_free_text_is_refused_and_the_act_with_it(value, viewer, cell, owner_of_everything):
    with pytest.raises(ValueError, match="compartment"):
        closed_and(viewer, OPENED, viewer, compartment=value)
    assert entries(owner_of_everything, cell) == []


def test_a_fact_that_is_not_declared_is_refused(viewer):
    with pytest.raises(ValueError, match="level"), acting_as(viewer) as fresh:
        record(OPENED, viewer=fresh, compartment="facts", level="read")


def test_what_cannot_be_recorded_does_not_happen(viewer, seat, cell, owner_of_everything):
    stranger = seat("school_pilot", cell_id=cell - 1)
    with pytest.raises(DatabaseError):
        closed_and(viewer, CLOSED, stranger)
    assert entries(owner_of_everything, cell) == []
    assert entries(owner_of_everything, cell - 1) == []


def test_a_refusal_is_recorded_although_the_act_is_rolled_back(viewer, cell, owner_of_everything):
    case_id = uuid4()
    with acting_as(viewer) as fresh:
        record(OPENED, viewer=fresh, case_id=case_id, compartment="facts")
        record_refused(OPENED, viewer=fresh, code="not_allowed", case_id=case_id)
        transaction.set_rollback(True)
    [entry] = entries(owner_of_everything, cell)
    assert (entry[1], entry[5]) == ("refused", case_id)
    content = json.loads(entry[8])
    assert (content["code"], content["facts"]) == ("not_allowed", {})


def test_a_refusal_does_not_wait_for_the_act_it_refuses(viewer, owner_of_everything):
    """It is recorded while the transaction of the request is still open."""
    owner_of_everything.execute(
        "UPDATE kernel_session SET idle_until = now() + '1 minute' WHERE seat_id = %s",
        [viewer.seat_id],
    )
    with transaction.atomic():
        fresh = bind(viewer.token)
        record_refused(CLOSED, viewer=fresh, code="wrong_state")


def test_signing_in_is_recorded_before_anybody_is_known(owner_of_everything):
    request_id = uuid4()
    record_signin(TRIED, request_id=request_id, refused="unknown_account", step="first")
    entry = owner_of_everything.execute(
        "SELECT cell_id, kind, outcome, actor, seat, payload FROM audit_entry WHERE request = %s",
        [request_id],
    ).fetchone()
    assert entry[:5] == (0, "signin.tried", "refused", NOBODY, None)
    assert json.loads(entry[5])["code"] == "unknown_account"


def test_only_steps_of_signing_in_go_through_that_door():
    with pytest.raises(ValueError, match="signing in"):
        record_signin(CLOSED)


@pytest.mark.parametrize(("using", "channel"), [("worker", "task"), ("operator", "command")])
def test_machines_record_in_their_own_transaction(using, channel, cell, owner_of_everything):
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record_system(CLOSED, using=using, cell_id=cell)
    with transaction.atomic(using=using):
        record_system(CLOSED, using=using, cell_id=cell)
    [entry] = entries(owner_of_everything, cell)
    assert (entry[2], entry[3]) == (NOBODY, None)
    assert json.loads(entry[8])["channel"] == channel
    connections[using].close()
