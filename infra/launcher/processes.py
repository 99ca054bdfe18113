"""Starting and stopping processes so that none is left behind, whoever dies first."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.launcher.unprivileged import ServerUser

PR_SET_PDEATHSIG = 1
_C = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Process:
    """A running process. Its number alone may be used again by another; its start time is not."""

    pid: int
    began: str

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The live process of that number, if there is one."""
        began = _began(pid)
        return None if began is None else cls(pid, began)

    def alive(self) -> bool:
        """Whether this very process still runs."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return _began(self.pid) == self.began

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        return wait_until(lambda: not self.alive(), seconds)

    def end(self, asked: signal.Signals, seconds: float) -> None:
        """Ask it to end, then make it and whatever it started end."""
        self.send(asked)
        if not self.wait(seconds):
            self.send(signal.SIGKILL)
            self.wait(5)
        self.end_group()

    def end_group(self) -> None:
        """Remove what it started and left in its own group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def start(
    arguments: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    directory: Path,
    user: ServerUser | None = None,
    ends_with_us: signal.Signals | None = signal.SIGTERM,
) -> Process:
    """Start a process in a group of its own, writing to its own log.

    With `ends_with_us`, the kernel sends it that signal when this launcher dies, even by kill -9.
    """
    with open(log, "ab") as output:
        child = subprocess.Popen(
            [os.fspath(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
            umask=0o077,
            preexec_fn=_tie(ends_with_us),
            **_account(user),
        )
    child.returncode = 0  # reaped by Process.alive(), not by subprocess
    return Process.of(child.pid) or Process(child.pid, "")


def run(
    arguments: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    directory: Path,
    user: ServerUser,
) -> int:
    """Run a program to its end as that account, and return its exit code."""
    with open(log, "ab") as output:
        return subprocess.run(
            [os.fspath(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=directory,
            check=False,
            umask=0o077,
            **_account(user),
        ).returncode


def _account(user: ServerUser | None) -> dict[str, Any]:
    if user is None or not user.dropped:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def _tie(number: signal.Signals | None) -> Callable[[], None] | None:
    if number is None or _C is None:
        return None
    library, value = _C, int(number)

    def tie() -> None:
        library.prctl(PR_SET_PDEATHSIG, value, 0, 0, 0)

    return tie


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Whether the condition came true within that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def _began(pid: int) -> str | None:
    """When a process began, as the system says it; nothing when it has ended."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    told = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return None if len(told) < 2 or told[0].startswith("Z") else told[1].strip()


class Register:
    """The processes of a launcher, on disk, so that the next one finds what a killed one left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, processes: Mapping[str, Process]) -> None:
        """Replace the list."""
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({name: [p.pid, p.began] for name, p in processes.items()}))
        new.replace(self.path)

    def read(self) -> dict[str, Process]:
        """Those of the list that still run."""
        try:
            listed = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        found = {name: Process(pid, began) for name, (pid, began) in listed.items()}
        return {name: process for name, process in found.items() if process.alive()}
