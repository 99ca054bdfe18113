"""Keeps the demo's processes together: all of them run, or none does."""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.launcher.environment import held_by
from infra.launcher.places import ROOT
from infra.launcher.problems import Problem, last_lines
from infra.launcher.processes import Process, Register, start, wait_until

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """A process to run, the database roles it acts as, and when it counts as ready."""

    name: str
    arguments: Sequence[str | Path]
    roles: Sequence[str]
    ready: Callable[[], bool]


class Supervisor:
    """Starts services, watches them, and ends all of them when one ends or somebody asks."""

    def __init__(self, register: Register, logs: Path) -> None:
        self.register = register
        self.logs = logs
        self.running: dict[str, Process] = {}

    def clear(self) -> None:
        """End what a launcher that was killed has left behind."""
        _end_all(self.register.read())

    def start(self, services: Sequence[Service], environment: Mapping[str, str]) -> None:
        """Start the services together and return when every one of them is ready."""
        for service in services:
            log = self.log_of(service.name)
            if log.exists():
                log.replace(log.with_suffix(".log.old"))
            self.running[service.name] = start(
                service.arguments,
                log=log,
                environment=held_by(service.roles, environment),
                directory=ROOT,
            )
            self.register.write(self.running)
        for service in services:
            if not self._ready(service):
                raise Problem(self._told(service.name, "is not ready after a minute"))

    def _ready(self, service: Service) -> bool:
        ready = wait_until(lambda: service.ready() or self._ended() is not None, PATIENCE)
        self._complain()
        return ready

    def watch(self) -> None:
        """Return never, unless a service ends: then say which one and why."""
        while True:
            self._complain()
            time.sleep(0.5)

    def stop(self) -> None:
        """End every service."""
        _end_all(self.running)
        self.register.write({})

    def log_of(self, name: str) -> Path:
        """Where a service writes to."""
        return self.logs / f"{name}.log"

    def _ended(self) -> str | None:
        return next((name for name, process in self.running.items() if not process.alive()), None)

    def _complain(self) -> None:
        ended = self._ended()
        if ended is not None:
            raise Problem(self._told(ended, "has stopped"))

    def _told(self, name: str, what: str) -> str:
        log = self.log_of(name)
        return f"The process `{name}` {what}. The last lines of {log}:\n{last_lines(log)}"


def _end_all(processes: Mapping[str, Process]) -> None:
    """Ask all of them at once, then make each of them end."""
    for process in processes.values():
        process.send(signal.SIGTERM)
    for process in processes.values():
        process.end(signal.SIGTERM, 10)
