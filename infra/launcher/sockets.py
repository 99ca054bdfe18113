"""Where the servers' sockets lie: a directory of their own, with a path short enough for one."""

import hashlib
import os
import re
from pathlib import Path

from infra.launcher.unprivileged import ServerUser

# A socket's whole path has 107 bytes on Linux and 103 elsewhere; the longest name we put there
# is PostgreSQL's lock file.
LONGEST = 103 - len("/.s.PGSQL.5432.lock")
SHORT = Path("/tmp")  # noqa: S108 (only a 0700 directory that we made and own is used below it)
# What needs no quoting in an address, a server's settings or a connection string.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


def socket_directory(home: Path, user: ServerUser) -> Path:
    """The directory's path: elsewhere when the one at home would be too long or not plain."""
    directory = home / "sockets"
    if fits(directory):
        return directory
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return SHORT / f"rempart-{user.uid}-{name}"


def fits(directory: Path) -> bool:
    """Whether sockets can be made in a directory of this name."""
    path = os.fsencode(directory)
    return len(path) <= LONGEST and PLAIN.fullmatch(os.fsdecode(path)) is not None
