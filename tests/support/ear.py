"""One open page as its socket sees it: asks for rooms, answers pings, keeps what it was told."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.server import Server

Frame = dict[str, Any]


class Ear:
    """A browser's socket. Every wait has a deadline and ends as soon as its condition holds."""

    def __init__(
        self,
        server: Server,
        cookie: str | None,
        *,
        origin: str | None = "own",
        headers: dict[str, str] | None = None,
        path: str = "",
        small_buffer: bool = False,
    ) -> None:
        self.frames: list[Frame] = []
        self.closed_with: int | None = None
        sent = dict(headers or {})
        if cookie is not None:
            sent["Cookie"] = f"rempart={cookie}"
        options: dict[str, Any] = {}
        if small_buffer:
            options = {"sock": _narrow(server.port), "max_queue": 1, "compression": None}
        opening = connect(
            server.socket_address + path,
            origin=server.address if origin == "own" else origin,  # type: ignore[arg-type]
            additional_headers=sent,
            ping_interval=None,
            close_timeout=1,
            **options,
        )
        self.socket: ClientConnection = opening.__enter__()

    def say(self, **message: object) -> None:
        """Send one message."""
        self.socket.send(json.dumps(message))

    def watch(self, room: str, last_seq: int = 0, *, within: float = 5) -> int:
        """Enter a room and wait until it is caught up; the number it has reached."""
        self.say(type="watch", room=room, last_seq=last_seq)
        done = self.until(
            lambda f: f["type"] in ("caught_up", "refused") and f["room"] == room, within=within
        )
        assert done["type"] == "caught_up", done
        return int(done["seq"])

    def until(self, wanted: Callable[[Frame], bool], *, within: float = 5) -> Frame:
        """The next frame that is wanted; others are kept in ``frames``."""
        deadline = time.monotonic() + within
        while True:
            frame = self._next(deadline)
            assert frame is not None, f"not within {within} s; heard {self.frames[-5:]}"
            if wanted(frame):
                return frame

    def event(self, seq: int, *, within: float = 5) -> Frame:
        """The event of that number."""
        return self.until(lambda f: f["type"] == "event" and f["seq"] == seq, within=within)

    def listen(self, seconds: float) -> list[Frame]:
        """Everything told in a span of time, or until the socket is closed."""
        before = len(self.frames)
        deadline = time.monotonic() + seconds
        while self.closed_with is None and self._next(deadline) is not None:
            pass
        return [f for f in self.frames[before:] if f["type"] != "ping"]

    def until_closed(self, *, within: float = 5) -> int:
        """The code with which the server closes."""
        deadline = time.monotonic() + within
        while self.closed_with is None:
            frame = self._next(deadline)
            assert frame is not None or self.closed_with is not None, f"open after {within} s"
        return self.closed_with

    def rooms(self) -> set[str]:
        """Every room of which something was heard."""
        return {f["room"] for f in self.frames if f["type"] == "event"}

    def close(self) -> None:
        """Close the page."""
        self.socket.close()

    def _next(self, deadline: float) -> Frame | None:
        try:
            text = self.socket.recv(timeout=max(0.001, deadline - time.monotonic()))
        except TimeoutError:
            return None
        except ConnectionClosed as closed:
            self.closed_with = closed.rcvd.code if closed.rcvd else 1006
            return None
        frame: Frame = json.loads(text)
        self.frames.append(frame)
        if frame["type"] == "ping":
            try:
                self.say(type="pong")
            except ConnectionClosed as closed:
                self.closed_with = closed.rcvd.code if closed.rcvd else 1006
        return frame


def _narrow(port: int) -> socket.socket:
    """A connection whose receiver can hold almost nothing."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    return made
