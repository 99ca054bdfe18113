"""The processes of the demo: what each runs, which passwords it holds, and when it is ready."""

import http.client
from collections.abc import Callable
from pathlib import Path

from infra.launcher.places import ROOT
from infra.launcher.servers import Servers
from infra.launcher.supervisor import Service

HOST = "127.0.0.1"


def services(servers: Servers, port: int, log_of: Callable[[str], Path]) -> list[Service]:
    """The web server, the worker with its clock, one for long work, the sealer and the watch of
    the record.

    Of the workers only the one for long work reads cases, as the person who asked. None of them
    holds the password of the owner, of the operator or of the administrator.
    """
    python: str | Path = servers.places.python
    schedule = servers.places.state / "schedule"
    for directory in (schedule, servers.places.state / "mail"):
        directory.mkdir(mode=0o700, exist_ok=True)
    web = [python, "-m", "uvicorn", "config.asgi:application", "--host", HOST, "--port", str(port)]
    web += ["--ws", "websockets-sansio", "--ws-max-size", "8192"]
    web += ["--ws-ping-interval", "5", "--ws-ping-timeout", "10"]
    web += ["--no-access-log", "--no-server-header", "--no-proxy-headers"]
    web += ["--timeout-graceful-shutdown", "3"]
    worker = [python, "-m", "celery", "-A", "config", "worker", "-P", "threads", "-c", "4"]
    worker += ["-B", "-s", schedule / "beat", "--loglevel", "INFO"]
    worker += ["--without-gossip", "--without-mingle"]
    long = [python, "-m", "celery", "-A", "config", "worker", "-P", "threads", "-c", "2"]
    long += ["-Q", "work", "-n", "work@%h", "--loglevel", "INFO"]
    long += ["--without-gossip", "--without-mingle"]
    sealer = [python, ROOT / "manage.py", "audit_seal"]
    watch = [python, ROOT / "manage.py", "audit_watch", "--interval", "600"]
    return [
        Service("web", web, ("RUNTIME", "SIGNIN"), lambda: _answers(port)),
        Service(
            "worker",
            worker,
            ("WORKER",),
            lambda: "ready." in log_of("worker").read_text(errors="replace"),
        ),
        Service(
            "work",
            long,
            ("RUNTIME", "WORKER"),
            lambda: "ready." in log_of("work").read_text(errors="replace"),
        ),
        Service("sealer", sealer, ("SEALER",), lambda: True),
        Service("watch", watch, ("AUDITOR",), lambda: True),
    ]


def _answers(port: int) -> bool:
    """Whether a page comes back, whatever page it is."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/connexion/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
