"""One person's connection to a server: keeps it open, asks one page at a time."""

import asyncio
import time
from dataclasses import dataclass, field

import httptools

PATIENCE = 30.0


@dataclass(slots=True)
class Answer:
    """What came back, and how long its last byte took."""

    status: int = 0
    seconds: float = 0.0
    body: bytearray = field(default_factory=bytearray)


class Browser(asyncio.Protocol):
    """HTTP/1.1 over one kept connection, opened again when the server has closed it."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._head = (
            f" HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: {cookie}\r\n\r\n"
        )
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._answer = Answer()
        self._done: asyncio.Future[None] | None = None

    async def get(self, path: str) -> Answer:
        """Ask for a page. A status of 0 means that the connection broke."""
        began = time.perf_counter()
        self._answer = Answer()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask(path)
        except (OSError, TimeoutError):
            self.close()
        self._answer.seconds = time.perf_counter() - began
        return self._answer

    async def _ask(self, path: str) -> None:
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            self._transport, _protocol = await loop.create_connection(
                lambda: self, "127.0.0.1", self._port
            )
        self._parser = httptools.HttpResponseParser(self)
        self._done = loop.create_future()
        self._transport.write(f"GET {path}{self._head}".encode())
        await self._done

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def data_received(self, data: bytes) -> None:
        """Bytes from the server."""
        if self._parser is not None:
            self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The server has closed the connection, perhaps in the middle of an answer."""
        self._transport = None
        if self._done is not None and not self._done.done():
            self._answer.status = 0
            self._done.set_exception(ConnectionResetError())

    def on_body(self, data: bytes) -> None:
        """A part of the page."""
        self._answer.body += data

    def on_message_complete(self) -> None:
        """The page is whole."""
        if self._parser is not None and self._done is not None and not self._done.done():
            self._answer.status = self._parser.get_status_code()
            if not self._parser.should_keep_alive():
                self.close()
            self._done.set_result(None)
