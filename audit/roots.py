"""The roots of full tiles, computed in a second process while this one reads and hashes on.

The nodes of a tree are half of all the hashes of a log. Python computes one at a time in each
process, so that a second one has them done by the time that they are asked for.
"""

import subprocess
import sys
from types import TracebackType

from audit import merkle

TILE = merkle.WIDTH * merkle.SIZE
# A root for each tile until there is none any more. The module is read by its path: what else
# belongs to the package would take longer to begin than many a log to verify.
_SECOND = f"""
import runpy, sys
root = runpy.run_path(sys.argv[1])["perfect_root"]
asked, told = sys.stdin.buffer, sys.stdout.buffer
while len(tile := asked.read({TILE})) == {TILE}:
    told.write(root(tile))
    told.flush()
"""


class Roots:
    """Takes tiles of hashes and gives their roots back in the same order."""

    def __init__(self, *, beside: bool) -> None:
        self._done: list[bytes] = []
        self._process = _begun() if beside else None

    def __enter__(self) -> "Roots":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def ask(self, tile: bytes) -> None:
        """Have the root over this tile computed."""
        if self._process is None:
            self._done.append(merkle.perfect_root(tile))
            return
        assert self._process.stdin is not None  # noqa: S101  what Popen was asked for
        self._process.stdin.write(tile)
        self._process.stdin.flush()

    def take(self, count: int) -> list[bytes]:
        """The roots over so many tiles, the oldest first. No more than a thousand may be due."""
        if self._process is None:
            roots, self._done = self._done[:count], self._done[count:]
            return roots
        assert self._process.stdout is not None  # noqa: S101  what Popen was asked for
        joined = self._process.stdout.read(count * merkle.SIZE)
        if len(joined) < count * merkle.SIZE:
            raise RuntimeError("the process that computes roots has ended")
        return [joined[at : at + merkle.SIZE] for at in range(0, len(joined), merkle.SIZE)]


def _begun() -> subprocess.Popen[bytes] | None:
    """The second process, which ends with the pipe that leads to it; None where none may begin."""
    command = [sys.executable, "-I", "-S", "-c", _SECOND, str(merkle.__file__)]
    try:
        return subprocess.Popen(  # noqa: S603  our own interpreter and our own file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
