"""`./infra/bin/demo`: everything, from nothing to a page in the browser, until Ctrl-C."""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from infra.launcher.catalogues import ensure_catalogues
from infra.launcher.content import ensure_demo, ensure_tables
from infra.launcher.frontend import ensure_frontend
from infra.launcher.places import Places
from infra.launcher.problems import Problem
from infra.launcher.processes import Process, Register
from infra.launcher.progress import step
from infra.launcher.servers import DEFAULT_PORT, Home, bring_up, servers_of
from infra.launcher.services import HOST, services
from infra.launcher.supervisor import Supervisor

# What --reset removes. The Python environment and the built front end hold nobody's data.
ERASED = ("env", "keys", "mail", "logs", "static", "schedule", "people.json", "log-memory")


def main(arguments: Sequence[str], places: Places) -> int:
    """Run the demo in the foreground, or end what runs in the background."""
    options = _options(arguments)
    if options.stop:
        return _stop(places)
    with _only_demo(places):
        check_port(options.port)
        if options.reset:
            _reset(places)
        supervisor = Supervisor(Register(places.state / "processes.json"), places.logs)
        supervisor.clear()
        try:
            servers = servers_of(places, settings="config.settings.demo", port=options.port)
            bring_up(servers, stays=False)
            ensure_frontend(places, servers.environment)
            ensure_catalogues()
            ensure_tables(servers)
            people = ensure_demo(servers)
            with step("Web server, worker, sealer of the record"):
                supervisor.start(
                    services(servers, options.port, supervisor.log_of), servers.environment
                )
            _welcome(options.port, people, places)
            supervisor.watch()
        except KeyboardInterrupt:
            print("\nStopping.", file=sys.stderr)
        finally:
            for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(ending, signal.SIG_IGN)
            supervisor.stop()
            Home.of(places.state).stop()
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./infra/bin/demo",
        description="Starts Rempart with an invented cell and its people, until Ctrl-C.",
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="serve the pages on another port than 8000"
    )
    parser.add_argument(
        "--reset", action="store_true", help="start over: erase the demo's database, keys and mails"
    )
    parser.add_argument(
        "--stop",
        action="store_true",
        help="end the demo, or the database that `manage` left running",
    )
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        parser.error("a port is a number from 1 to 65535")
    return options


@contextmanager
def _only_demo(places: Places) -> Iterator[None]:
    """Hold the lock that only one demo of a state directory can hold, with our number in it."""
    with open(places.state / "demo.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Problem(
                f"The demo of this directory already runs (process {lock.read().strip()}).\n"
                "Use it, or end it: ./infra/bin/demo --stop"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def check_port(port: int) -> None:
    """Say that the port is taken before anything is started."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Problem(
                f"This user may not serve on port {port}.\n"
                "Choose one above 1023: ./infra/bin/demo --port 8000"
            ) from None
        except OSError:
            raise Problem(
                f"Port {port} is already in use by another program.\n"
                f"End that program, or choose another port: ./infra/bin/demo --port {port + 1}"
            ) from None


def _reset(places: Places) -> None:
    with step("Erasing the previous demo"):
        Home.of(places.state).erase()
        for name in ERASED:
            path = places.state / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        places.prepare()


def _stop(places: Places) -> int:
    """End the launcher that holds the lock, then whatever runs without one."""
    lock = places.state / "demo.lock"
    with open(lock, "a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            launcher = Process.of(int(held.read().strip() or 0))
            if launcher is not None:
                launcher.send(signal.SIGTERM)
                launcher.wait(60)
    Supervisor(Register(places.state / "processes.json"), places.logs).clear()
    Home.of(places.state).stop()
    print("Nothing of the demo runs any more.")
    return 0


def _welcome(port: int, people: Sequence[dict[str, Any]], places: Places) -> None:
    """Say where it is, who can sign in, and how."""
    rows = [(str(person["email"]), str(person["password"]), _who(person)) for person in people]
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    print(f"\n  Rempart:  http://localhost:{port}/\n")
    for email, password, who in rows:
        print(f"    {email:{wide[0]}}  {password:{wide[1]}}  {who}")
    print("\n  The one-time code of one of them:  ./infra/bin/manage demo_code EMAIL")
    print(f"  Mails: {places.state / 'mail'}   Logs: {places.logs}   Ctrl-C ends everything.\n")
    sys.stdout.flush()


def _who(person: dict[str, Any]) -> str:
    """What else is told of a person, in the order in which it is told."""
    told = [value for name, value in person.items() if name not in ("email", "password")]
    return ", ".join(
        ", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in told
    )
