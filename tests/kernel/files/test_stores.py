"""Both stores keep what they are given, whole, and give nothing else back."""

import hashlib
import http.server
import os
import threading
from urllib.parse import unquote

import pytest

from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import Unavailable
from kernel.files.blobs import SEGMENT, new_file_key, seal, unseal
from kernel.files.s3 import Bucket, S3Store, signature
from kernel.files.store import DiskStore, NoSuchFile

EMPTY = hashlib.sha256(b"").hexdigest()


class Shop(http.server.ThreadingHTTPServer):
    """A small store that speaks S3: it asks for a right signature of the very bytes that came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.objects: dict[str, bytes] = {}
        self.broken = 0
        self.bucket = Bucket(
            f"http://127.0.0.1:{self.server_address[1]}", "coffre", "fr-par", "AKID", "geheim"
        )


class _Counter(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        shop = self.server
        assert isinstance(shop, Shop)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = self.headers["Authorization"]
        listed = told.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name: self.headers[name] for name in listed}
        right = signature(shop.bucket, self.command, unquote(self.path), headers)
        honest = headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
        if shop.broken:
            status, answer = shop.broken, b""
        elif told != right or not honest or not self.path.startswith("/coffre/"):
            status, answer = 403, b""
        elif self.command == "PUT":
            shop.objects[self.path] = body
            status, answer = 200, b""
        elif self.command == "DELETE":
            shop.objects.pop(self.path, None)
            status, answer = 204, b""
        else:
            answer = shop.objects.get(self.path, b"")
            status = 200 if self.path in shop.objects else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_DELETE = _serve  # noqa: N815  names of the protocol


@pytest.fixture
def shop():
    with Shop() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path, shop):
    return DiskStore(tmp_path) if request.param == "disk" else S3Store(shop.bucket)


def test_what_is_put_is_what_is_got(store):
    for size in (0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT):
        content = os.urandom(size)
        store.put("cases/a/b.served", iter([content[: size // 2], content[size // 2 :]]))
        assert b"".join(store.get("cases/a/b.served")) == content
    store.delete("cases/a/b.served")
    store.delete("cases/a/b.served")
    with pytest.raises(NoSuchFile):
        list(store.get("cases/a/b.served"))


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "a/../b", "A", "a b", "", "a?b", "a%2fb"])
def test_names_are_ours(store, name):
    for act in (lambda: store.put(name, [b""]), lambda: list(store.get(name))):
        with pytest.raises(ValueError, match="names of ours"):
            act()


def test_a_store_that_fails_says_so(shop):
    store = S3Store(shop.bucket)
    for shop.broken in (403, 500, 503):
        for act in (
            lambda: store.put("a", [b"x"]),
            lambda: list(store.get("a")),
            lambda: store.delete("a"),
        ):
            with pytest.raises(Unavailable):
                act()
    gone = S3Store(Bucket("http://127.0.0.1:9", "coffre", "x", "y", "z"))
    with pytest.raises(Unavailable):
        gone.put("a", [b"x"])


def test_a_wrong_secret_is_refused(shop):
    thief = S3Store(Bucket(shop.bucket.endpoint, "coffre", "fr-par", "AKID", "erraten"))
    with pytest.raises(Unavailable):
        thief.put("a", [b"x"])
    assert shop.objects == {}


def test_requests_are_signed_as_the_manual_shows():
    """The example of AWS's own manual: GET of an object, 24 May 2013."""
    bucket = Bucket(
        "https://examplebucket.s3.amazonaws.com",
        "",
        "us-east-1",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": "20130524T000000Z",
    }
    told = signature(bucket, "GET", "/test.txt", headers)
    assert told.endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


@pytest.mark.parametrize("size", [0, 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 7])
def test_a_sealed_file_opens_whole_or_not_at_all(size):
    key, content = new_file_key(), os.urandom(size)
    pieces = list(seal(key, "a", content))
    whole = b"".join(pieces)
    assert (
        unseal(key, "a", [whole[n : n + 999_983] for n in range(0, len(whole), 999_983)]) == content
    )
    damaged = [
        pieces[:-1],
        [*pieces, pieces[-1]],
        [pieces[0], *pieces[:0:-1]] if len(pieces) > 2 else [whole[:-1]],
        [whole[:-1] + bytes([whole[-1] ^ 1])],
        [b"\x02" + whole[1:]],
        [whole + b"\x00"],
        [],
    ]
    for wrong in damaged:
        with pytest.raises(CannotDecrypt):
            unseal(key, "a", wrong)
    for other in ((new_file_key(), "a"), (key, "b")):
        with pytest.raises(CannotDecrypt):
            unseal(*other, pieces)
