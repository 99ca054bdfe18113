"""A verification that was interrupted goes on where it was, and finds the same."""

import json
import os
import stat
import time

import pytest
from django.core.management import CommandError, call_command

from audit import keys, log, verification
from audit.resuming import Progress
from audit.verification import verify
from tests.audit import seats
from tests.audit.working import guards_off, ids_of, seal


class PulledPlug(Exception):
    """The operator's machine is switched off."""


@pytest.fixture(scope="module")
def cell_id(database, owner_of_everything):
    """1,100 entries, sealed at 600, 700 and 1,100."""
    number = seats.a_cell()
    viewer = seats.a_seat(owner_of_everything, number, "cell_coordinator")
    for count in (600, 100, 400):
        seats.openings(viewer, count, each=100)
        seal(number)
    return number


@pytest.fixture
def small_portions(monkeypatch):
    """As a long log is verified: portion after portion, with the second process beside."""
    monkeypatch.setattr(verification, "PORTION", 1)
    monkeypatch.setattr(verification, "LONG", 0)


def whole(connection, cell_id, **options):
    return verify(connection, cell_id, keys.public_keys(), **options)


def test_it_finds_the_same_from_every_place_where_it_may_go_on(
    cell_id, small_portions, tmp_path, owner_of_everything
):
    reached, file = [], Progress(tmp_path / "noted")
    with log.connect("auditor") as connection:
        first = whole(connection, cell_id, keep=reached.append)
        assert [each.size for each in reached] == [256, 512, 768, 1024]
        for place in reached:
            file.keep(cell_id, place)
            again = Progress(tmp_path / "noted").of(cell_id)
            assert again == place
            found = whole(connection, cell_id, start=again)
            assert (found.clean, found.entries, found.checkpoints) == (
                True,
                1100,
                first.checkpoints,
            )
            assert (first.complete, found.complete) == (True, False), "it has read the rest alone"
    owner = owner_of_everything
    with owner.transaction(force_rollback=True):
        number = ids_of(owner, cell_id)[900]
        with guards_off(owner):
            owner.execute("UPDATE audit_entry SET seat = NULL WHERE id = %s", [number])
        for place in reached[:3]:
            found = whole(owner, cell_id, start=place)
            assert [(f.what, f.index, f.id) for f in found.findings] == [("changed", 900, number)]
        told = []
        whole(owner, cell_id, keep=told.append)
        assert [each.size for each in told] == [256, 512, 768], "nothing is skipped once found"


def test_a_copy_of_what_was_skipped_has_it_read_again(cell_id, small_portions):
    reached = []
    with log.connect("auditor") as connection:
        whole(connection, cell_id, keep=reached.append)
        [kept] = log.checkpoints(connection, cell_id, above=599, limit=1)
        other = verification.Checkpoint(keys.origin(cell_id), kept.size, bytes(32), kept.at)
        found = whole(connection, cell_id, start=reached[-1], against=[other])
    assert (found.forked_at, found.entries) == (0, 1100)


def test_the_command_goes_on_after_an_interruption(cell_id, small_portions, tmp_path, monkeypatch):
    file, fetched = tmp_path / "noted", []
    portion = verification._Verification._portion

    def counted(self, first, count):
        fetched.append(first)
        if first == 3 and len(fetched) == 4:
            raise PulledPlug
        return portion(self, first, count)

    monkeypatch.setattr(verification._Verification, "_portion", counted)
    asked = ("audit_verify", "--cell", str(cell_id), "--quiet", "--resume", str(file))
    with pytest.raises(PulledPlug):
        call_command(*asked)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    call_command(*asked)
    assert fetched == [0, 1, 2, 3, 3]
    assert not file.exists()


def test_who_goes_on_is_told_that_a_whole_run_alone_lets_go_of_what_nobody_signed(
    cell_id, small_portions, tmp_path, owner_of_everything, capsys
):
    file, reached = tmp_path / "noted", []
    with log.connect("auditor") as connection:
        whole(connection, cell_id, keep=reached.append)
    Progress(file).keep(cell_id, reached[-1])
    owner_of_everything.execute(
        "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 5, 1, %s)",
        [cell_id, [f"{keys.origin(cell_id)}\n5\nmade up\n"]],
    )
    asked = ("audit_verify", "--cell", str(cell_id), "--quiet")
    with pytest.raises(CommandError, match="ALARM"):
        call_command(*asked, "--resume", str(file))
    assert "verify the whole, without --resume" in capsys.readouterr().out
    call_command(*asked)


def test_an_old_or_broken_file_begins_at_the_beginning(cell_id, small_portions, tmp_path):
    file, reached = tmp_path / "noted", []
    with log.connect("auditor") as connection:
        whole(connection, cell_id, keep=reached.append)
    Progress(file).keep(cell_id, reached[-1])
    assert Progress(file).of(cell_id)
    old = json.loads(file.read_text()) | {"began": time.time() - 90_000}
    for text in (json.dumps(old), "", "[]", "{}", "\x00"):
        file.write_text(text)
        assert Progress(file).of(cell_id) is None
    with pytest.raises(CommandError, match="no log of a cell"):
        call_command("audit_verify", "--cell", "nowhere", "--resume", str(file))
