"""A store in the shape of S3: what is put there is sealed before it leaves this process.

Requests are signed as AWS Signature Version 4 says; buckets are named in the path, which every
compatible store understands.
"""

import hashlib
import hmac
import http.client
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from kernel.clock import now
from kernel.errors import Unavailable
from kernel.files.blobs import SEGMENT
from kernel.files.store import NAME, NoSuchFile

SECONDS = 15
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the files are, and who we are there."""

    endpoint: str
    name: str
    region: str
    access_key: str
    secret_key: str


class S3Store:
    """Objects of one bucket. Each call has a connection of its own and a time limit."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._where = urlsplit(bucket.endpoint)

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep the pieces under that name, whole or not at all. Raises Unavailable."""
        connection, answer = self._asked("PUT", name, b"".join(pieces))
        answer.read()
        connection.close()
        if answer.status not in (200, 201):
            raise Unavailable

    def get(self, name: str) -> Iterator[bytes]:
        """The pieces. Raises NoSuchFile at the first one."""
        connection, answer = self._asked("GET", name)
        try:
            if answer.status == 404:
                raise NoSuchFile(name)
            if answer.status != 200:
                raise Unavailable
            while piece := answer.read(SEGMENT):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable from error
        finally:
            connection.close()

    def delete(self, name: str) -> None:
        """Keep it no longer; nothing happens when it is not there."""
        connection, answer = self._asked("DELETE", name)
        connection.close()
        if answer.status not in (200, 204, 404):
            raise Unavailable

    def _asked(
        self, method: str, name: str, body: bytes = b""
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        if not NAME.fullmatch(name):
            raise ValueError("a store keeps files under names of ours")
        path = f"{self._where.path.rstrip('/')}/{self._bucket.name}/{name}"
        headers = {
            "host": self._where.netloc,
            "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
            "x-amz-date": now().strftime("%Y%m%dT%H%M%SZ"),
        }
        headers["authorization"] = signature(self._bucket, method, path, headers)
        kind = http.client.HTTPSConnection
        if self._where.scheme == "http":
            kind = http.client.HTTPConnection  # type: ignore[assignment]  # the parent of the other
        connection = kind(self._where.netloc, timeout=SECONDS)
        try:
            connection.request(method, quote(path), body or None, headers)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unavailable from error


def signature(bucket: Bucket, method: str, path: str, headers: Mapping[str, str]) -> str:
    """The Authorization header for a request with exactly these headers and no query."""
    moment = headers["x-amz-date"]
    scope = f"{moment[:8]}/{bucket.region}/s3/aws4_request"
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    listed = ";".join(names)
    asked = "\n".join([method, quote(path), "", lines, listed, headers["x-amz-content-sha256"]])
    text = "\n".join([ALGORITHM, moment, scope, hashlib.sha256(asked.encode()).hexdigest()])
    key = f"AWS4{bucket.secret_key}".encode()
    for part in (moment[:8], bucket.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signed = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return (
        f"{ALGORITHM} Credential={bucket.access_key}/{scope},SignedHeaders={listed},"
        f"Signature={signed}"
    )
