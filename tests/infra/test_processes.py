"""Processes: none is left behind, whoever dies first, and none is mistaken for another."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.launcher.places import ROOT
from infra.launcher.problems import Problem
from infra.launcher.processes import Process, Register, start, wait_until
from infra.launcher.supervisor import Service, Supervisor

LAUNCHER = """
import os, signal, sys, time
from pathlib import Path
from infra.launcher.processes import start
child = start(["sleep", "60"], log=Path(sys.argv[1]), environment=os.environ, directory=Path("/"))
print(child.pid, flush=True)
time.sleep(60)
"""
WITH_A_CHILD = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_launcher_killed_outright_takes_its_processes_with_it(tmp_path):
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with launcher:
        assert launcher.stdout is not None
        child = Process.of(int(launcher.stdout.readline()))
        assert child is not None
        launcher.kill()
    assert child.wait(5)


def test_ending_a_process_ends_what_it_started(tmp_path):
    parent = start(
        [sys.executable, "-c", WITH_A_CHILD],
        log=tmp_path / "log",
        environment=os.environ,
        directory=tmp_path,
    )
    assert wait_until(lambda: bool(_children(parent.pid)), 5)
    child = Process.of(_children(parent.pid)[0])
    assert child is not None
    parent.end(signal.SIGTERM, 5)
    assert parent.wait(1)
    assert child.wait(5)


def test_a_number_used_again_is_not_the_same_process(tmp_path):
    register = Register(tmp_path / "processes.json")
    us = Process.of(os.getpid())
    assert us is not None
    register.write({"us": us, "before us": Process(os.getpid(), "1")})
    assert register.read() == {"us": us}


def test_a_register_that_is_not_there_names_nothing(tmp_path):
    assert Register(tmp_path / "processes.json").read() == {}


def test_a_service_that_ends_is_named_with_its_last_words(tmp_path):
    supervisor = Supervisor(Register(tmp_path / "processes.json"), tmp_path)
    stays = Service("stays", ["sleep", "60"], (), lambda: True)
    ends = Service("ends", ["bash", "-c", "echo no such table; exit 3"], (), lambda: False)
    try:
        with pytest.raises(Problem, match=r"`ends` has stopped(?s:.*)no such table"):
            supervisor.start([stays, ends], dict(os.environ))
    finally:
        kept = supervisor.running["stays"]
        supervisor.stop()
    assert kept.wait(1)


def test_what_a_killed_launcher_left_is_cleared(tmp_path):
    left = start(["sleep", "60"], log=tmp_path / "log", environment=os.environ, directory=tmp_path)
    register = Register(tmp_path / "processes.json")
    register.write({"left": left})
    Supervisor(register, tmp_path).clear()
    assert left.wait(1)
