"""What is missing is pruned when a sealed purge of two people names it, and removed otherwise.

A log from which 200 entries were purged; each test tampers with it as a superuser, inside a
transaction that is undone.
"""

import json
from hashlib import sha256
from itertools import permutations
from struct import pack
from uuid import uuid4

import pytest
from psycopg import errors

from audit import keys, log
from audit.checkpoint import verifier_line
from audit.keeping import carrying
from audit.standalone import rempart_verify
from audit.tasks import drop_empty_partitions
from audit.verification import verify
from audit.witnessing.proofs import tree_of
from audit.witnessing.purges import shown_by
from tests.audit.keeping.ageing import CONTROL, ORDINARY, PURGED, delete, first_of, ground
from tests.audit.working import guards_off, verified
from tests.support.database import as_role

pytestmark = pytest.mark.database


def found(connection, thinned):
    """What is found, and how many entries are taken for pruned."""
    report = verify(connection, thinned.cell_id, keys.public_keys())
    return [(each.what, each.index) for each in report.findings], report.pruned


def test_an_entry_deleted_beside_the_purged_ones_is_removed(thinned, attack):
    assert found(attack, thinned) == ([], PURGED)
    delete(attack, first_of(attack, thinned, CONTROL, 12))
    assert found(attack, thinned) == ([("removed", 50)], PURGED)
    delete(attack, first_of(attack, thinned, ORDINARY, 1))
    assert found(attack, thinned) == ([("removed", 50), ("removed", 220)], PURGED)


def test_a_changed_entry_beside_the_purged_ones_is_located(thinned, attack):
    number = first_of(attack, thinned, CONTROL, 12)
    with guards_off(attack):
        attack.execute("UPDATE audit_entry SET outcome = 'refused' WHERE id = %s", [number])
    assert found(attack, thinned) == ([("changed", 50)], PURGED)


def test_another_leaf_in_the_list_makes_the_purge_worthless(thinned, attack):
    with guards_off(attack, "audit_pruned"):
        attack.execute(
            "UPDATE audit_pruned SET mask = set_bit(mask, 50, 1) WHERE cell_id = %s",
            [thinned.cell_id],
        )
    what, pruned = found(attack, thinned)
    assert pruned == 0
    assert what[0][0] == "purge"
    assert {name for name, _index in what[1:]} == {"removed"}


def test_a_list_that_is_gone_excuses_nothing(thinned, attack):
    with guards_off(attack, "audit_pruned"):
        attack.execute("DELETE FROM audit_pruned WHERE cell_id = %s", [thinned.cell_id])
    what, pruned = found(attack, thinned)
    assert (what[0][0], pruned) == ("purge", 0)


DECIDED = ("proposed", "signed", "purged")


def forged(thinned, leaf, *, proposed_by, signed_by, order=DECIDED):
    """What whoever owns the database writes to have a leaf taken for pruned; sealed as usual."""
    purge, connection = uuid4(), thinned.connection
    n, bit = divmod(leaf, 256)
    mask = (1 << bit).to_bytes(32, "little")
    digest = sha256(pack(">Q", n) + mask).hexdigest()
    said = {
        "proposed": (proposed_by, {}),
        "signed": (signed_by, {}),
        "purged": (uuid4(), {"sha256": digest}),
    }
    for step in order:
        actor, facts = said[step]
        connection.execute(
            "INSERT INTO audit_entry (cell_id, kind, outcome, actor, subject_id, request, payload)"
            " VALUES (%s, %s, 'done', %s, %s, gen_random_uuid(), %s)",
            [
                thinned.cell_id,
                f"keeping.{step}",
                actor,
                purge,
                json.dumps({"facts": facts}).encode(),
            ],
        )
    thinned.seal()
    connection.execute(
        "INSERT INTO audit_pruned (cell_id, n, purge_id, mask) VALUES (%s, %s, %s, %s)",
        [thinned.cell_id, n, purge, mask],
    )


def test_forged_signatures_excuse_nothing_young_and_nothing_of_one_person(owner_of_everything):
    """Two forged names do excuse what is old: they stand in the log, for everybody to see."""
    made = ground(owner_of_everything)
    somebody = uuid4()
    forged(made, 300, proposed_by=uuid4(), signed_by=uuid4())
    assert purged_offline(made) == set()
    with made.connection.transaction(force_rollback=True):
        delete(made.connection, first_of(made.connection, made, ORDINARY, 1) + 300)
        assert found(made.connection, made) == ([("removed", 300)], 0)
    with made.connection.transaction(force_rollback=True):
        forged_old = first_of(made.connection, made, CONTROL, 12)
        delete(made.connection, forged_old)
        assert found(made.connection, made) == ([("removed", 50)], 0)
    forged(made, 50, proposed_by=somebody, signed_by=somebody)
    with made.connection.transaction(force_rollback=True):
        delete(made.connection, forged_old)
        what, pruned = found(made.connection, made)
        assert ({name for name, _index in what}, pruned) == ({"purge", "removed"}, 0)
    with pytest.raises(ValueError, match="was not decided by two people"):
        purged_offline(made)
    forged(made, 50, proposed_by=somebody, signed_by=uuid4())
    with made.connection.transaction(force_rollback=True):
        delete(made.connection, forged_old)
        assert found(made.connection, made)[1] == 1
    assert purged_offline(made) == {50}


