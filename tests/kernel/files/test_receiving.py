"""What people send is never on the disk of the web server in clear, whatever its length."""

import http.client
from pathlib import Path

import pytest

from tests.support.server import Server, web_server

MIB = 1024 * 1024
HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n"
)


@pytest.fixture(scope="module")
def server(database):
    with web_server() as running:
        yield running


def written(server: Server) -> int:
    """Bytes that the server has written so far, to files and to sockets."""
    lines = Path(f"/proc/{server.process.pid}/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


def sends(server: Server, size: int) -> int:
    """Send a form with a file of so many bytes, from nobody; the status of the answer."""
    body = HEAD + b"0" * size + b"\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", "/connexion/", body, kind)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.database
@pytest.mark.parametrize("size", [4 * MIB, 10 * MIB, 80 * MIB])
def test_a_long_request_is_not_written_to_the_disk(server, size):
    sends(server, 10)
    before, memory = written(server), server.memory()
    assert sends(server, size) in {403, 413}
    assert written(server) - before < MIB
    assert server.memory() - memory < 64 * MIB
