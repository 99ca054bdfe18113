"""The real web server in a process of its own, on a free port, ended by its own process id."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
RUNNING = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")


def wait_for(condition: Callable[[], object], *, within: float, what: str) -> object:
    """Ask until the answer is true and return it; fail with the log's words after ``within`` s."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.02)


class Server:
    """One running server: its address, its process, what it has printed."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log = process, log
        found = wait_for(self._port, within=30, what="the server says that it runs")
        self.port = int(str(found))

    def _port(self) -> str | None:
        assert self.process.poll() is None, self.printed()
        found = RUNNING.search(self.printed())
        return found[1] if found else None

    def printed(self) -> str:
        """Everything the server has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def address(self) -> str:
        """The origin of its pages."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_address(self) -> str:
        """Where its sockets are opened."""
        return f"ws://127.0.0.1:{self.port}/live/"

    def memory(self) -> int:
        """Resident memory in bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def web_server(
    application: str = "config.asgi:application", *, port: int = 0, **variables: str
) -> Iterator[Server]:
    """A server on this process's test database; ``variables`` change its environment."""
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}"
        f"{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "REMPART_TEST_DB": str(settings.DATABASES["default"]["NAME"]),
        "REMPART_REDIS_URL": settings.REDIS_URL,
        **variables,
    }
    command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1"]
    command += ["--port", str(port)]
    with tempfile.TemporaryDirectory(prefix="rempart-web-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--timeout-graceful-shutdown", "3", "--no-access-log"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(process, log)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
