"""What an operator runs: verify, make partitions, seal once. Plain sentences and exit codes."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit import keys
from tests.audit.working import guards_off, ids_of, seal, verified, waiting
from tests.support.database import admin, as_role
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[2]


def told(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_an_intact_log_is_told_in_one_line(opened, cell):
    opened(3)
    seal(cell)
    out = told("audit_verify", "--cell", str(cell))
    assert f"rempart/{cell}: intact, 3 entries" in out
    assert "Intact: 3 entries in 1 logs." in out


def test_damage_is_told_and_ends_with_1(opened, cell, owner_of_everything):
    opened(256)
    seal(cell)
    number = ids_of(owner_of_everything, cell)[7]
    with guards_off(owner_of_everything):
        owner_of_everything.execute("UPDATE audit_entry SET seat = NULL WHERE id = %s", [number])
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 logs") as ended:
        call_command("audit_verify", "--cell", str(cell), stdout=out)
    assert ended.value.returncode == 1
    assert f"changed: L'entrée n° {number} a été modifiée" in out.getvalue()


def test_quiet_says_nothing_of_an_intact_log(opened, cell):
    opened(1)
    seal(cell)
    assert told("audit_verify", "--cell", str(cell), "--quiet") == ""


def test_a_cell_that_nobody_knows_is_a_sentence():
    with pytest.raises(CommandError, match="no log of a cell 'nowhere'"):
        call_command("audit_verify", "--cell", "nowhere")


def test_partitions_are_made_ahead_once():
    told("audit_partitions", "--ahead", "14")
    assert told("audit_partitions", "--ahead", "14") == "0 partitions made.\n"


def test_the_public_key_is_printed_and_the_seed_is_not():
    [line] = told("audit_key").split()
    assert line == keys.signing_key().public_key().public_bytes_raw().hex()
    assert settings.LOG_KEY not in line


def test_a_witness_gets_the_key_under_the_name_of_a_log_that_is_there(opened, cell):
    opened(1)
    assert told("audit_key", "--cell", str(cell)).startswith(f"rempart/{cell}+")
    with pytest.raises(CommandError, match="no log of a cell '2147483000'"):
        told("audit_key", "--cell", "2147483000")


def test_a_witness_gets_the_key_by_the_code_that_people_know():
    world = World()
    world.submitted()
    line = told("audit_key", "--cell", world.cell.code)
    assert line.startswith(f"rempart/{world.cell.pk}+")


def test_a_log_is_verified_without_the_seed(opened, cell, settings):
    opened(2)
    seal(cell)
    public = told("audit_key").split()
    settings.LOG_KEY, settings.LOG_PUBLIC_KEYS = "", public
    assert "intact" in told("audit_verify", "--cell", str(cell))


def test_the_epoch_is_told():
    assert told("audit_epoch") == "Epoch 1.\n"


@contextmanager
def running_sealer():
    """The real process, as the launcher starts it; killed with -9 at the end, whatever happens."""
    sealer = subprocess.Popen(
        [sys.executable, "manage.py", "audit_seal", "--interval", "0.02"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield sealer
    finally:
        sealer.kill()
        sealer.wait()


def until(condition, patience=30.0):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, "it did not happen in time"
        time.sleep(0.05)


def test_a_sealer_killed_in_the_middle_leaves_nothing_behind(opened, cell):
    """kill -9 again and again while entries arrive: no gap, no fork, nothing twice."""
    for _ in range(3):
        with running_sealer() as sealer:
            until(lambda sealer=sealer: arrives(opened, cell) or sealer.poll() is not None)
    opened(3)
    seal(cell)
    report = verified(cell)
    assert report.clean
    assert report.size == report.entries == written(cell)
    assert report.pending == 0


def test_a_sealer_killed_between_its_tiles_and_its_checkpoint(opened, cell, owner_of_everything):
    """The batch is one transaction: the tiles it had written are gone with it."""
    opened(300)
    with owner_of_everything.transaction():
        owner_of_everything.execute("LOCK TABLE audit_checkpoint IN SHARE ROW EXCLUSIVE MODE")
        with running_sealer():
            until(a_sealer_waits)
    report = verified(cell)
    assert (report.clean, report.size, report.pending) == (True, 0, 300)
    seal(cell)
    report = verified(cell)
    assert (report.clean, report.size, report.pending) == (True, 300, 0)


def a_sealer_waits():
    """Asked on a connection of its own: a transaction would see the same answer for ever."""
    with admin(settings.DATABASES["default"]["NAME"]) as looking:
        found = looking.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass",
            ["audit_checkpoint"],
        )
        return found.fetchone()[0] > 0


def arrives(opened, cell):
    """Some more entries; whether the sealer is seen at work."""
    before = sealed(cell)
    opened(40, each=8)
    return sealed(cell) > before


def sealed(cell):
    last = verified(cell).last
    return last.size if last else 0


def written(cell):
    with as_role("auditor") as connection:
        return connection.execute(
            "SELECT count(*) FROM audit_entry WHERE cell_id = %s", [cell]
        ).fetchone()[0]


def test_a_sealer_that_is_asked_to_stop_stops(opened, cell):
    with running_sealer() as sealer:
        opened(2)
        until(lambda: not waiting(cell))
        sealer.send_signal(signal.SIGTERM)
        assert sealer.wait(timeout=20) == 0
    assert verified(cell).size == 2