def test_a_purge_is_proposed_then_signed_then_named(owner_of_everything):
    """Two people and the right list, but in another order: it excuses nothing, here or offline."""
    made = ground(owner_of_everything)
    old = first_of(made.connection, made, CONTROL, 12)
    for order in permutations(DECIDED):
        if order == DECIDED:
            continue
        forged(made, 50, proposed_by=uuid4(), signed_by=uuid4(), order=order)
        with pytest.raises(ValueError, match="the log tells of no purge"):
            purged_offline(made)
    with made.connection.transaction(force_rollback=True):
        delete(made.connection, old)
        what, pruned = found(made.connection, made)
        assert [name for name, _index in what].count("purge") == 5
        assert ("removed", 50) in what
        assert pruned == 0
    forged(made, 50, proposed_by=uuid4(), signed_by=uuid4())
    with made.connection.transaction(force_rollback=True):
        delete(made.connection, old)
        assert found(made.connection, made)[1] == 1


def purged_offline(made):
    """Which leaves the verifier takes for purged by the newest purge of the log."""
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, made.cell_id)
        [(purge,)] = log.execute(
            connection,
            "SELECT subject_id FROM audit_entry WHERE cell_id = %s AND kind = 'keeping.purged'"
            " ORDER BY id DESC LIMIT 1",
            [made.cell_id],
        )
        shown = shown_by(connection, stored, tree_of(connection, stored), purge, 220, 1)
    line = verifier_line(keys.origin(made.cell_id), keys.signing_key().public_key())
    return rempart_verify.purged(shown, rempart_verify.Log(line, ""), stored.root)


def test_no_role_deletes_outside_a_purge(thinned):
    gone = "DELETE FROM audit_entry WHERE cell_id = %s"
    for role in ("owner", "worker", "runtime"):
        with as_role(role) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(gone, [thinned.cell_id])
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        thinned.connection.execute(gone, [thinned.cell_id])
    with thinned.connection.transaction(force_rollback=True):
        thinned.connection.execute("SET LOCAL ROLE rempart_maintenance")
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            thinned.connection.execute(gone, [thinned.cell_id])


PRUNE = "SELECT audit.prune(%s, 16)"


def pruned(connection, purge):
    """What the worker's next step answers."""
    with connection.transaction():
        return connection.execute(PRUNE, [purge]).fetchone()


def test_the_worker_takes_nothing_that_was_not_agreed_on(owner_of_everything):
    made = ground(owner_of_everything)
    purge = made.signed()
    with as_role("worker") as worker:
        assert worker.execute(PRUNE, [purge]).fetchone() == (None,)
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            worker.execute("SELECT audit.name_purge(%s)", [purge])
    with as_role("worker") as worker, pytest.raises(errors.InsufficientPrivilege):
        worker.execute("UPDATE audit_purge SET state = 'named'")
    carrying.carry_out()
    made.seal()
    # The purge is named and about to go on; nobody but audit.prune is at work in it.
    with made.connection.transaction(force_rollback=True):
        made.connection.execute("SET LOCAL ROLE rempart_maintenance")
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            made.connection.execute("DELETE FROM audit_entry WHERE cell_id = %s", [made.cell_id])
    spoilt = {
        "the list": "UPDATE audit_pruned SET mask = set_bit(mask, 50, 1) WHERE cell_id = %s",
        "the ordinary term": "UPDATE audit_purge SET ordinary_before = now() WHERE cell_id = %s",
        "the other term": "UPDATE audit_purge SET control_before = now() WHERE cell_id = %s",
        "the second person": "UPDATE audit_purge SET signed_by = NULL WHERE cell_id = %s",
    }
    for statement in spoilt.values():
        with (
            made.connection.transaction(force_rollback=True),
            guards_off(made.connection, "audit_pruned"),
        ):
            made.connection.execute(statement, [made.cell_id])
            with pytest.raises(errors.InsufficientPrivilege):
                pruned(made.connection, purge)
    assert pruned(made.connection, purge) == (0,)


def test_an_old_month_of_which_nothing_is_left_is_dropped(thinned):
    connection = thinned.connection
    for month in ("2011_03", "2011_04"):
        year, number = month.split("_")
        following = f"{year}-{int(number) + 1:02}-01"
        connection.execute(
            f"CREATE TABLE audit_entry_{month} PARTITION OF audit_entry"
            f" FOR VALUES FROM ('{year}-{number}-01+00') TO ('{following}+00')"
        )
        connection.execute(f"ALTER TABLE audit_entry_{month} OWNER TO rempart_owner")
        connection.execute("SELECT audit.guard(%s::regclass)", [f"audit_entry_{month}"])
    connection.execute(
        "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, request, payload) VALUES"
        " ('2011-04-05', %s, 'trial.opened', 'done', gen_random_uuid(), gen_random_uuid(), '{}')",
        [thinned.cell_id + 1],
    )
    assert drop_empty_partitions() == 1
    names = "SELECT to_regclass('audit_entry_2011_03'), to_regclass('audit_entry_2011_04')::text"
    assert connection.execute(names).fetchone() == (None, "audit_entry_2011_04")
    with guards_off(connection, "audit_entry_2011_04"):
        connection.execute("DELETE FROM ONLY audit_entry_2011_04")
    assert drop_empty_partitions() == 1
    with as_role("runtime") as runtime, pytest.raises(errors.InsufficientPrivilege):
        runtime.execute("SELECT audit.drop_empty()")


def test_the_report_says_how_many_are_pruned(thinned):
    report = verified(thinned.cell_id)
    assert (report.clean, report.pruned) == (True, PURGED)
    with log.connect("auditor") as connection:
        assert (
            report.entries
            == log.execute(
                connection, "SELECT count(*) FROM audit_entry WHERE cell_id = %s", [thinned.cell_id]
            )[0][0]
        )
