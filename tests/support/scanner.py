"""A stand-in for the ClamAV daemon: it speaks clamd's protocol and knows one virus, EICAR."""

import io
import socket
import socketserver
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner(socketserver.ThreadingTCPServer):
    """Listens on a free port. ``mood`` says how it answers: well, oddly, late, or not at all."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.mood = "well"
        self.released = threading.Event()

    @property
    def address(self) -> str:
        """As the setting names it."""
        return f"tcp:127.0.0.1:{self.server_address[1]}"


class _Asked(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        scanner = self.server
        assert isinstance(scanner, Scanner)
        if self._read(10) != b"zINSTREAM\0":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        content = bytearray()
        while length := struct.unpack(">I", self._read(4))[0]:
            content += self._read(length)
        if scanner.mood == "silent":
            return
        if scanner.mood == "late":
            scanner.released.wait(10)
        answers = {"odd": b"INSTREAM size limit exceeded. ERROR\0", "lying": b"OK\0"}
        found = b"stream: Eicar-Signature FOUND\0" if _holds(bytes(content)) else b"stream: OK\0"
        self.request.sendall(answers.get(scanner.mood, found))

    def _read(self, length: int) -> bytes:
        read = b""
        while len(read) < length:
            more = self.request.recv(length - len(read))
            if not more:
                raise ConnectionError
            read += more
        return read


def _holds(content: bytes) -> bool:
    """Whether the virus is there, or within an archive."""
    if EICAR in content:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(_holds(archive.read(name)) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError):
        return False


@contextmanager
def listening() -> Iterator[Scanner]:
    """A scanner that answers until the end of the block."""
    with Scanner() as scanner:
        thread = threading.Thread(target=scanner.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield scanner
        finally:
            scanner.shutdown()
            thread.join()


def a_closed_port() -> str:
    """The address of a scanner that is down."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp:127.0.0.1:{server.getsockname()[1]}"
