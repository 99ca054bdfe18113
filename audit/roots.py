"""The roots of full tiles, computed in a second process while this one reads and hashes on.

The nodes of a tree are half of all the hashes of a log. Python computes one at a time in each
process, so that a second one has them done by the time that they are asked for.
"""

import os
import select
import subprocess
import sys
from collections import deque
from types import TracebackType
from typing import IO

from audit import merkle

TILE = merkle.WIDTH * merkle.SIZE
TOGETHER = 8
"""Tiles handed over at a time, as many as the pipe holds: with each one the other would wake up."""
PATIENCE = 30.0
"""Seconds that the second process may say nothing; a root takes it a tenth of a millisecond."""
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
    """Takes tiles of hashes and gives their roots back in the same order.

    What the second process does not give in time, because it was killed or stopped, is computed
    here, and so is all that comes after.
    """

    def __init__(self, *, beside: bool) -> None:
        self._patience = PATIENCE
        self._due: deque[bytes] = deque()
        self._collected: list[bytes] = []
        self._process = _begun() if beside else None

    def __enter__(self) -> "Roots":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._go_on_alone()

    def ask(self, tile: bytes) -> None:
        """Have the root over this tile computed."""
        self._due.append(tile)
        self._collected.append(tile)
        if len(self._collected) == TOGETHER:
            self._hand_over()

    def take(self, count: int) -> list[bytes]:
        """The roots over so many tiles, the oldest first. No more than a thousand may be due."""
        self._hand_over()
        tiles = [self._due.popleft() for _ in range(count)]
        roots: list[bytes] = []
        if self._process is not None:
            joined = self._read(self._process, count * merkle.SIZE)
            whole = len(joined) // merkle.SIZE
            roots = [joined[n * merkle.SIZE : (n + 1) * merkle.SIZE] for n in range(whole)]
            if whole < count:
                self._go_on_alone()
        return roots + [merkle.perfect_root(tile) for tile in tiles[len(roots) :]]

    def _hand_over(self) -> None:
        """Give the second process what it has not been given yet."""
        tiles, self._collected = b"".join(self._collected), []
        if self._process is not None and not self._written(self._process, tiles):
            self._go_on_alone()

    def _written(self, process: subprocess.Popen[bytes], tiles: bytes) -> bool:
        """Whether the second process takes all of it."""
        rest = memoryview(tiles)
        try:
            while rest and self._ready(process.stdin, select.POLLOUT):
                rest = rest[os.write(_number(process.stdin), rest) :]
        except OSError:
            return False
        return not rest

    def _read(self, process: subprocess.Popen[bytes], size: int) -> bytes:
        """So many bytes from the second process, or those that came before it fell silent."""
        joined = b""
        while len(joined) < size and self._ready(process.stdout, select.POLLIN):
            some = os.read(_number(process.stdout), size - len(joined))
            if not some:
                break
            joined += some
        return joined

    def _ready(self, pipe: IO[bytes] | None, event: int) -> bool:
        """Whether the other end does something, be it only to close, before patience ends."""
        waiting = select.poll()
        waiting.register(_number(pipe), event)
        return bool(waiting.poll(self._patience * 1000))

    def _go_on_alone(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _number(pipe: IO[bytes] | None) -> int:
    assert pipe is not None  # noqa: S101  what Popen was asked for
    return pipe.fileno()


def _begun() -> subprocess.Popen[bytes] | None:
    """The second process, which ends with the pipe that leads to it; None where none may begin."""
    if not sys.executable:
        return None
    command = [sys.executable, "-I", "-S", "-c", _SECOND, str(merkle.__file__)]
    try:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and our own file
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    # Whoever has stopped reading must not stop us in the middle of a tile.
    os.set_blocking(_number(process.stdin), False)
    return process
