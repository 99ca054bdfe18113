"""The commands themselves, in a fresh clone with an empty home, in a path with a space.

Takes minutes, because each clone installs everything. To run it:

    REMPART_TEST_COMMANDS=1 ./infra/bin/test tests/infra/test_commands.py

As root it runs twice, the second time as an ordinary user.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.launcher.places import ROOT
from infra.launcher.processes import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("REMPART_TEST_COMMANDS"), reason="REMPART_TEST_COMMANDS is not set"
    ),
]
# What leads to this machine's package index, if anything has to.
KEPT = re.compile(r"PATH|LANG|PIP_.*|.*_CA_.*|SSL_CERT_.*|https?_proxy|no_proxy", re.IGNORECASE)
ADDRESS = re.compile(r"http://localhost:\d+/")
ORDINARY = "nobody"


@dataclass
class Clone:
    """A fresh clone and the person who works in it."""

    directory: Path
    environment: dict[str, str]
    account: dict[str, object] = field(default_factory=dict)
    port: int = 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one of the commands in infra/bin."""
        command, *rest = arguments
        return subprocess.Popen(
            [str(self.directory / "infra" / "bin" / command), *rest],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **self.account,  # type: ignore[call-overload]
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run one of the commands to its end."""
        with self.start(*arguments) as process:
            told, _ = process.communicate(timeout=600)
        return process.returncode, told

    @contextmanager
    def demo(self, *options: str) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
        """The demo once it has printed its people: process, what it said, and seconds it took."""
        began = time.monotonic()
        process = self.start("demo", "--port", str(self.port), *options)
        lines = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if "Ctrl-C" in line:
                    break
            told = "".join(lines)
            assert ADDRESS.search(told), told
            yield process, told, time.monotonic() - began
        finally:
            process.terminate()
            process.communicate(timeout=60)

    def left_running(self) -> list[str]:
        """The command lines of processes that still belong to this clone."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes()
            except OSError:
                continue
            if os.fsencode(self.directory) in line:
                found.append(line.replace(b"\0", b" ").decode(errors="replace"))
        return found


def _people() -> list[str]:
    return ["the caller", "an ordinary user"] if os.geteuid() == 0 else ["the caller"]


@pytest.fixture(scope="module", params=_people())
def clone(request) -> Iterator[Clone]:
    top = Path(tempfile.mkdtemp(prefix="rempart-"))
    top.chmod(0o755)
    directory, home = top / "a fresh clone", top / "empty home"
    home.mkdir(parents=True)
    subprocess.run(["git", "clone", "-q", str(ROOT), str(directory)], check=True)
    environment = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
    environment["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    account: dict[str, object] = {}
    if request.param != "the caller":
        found = pwd.getpwnam(ORDINARY)
        account = {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
        for path in (top, *top.rglob("*")):
            os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Clone(directory, {**environment, "HOME": str(home)}, account, port)
    yield made
    made.run("demo", "--stop")
    shutil.rmtree(top)


def _page(port: int) -> str:
    with urllib.request.urlopen(f"http://localhost:{port}/connexion/", timeout=10) as answer:
        assert answer.status == 200
        return answer.read().decode()


def test_the_demo_goes_from_nothing_to_a_page_and_leaves_nothing_running(clone):
    with clone.demo() as (process, told, _):
        assert "demo_code EMAIL" in told
        assert "<form" in _page(clone.port)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert clone.left_running() == []
    assert [path.name for path in Path(clone.environment["HOME"]).iterdir() if path.suffix] == []


def test_the_second_start_takes_less_than_ten_seconds(clone):
    with clone.demo() as (_, _, seconds):
        assert seconds < 10
        code, told = clone.run("demo", "--port", str(clone.port))
        assert (code, "already runs" in told) == (1, True)
        email = re.search(r"\S+@\S+", _told_people(clone))
        assert email is not None
        code, told = clone.run("manage", "demo_code", email[0])
        assert code == 0
        assert re.search(r"\b\d{6}\b", told)


def _told_people(clone: Clone) -> str:
    return (clone.directory / ".run" / "people.json").read_text().replace('"', " ")


def test_a_launcher_killed_outright_leaves_nothing_and_starts_again(clone):
    with clone.demo() as (process, _, _):
        process.kill()
        process.communicate(timeout=60)
    assert wait_until(lambda: clone.left_running() == [], 20), clone.left_running()
    with clone.demo():
        assert "<form" in _page(clone.port)


def test_a_killed_web_process_ends_the_demo_with_its_reason(clone):
    with clone.demo() as (process, _, _):
        pid = next(
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if b"uvicorn" in path.read_bytes() and str(clone.port).encode() in path.read_bytes()
        )
        os.kill(pid, signal.SIGKILL)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "`web` has stopped" in told
    assert clone.left_running() == []


def test_a_reset_starts_over_with_other_secrets(clone):
    before = (clone.directory / ".run" / "env").read_text()
    with clone.demo("--reset"):
        assert "<form" in _page(clone.port)
    assert (clone.directory / ".run" / "env").read_text() != before


def test_a_taken_port_is_said(clone):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", clone.port))
        taken.listen()
        code, told = clone.run("demo", "--port", str(clone.port))
    assert code == 1
    assert f"Port {clone.port} is already in use" in told
    assert "Traceback" not in told


def test_a_management_command_starts_the_database_and_leaves_it_running(clone):
    code, told = clone.run("manage", "migrate", "--check")
    assert code == 0, told
    assert any("postgres" in line for line in clone.left_running())
    assert clone.run("demo", "--stop")[0] == 0
    assert clone.left_running() == []


def test_the_test_command_makes_all_it_needs(clone):
    code, told = clone.run("test", "tests/infra/test_launcher.py", "tests/infra/test_roles.py")
    assert code == 0, told
    assert " passed" in told
    assert clone.left_running() == []
