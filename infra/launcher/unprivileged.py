"""Who the servers run as, and where they can live: PostgreSQL and Valkey never run as root."""

import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.launcher.problems import Problem

UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The account that owns the servers' data and processes."""

    uid: int
    gid: int
    dropped: bool

    def owns(self, path: Path) -> bool:
        """Whether that path belongs to this account."""
        return path.lstat().st_uid == self.uid

    def own_directory(self, path: Path) -> None:
        """Make a directory that only this account can enter, or check that it is one."""
        try:
            path.mkdir(mode=0o700, parents=True)
            if self.dropped:
                os.chown(path, self.uid, self.gid)
        except FileExistsError:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid:
                raise Problem(
                    f"{path} is not a directory of the user that the servers run as "
                    f"({pwd.getpwuid(self.uid).pw_name}).\n"
                    "Remove it, run the command as its owner, or start over: "
                    "./infra/bin/demo --reset"
                ) from None
            os.chmod(path, 0o700)

    def own_file(self, path: Path, text: str) -> None:
        """Write a file that only this account can read."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            if self.dropped:
                os.fchown(descriptor, self.uid, self.gid)


def server_user() -> ServerUser:
    """The caller, or an unprivileged account when the caller is root."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), dropped=False)
    try:
        found = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise Problem(
            f"The database never runs as root, and this machine has no user `{UNPRIVILEGED}`.\n"
            "Run the command as an ordinary user."
        ) from None
    return ServerUser(found.pw_uid, found.pw_gid, dropped=True)


def home_of_servers(state: Path, user: ServerUser) -> Path:
    """A directory for data, sockets and binaries that the servers' account can reach.

    Below a home directory that is closed to others, an unprivileged account reaches nothing.
    Opening somebody's directories is not ours to do, so the servers live elsewhere then.
    """
    home = state / "servers"
    if user.dropped and not passable(state):
        name = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
        home = Path("/var/lib") / f"rempart-{name}"
    home.mkdir(mode=0o711 if user.dropped else 0o700, parents=True, exist_ok=True)
    return home


def passable(path: Path) -> bool:
    """Whether every account may pass through this directory and all those above it."""
    return all(
        directory.stat().st_mode & stat.S_IXOTH for directory in (path, *path.resolve().parents)
    )


def reachable_copies(sources: Sequence[Path], target: Path, user: ServerUser) -> Path:
    """Return a directory that holds these files where the servers' account can read them.

    That is where they are, or for root's servers a copy of them, made once.
    """
    if not user.dropped:
        return sources[0].parent
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        for source in sources:
            shutil.copytree(source, partial / source.name, symlinks=True)
        _open_for_reading(partial)
        partial.rename(target)
    return target


def _open_for_reading(top: Path) -> None:
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
