"""The web servers that are measured: the same code, on sockets' own server and on threads."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.bench import house
from infra.bench.load.usage import tree
from infra.bench.measuring.open_role import Login
from infra.launcher.places import ROOT
from infra.launcher.problems import Problem, last_lines
from infra.launcher.processes import Process, start, wait_until

THREADS = 8
ASGI, WSGI = "ASGI (uvicorn)", "WSGI (gunicorn gthread)"
KINDS = (ASGI, WSGI)


@dataclass(frozen=True, slots=True)
class Server:
    """One running server."""

    kind: str
    port: int
    process: Process

    def processes(self) -> list[int]:
        """Its process and its workers."""
        return tree(self.process.pid)


@contextmanager
def serving(kind: str, database: str, login: Login, workers: int) -> Iterator[Server]:
    """A server on a filled database whose pages read as that role, until the end of the block."""
    port = _free_port()
    folder = Path(os.environ["REMPART_STATE"]) / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"bench-{kind.split()[0].lower()}-{login.user}.log"
    log.write_bytes(b"")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": house.SETTINGS,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "platform"))),
        "REMPART_BENCH_DB": database,
        "REMPART_BENCH_USER": login.user,
        "REMPART_BENCH_PASSWORD": login.password,
        "REMPART_BENCH_POOLED": "1",
    }
    process = start(_command(kind, port, workers), log=log, environment=environment, directory=ROOT)
    try:
        if not wait_until(lambda: _answers(port) or not process.alive(), 60) or not process.alive():
            raise Problem(f"{kind} does not start. The last lines of {log}:\n{last_lines(log)}")
        yield Server(kind, port, process)
    finally:
        process.end(signal.SIGTERM, 10)


def _command(kind: str, port: int, workers: int) -> list[str]:
    if kind == ASGI:
        command = ["uvicorn", "config.asgi:application", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", str(workers), "--no-access-log"]
        command += ["--timeout-keep-alive", "30", "--log-level", "warning"]
    else:
        command = ["gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        command += ["--worker-class", "gthread", "--workers", str(workers)]
        command += ["--threads", str(THREADS), "--keep-alive", "30", "--log-level", "warning"]
        command += ["--no-control-socket"]
    return [sys.executable, "-m", *command]


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /connexion/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return connection.recv(12).startswith(b"HTTP/1.")
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
