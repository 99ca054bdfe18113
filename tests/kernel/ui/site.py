"""A small server that a test scripts: pages, answers to posts, and one live socket."""

import asyncio
import json
import mimetypes
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from django.conf import settings

POLICY = "; ".join(
    f"{name} {' '.join(values)}"
    for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)


@dataclass
class Asked:
    """A request that the page made."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def values(self) -> dict[str, list[str]]:
        """What the form sent."""
        return parse_qs(self.body, keep_blank_values=True)


@dataclass
class Answer:
    """What the server says; ``hang`` seconds later."""

    body: str = ""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0


def as_json(body: dict[str, Any], status: int = 200, hang: float = 0) -> Answer:
    """An answer to a script."""
    return Answer(json.dumps(body), status, "application/json", hang=hang)


class Site:
    """Serves what ``answers`` says for a path, the bundle under /static/, and /live/."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Asked], Answer]] = {}
        self.asked: list[Asked] = []
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[Any] = []
        self.live_open = True
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            log_level="error",
            lifespan="off",
            ws="websockets-sansio",
            ws_ping_interval=None,
        )
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the server and its sockets."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(5)
        self._listener.close()

    def forget(self) -> None:
        """A clean table for the next test."""
        self.answers.clear()
        self.asked.clear()
        self.heard.clear()
        self.live_open = True

    def posts(self, path: str) -> list[Asked]:
        """The posts that a path received."""
        return [one for one in self.asked if one.method == "POST" and one.path == path]

    def say(self, message: dict[str, Any]) -> None:
        """Send a live message to every open socket."""
        self._on_loop(
            [send({"type": "websocket.send", "text": json.dumps(message)}) for send in self.sockets]
        )

    def hang_up(self, code: int = 1012) -> None:
        """Close every socket."""
        self._on_loop([send({"type": "websocket.close", "code": code}) for send in self.sockets])

    def _on_loop(self, work: list[Any]) -> None:
        assert self._loop is not None, "no page has opened a socket"
        for one in work:
            asyncio.run_coroutine_threadsafe(one, self._loop).result(5)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._live(receive, send)
        else:
            await self._http(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        await receive()
        if not self.live_open:
            await send({"type": "websocket.close", "code": 1012})
            return
        await send({"type": "websocket.accept"})
        self.sockets.append(send)
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(json.loads(message["text"]))
        self.sockets.remove(send)

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        asked = Asked(scope["method"], scope["path"], headers, body.decode())
        if scope["path"].startswith("/static/"):
            content, kind, status, extra = *_static(scope["path"]), 200, {}
        else:
            self.asked.append(asked)
            nothing = Answer("", 204 if scope["path"] == "/favicon.ico" else 404)
            answer = self.answers.get(scope["path"], nothing)
            if callable(answer):
                answer = answer(asked)
            await asyncio.sleep(answer.hang)
            content, kind = answer.body.encode(), answer.type
            status, extra = answer.status, answer.headers
        lines = {"content-type": kind, "content-security-policy": POLICY} | extra
        start = {"type": "http.response.start", "status": status}
        start["headers"] = [(name.encode(), value.encode()) for name, value in lines.items()]
        await send(start)
        await send({"type": "http.response.body", "body": content})


def _static(path: str) -> tuple[bytes, str]:
    file = Path(settings.BUNDLE_DIR) / path.removeprefix("/static/")
    return file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain"
