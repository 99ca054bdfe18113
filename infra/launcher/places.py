"""Where everything lies that the launcher reads or writes."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from infra.launcher.problems import Problem

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one command: `state` for what it owns, `shared` for what several can use.

    Nothing is written outside them, but for two cases.
    Root's servers may need a directory that their unprivileged user can reach, and a path too
    long for a socket needs a shorter one: `infra.launcher.unprivileged` and `sockets` say where.
    """

    state: Path
    shared: Path
    venv: Path
    requirements: Path

    @classmethod
    def of(cls, command: str) -> "Places":
        """The paths of a command: tests and measurements never share a database with the demo."""
        given = os.environ.get("REMPART_STATE", "")
        state = Path(given).expanduser().absolute() if given else ROOT / ".run"
        wanted = ROOT / "infra" / "requirements"
        if command in ("demo", "manage"):
            return cls(state, state, state / "venv", wanted / "base.txt")
        own = state / ("bench" if command == "bench" else "test")
        return cls(own, state / "test", state / "test" / "venv", wanted / "dev.txt")

    def of_one_run(self, name: str) -> "Places":
        """The same with data, secrets and logs of its own; what is built stays shared."""
        return replace(self, state=self.state / "runs" / name)

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def env_file(self) -> Path:
        """Secrets and addresses, for the processes and for a person who needs them."""
        return self.state / "env"

    @property
    def keys(self) -> Path:
        """The key files that encryption, blind index and log signatures start from."""
        return self.state / "keys"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.state / "logs"

    @property
    def bundle(self) -> Path:
        """The built front end."""
        return self.shared / "bundle"

    def prepare(self) -> None:
        """Make the directories. Root's can be passed through, so that its servers reach theirs."""
        through = 0o711 if os.geteuid() == 0 else 0o700
        for path in (self.shared, self.state, self.logs):
            path.mkdir(mode=through, parents=True, exist_ok=True)
            owner = path.stat().st_uid
            if owner != os.geteuid():
                raise Problem(
                    f"{path} belongs to {_name_of(owner)}, and this command runs as "
                    f"{_name_of(os.geteuid())}.\n"
                    f"Run it as {_name_of(owner)}, or set REMPART_STATE to a directory of your own."
                )


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
