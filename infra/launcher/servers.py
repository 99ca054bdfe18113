"""PostgreSQL and Valkey together, with the roles in place: what every command stands on."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.launcher import postgres, valkey
from infra.launcher.environment import (
    VALKEY_PASSWORD,
    addresses,
    ensure_secrets,
    web_addresses,
    write_env,
)
from infra.launcher.places import Places
from infra.launcher.problems import check_space
from infra.launcher.progress import step
from infra.launcher.sockets import socket_directory
from infra.launcher.unprivileged import ServerUser, home_of_servers, server_user
from infra.postgres.bootstrap import bootstrap

SPACE = 300 * 2**20
DEFAULT_PORT = 8000
# What the launcher alone decides, whatever the caller's shell says.
DECIDED = {"DJANGO_SETTINGS_MODULE", "REMPART_STATE"}


@dataclass(frozen=True, slots=True)
class Home:
    """Where the servers of a state directory live, whether they run or not."""

    path: Path
    user: ServerUser

    @classmethod
    def of(cls, state: Path) -> "Home":
        """The home that belongs to a state directory."""
        user = server_user()
        return cls(home_of_servers(state, user), user)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def sockets(self) -> Path:
        """The directory that holds the only ways in."""
        return socket_directory(self.path, self.user)

    def stop(self) -> None:
        """Take down whatever runs here, whoever started it."""
        valkey.stop(self.path)
        postgres.stop(self.data)
        if self.sockets.parent != self.path and self.sockets.exists():
            shutil.rmtree(self.sockets)

    def erase(self) -> None:
        """Take everything down and remove data and sockets; programs copied here stay."""
        self.stop()
        for directory in (self.data, self.sockets):
            if directory.exists():
                shutil.rmtree(directory)


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of one command and the environment that leads to them.

    A server that the caller's environment names (REMPART_DB_HOST, REMPART_REDIS_URL) takes the
    place of an embedded one, which then is absent here.
    """

    places: Places
    home: Home
    environment: dict[str, str]
    postgres: postgres.Postgres | None
    valkey: valkey.Valkey | None

    def running(self) -> bool:
        """Whether everything embedded is up and lets us in."""
        return (
            self.postgres is None
            or (postgres.running_on(self.home.data) is not None and self.postgres.answers())
        ) and (self.valkey is None or valkey.running_in(self.home.path) is not None)

    def start(self, *, stays: bool) -> None:
        """Bring everything up and lead the roles back to what they should be."""
        self.home.user.own_directory(self.home.sockets)
        if self.postgres is not None:
            check_space(self.home.path, SPACE)
            self.postgres.ensure_data()
            self.postgres.start(stays=stays)
        if self.valkey is not None:
            self.valkey.start(stays=stays)
        if "REMPART_DB_PASSWORD_ADMIN" in self.environment:
            bootstrap(self.environment)


def servers_of(
    places: Places,
    *,
    settings: str,
    port: int | None = None,
    caller: Mapping[str, str] = os.environ,
    tuning: Mapping[str, str] | None = None,
) -> Servers:
    """Describe a state directory's servers, making secrets and env file where they are missing.

    The variables that the caller sets win over ours. Whoever must not be led to a server of the
    caller's passes an empty mapping.
    """
    home = Home.of(places.state)
    known = ensure_secrets(places, database_exists=home.data.exists())
    known.update(addresses(places, known, home.sockets, settings))
    if port is not None or "REMPART_ORIGINS" not in known:
        known.update(web_addresses(port or DEFAULT_PORT))
    write_env(places.env_file, known)
    environment = {**known, **_given(caller, known)}
    outside = environment["REMPART_DB_HOST"] != known["REMPART_DB_HOST"]
    if outside and not caller.get("REMPART_DB_PASSWORD_ADMIN"):
        del environment["REMPART_DB_PASSWORD_ADMIN"]
    programs = home_of_servers(places.shared, home.user)
    return Servers(
        places=places,
        home=home,
        environment={**os.environ, **environment},
        postgres=None
        if outside
        else postgres.Postgres(
            binaries=postgres.find_binaries(programs, home.user),
            data=home.data,
            sockets=home.sockets,
            log=places.logs / "postgres.log",
            user=home.user,
            password=environment["REMPART_DB_PASSWORD_ADMIN"],
            settings=tuning or {},
        ),
        valkey=None
        if environment["REMPART_REDIS_URL"] != known["REMPART_REDIS_URL"]
        else valkey.Valkey(
            binary=valkey.find_binary(programs, home.user),
            home=home.path,
            sockets=home.sockets,
            log=places.logs / "valkey.log",
            user=home.user,
            password=known[VALKEY_PASSWORD],
        ),
    )


def _given(caller: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """What the caller's own shell says about servers, but for what the launcher alone decides."""
    given = {
        name: value
        for name, value in caller.items()
        if name in known and value and name not in DECIDED
    }
    if "REMPART_DB_HOST" in given:
        given.setdefault("REMPART_DB_SSLMODE", "prefer")
    if "REMPART_REDIS_URL" in given:
        given.setdefault("REMPART_BROKER_URL", given["REMPART_REDIS_URL"])
    return given


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one launcher at a time pass, so that two commands do not do the same work at once."""
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bring_up(servers: Servers, *, stays: bool) -> None:
    """Start what is not running, with one line of progress when there is something to do."""
    with alone(servers.places.state / "servers.lock"):
        if servers.running() and stays:
            return
        with step("Database and message server"):
            servers.start(stays=stays)
