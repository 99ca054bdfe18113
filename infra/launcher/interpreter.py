"""The virtual environment: made from the hash-locked requirements, again only when they change."""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from infra.launcher.places import Places
from infra.launcher.problems import Problem, check_space, last_lines, no_space
from infra.launcher.progress import step

OLDEST = (3, 11)
SPACE = 900 * 2**20


def check_python(version: tuple[int, ...]) -> None:
    """Say plainly which Python is wanted when this one is too old or comes without venv."""
    if version < OLDEST:
        raise Problem(
            f"Rempart needs Python 3.11 or newer; this is Python {version[0]}.{version[1]}.\n"
            "Install one, or name one: REMPART_PYTHON=/path/to/python3.11"
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Problem(
            f"This Python ({sys.executable}) cannot make virtual environments.\n"
            f"On Debian or Ubuntu: apt-get install python{version[0]}.{version[1]}-venv"
        )


def ensure_venv(places: Places, environment: dict[str, str]) -> None:
    """Leave a complete virtual environment behind, whoever else is making it at the same time."""
    stamp = places.venv / "installed"
    wanted = _fingerprint(places)
    if _is_current(places, stamp, wanted):
        return
    places.venv.parent.mkdir(parents=True, exist_ok=True)
    with open(places.venv.parent / "venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_current(places, stamp, wanted):
            return
        check_space(places.venv, SPACE)
        with step("Python environment") as report:
            shutil.rmtree(places.venv, ignore_errors=True)
            log = places.logs / "install.log"
            with open(log, "w") as output:
                _create(places, environment, output, report)
                _install(places, environment, output, report)
            stamp.write_text(wanted)


def _fingerprint(places: Places) -> str:
    digest = hashlib.sha256(places.requirements.read_bytes())
    digest.update(f"{places.venv} {sys.version_info[:2]}".encode())
    return digest.hexdigest()


def _is_current(places: Places, stamp: Path, wanted: str) -> bool:
    try:
        return stamp.read_text() == wanted and places.python.exists()
    except FileNotFoundError:
        return False


def _create(
    places: Places, environment: dict[str, str], output: IO[str], report: Callable[[str], None]
) -> None:
    report("creating")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(places.venv)],
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if made.returncode:
        raise _failure(places, "The virtual environment could not be made")


def _install(
    places: Places, environment: dict[str, str], output: IO[str], report: Callable[[str], None]
) -> None:
    """Install the lock file and nothing else: no other version, no package built from source."""
    total = sum("==" in line for line in places.requirements.read_text().splitlines())
    collected = 0
    command = [str(places.python), "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--only-binary", ":all:", "--progress-bar", "off", "--no-input"]
    command += ["--disable-pip-version-check", "-r", str(places.requirements)]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        try:
            for line in pip.stdout or ():
                output.write(line)
                if line.startswith("Collecting "):
                    collected += 1
                    report(f"{collected} of {total} packages")
                elif line.startswith("Installing "):
                    report(f"installing {total} packages")
        except KeyboardInterrupt:
            pip.terminate()
            raise
    output.flush()
    if pip.returncode:
        raise _failure(places, "The packages could not be installed")


def _failure(places: Places, what: str) -> Problem:
    log = places.logs / "install.log"
    end = last_lines(log)
    if "No space left on device" in end:
        return Problem(no_space(places.venv))
    return Problem(
        f"{what}. The last lines of {log}:\n{end}\n"
        "Check that this machine reaches its package index (pip's own settings are respected: "
        "index, proxy, certificates) and start again."
    )
