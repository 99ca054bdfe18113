"""The old key signs the new one, and each is good for what was signed in its own time."""

import os
import secrets
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as configured

from audit import checkpoint, keys, log
from audit.checkpoint import BadNote
from audit.key_notes import chain_from, handing_over
from audit.leaf import NOBODY
from audit.memory import Memory
from audit.recorder import system_entry
from audit.rotating import rotate
from audit.sealer import CannotSeal, Sealer
from audit.standalone import rempart_verify
from audit.verification import verify
from audit.witnessing.events import EXPORTED
from audit.witnessing.exports import export, seal_of, write
from kernel.clock import now
from tests.audit.working import PATIENCE, at_work
from tests.support.database import a_database_apart
from tests.support.server import wait_for

pytestmark = pytest.mark.database

CELL = 7


@pytest.fixture
def connected(settings):
    """Connections to a database of this test's own, as its roles; the chain belongs to it."""
    known = configured.DATABASES["default"]
    with a_database_apart(f"keys_{secrets.token_hex(3)}") as name:

        def connect(role: str) -> psycopg.Connection:
            return psycopg.connect(
                host=known["HOST"],
                port=known["PORT"] or None,
                user=f"rempart_{role}",
                password=os.environ[f"REMPART_DB_PASSWORD_{role.upper()}"],
                dbname=name,
                autocommit=True,
            )

        yield connect


def written_and_sealed(connected, memory: Memory) -> None:
    with connected("worker") as worker:
        worker.execute(
            "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
            " VALUES (%s, 'trial.opened', 'done', %s, gen_random_uuid(), '{}')",
            [CELL, NOBODY],
        )
    with connected("sealer") as connection:
        key = keys.signing_key(keys.chain(connection))
        sealer = at_work(Sealer(connection, key, memory=memory))
        before = size_of(connection)

        def sealed():
            sealer.seal()
            return size_of(connection) > before

        # What others in the cluster have open holds the newest entry back for a moment, and not
        # the one about a key from before it.
        wait_for(sealed, within=PATIENCE, what="the entry is sealed")
        assert not sealer.damaged


def size_of(connection) -> int:
    stored = log.last_checkpoint(connection, CELL)
    return stored.size if stored else 0


def exported(connected, memory, auditor, stored, folder) -> None:
    """An export of a log that two keys have signed, checked by who knows the first key alone."""
    first = checkpoint.verifier_line(keys.origin(CELL), keys.public_keys()[0])
    made = export(auditor, stored, [stored.hi], filters={"last": "1"}, made_at=now())
    with connected("worker") as worker:
        facts = {"extract": None, "filters": [], "sha256": made.digest, "entries": 1}
        entry = system_entry(EXPORTED, cell_id=CELL, **facts)
        worker.execute(entry.text, entry.values)
    with connected("sealer") as connection:
        sealer = at_work(
            Sealer(connection, keys.signing_key(keys.chain(connection)), memory=memory)
        )
        wait_for(lambda: sealer.seal() or seal_of(auditor, made), within=20, what="the seal")
    write(folder / "two-keys.zip", made, seal_of(auditor, made))
    assert rempart_verify.main(["export", str(folder / "two-keys.zip"), "--key", first]) == 0


def nobody_seals(connected) -> None:
    """Wait until the lock of a sealer that has left is gone: it ends after its connection."""
    held = (
        "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database"
        " WHERE locktype = 'advisory' AND datname = current_database()"
    )
    with connected("auditor") as watching:
        wait_for(lambda: watching.execute(held).fetchone() == (0,), within=20, what="nobody seals")


def test_a_log_goes_on_under_a_new_key_and_the_old_one_signs_nothing_more(
    connected, settings, tmp_path
):
    memory, file = Memory(tmp_path / "memory"), tmp_path / "log.key"
    old = keys.signing_key()
    written_and_sealed(connected, memory)
    with connected("sealer") as first, connected("sealer") as second:
        assert Sealer(first, old).takes_over()
        with pytest.raises(CannotSeal, match="Stop it first"):
            rotate(second, file)
        assert not file.exists()
    nobody_seals(connected)
    with connected("sealer") as connection:
        assert rotate(connection, file).number == 2
        told = connection.execute(
            "SELECT outcome, actor, convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE kind = 'audit.key_rotated'"
        ).fetchall()
    assert [(outcome, actor) for outcome, actor, _said in told] == [("done", NOBODY)]
    assert '"number":2' in told[0][2]
    other = pytest.raises(CannotSeal, match="Another key signs")
    with connected("sealer") as connection, other:
        Sealer(connection, old).seal()
    settings.LOG_KEY = file.read_text()
    assert oct(file.stat().st_mode)[-3:] == "600"
    written_and_sealed(connected, memory)
    with connected("auditor") as auditor:
        links = keys.chain(auditor)
        report = verify(auditor, CELL, links)
        assert (report.findings, report.size, report.pending) == ([], 2, 0)
        assert verify(auditor, CELL, links[:1]).findings, "the second was signed by the new key"
        last = log.last_checkpoint(auditor, CELL)
    said = checkpoint.read(last.note, links)
    assert memory.remembered(CELL, links) == said
    with pytest.raises(BadNote, match="not the log's at that time"):
        checkpoint.read(checkpoint.sign(said, old), links)
    before = replace(said, at=links[1].since - timedelta(seconds=1))
    assert checkpoint.read(checkpoint.sign(before, old), links) == before
    with pytest.raises(BadNote, match="not the log's at that time"):
        checkpoint.read(checkpoint.sign(before, keys.signing_key(links)), links)
    with connected("auditor") as auditor:
        exported(connected, memory, auditor, last, tmp_path)


def test_nobody_adds_a_key_without_the_one_before():
    one, two, stranger = (Ed25519PrivateKey.generate() for _ in range(3))
    anchor, at = one.public_key(), now()
    good = handing_over("rempart", 2, at, older=one, newer=two)
    assert [link.number for link in chain_from(anchor, [good], "rempart")] == [1, 2]
    third = handing_over("rempart", 3, at + timedelta(days=1), older=two, newer=stranger)
    assert len(chain_from(anchor, [good, third], "rempart")) == 3
    wrong = [
        handing_over("rempart", 2, at, older=stranger, newer=two),
        handing_over("ailleurs", 2, at, older=one, newer=two),
        handing_over("rempart", 3, at, older=one, newer=two),
        good.replace("from 20", "from 21"),
        "".join(good.splitlines(keepends=True)[:-1]),
        "",
    ]
    for note in wrong:
        with pytest.raises(BadNote):
            chain_from(anchor, [note], "rempart")
    back = handing_over("rempart", 3, at - timedelta(days=1), older=two, newer=stranger)
    with pytest.raises(BadNote, match="begins before"):
        chain_from(anchor, [good, back], "rempart")
