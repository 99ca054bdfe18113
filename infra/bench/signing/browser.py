"""A browser as the application sees it: the calls that a WSGI server would make, and nothing more.

One application answers them all, as in a server's process; what a test client adds (forms of
several parts, signals for each template, middleware built anew for each client) is left out.
"""

import io
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIHandler

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_FORM = "application/x-www-form-urlencoded"


class Browser:
    """Somebody at one address, who has the form of signing in before them."""

    def __init__(self, application: WSGIHandler, address: str, cookie: str, token: str) -> None:
        self._application, self._address, self._token = application, address, token
        self._cookies = SimpleCookie(cookie)

    def post(self, path: str, fields: dict[str, str]) -> int:
        """Send a form and keep the cookies that come back; the status."""
        body = urlencode({**fields, "csrfmiddlewaretoken": self._token}).encode()
        environ = _environ("POST", path, self._address, _header(self._cookies), body)
        status, headers, _body = _called(self._application, environ)
        _keep(self._cookies, headers)
        return status


@dataclass(frozen=True, slots=True)
class Ready:
    """The application after its first page, with the cookie and the token of its forms."""

    application: WSGIHandler
    cookie: str
    token: str

    @classmethod
    def now(cls) -> "Ready":
        """Load it and open the page of signing in."""
        from config.wsgi import application

        environ = _environ("GET", "/connexion/", "10.255.255.1", "", b"")
        _status, headers, body = _called(application, environ)
        cookies: SimpleCookie = SimpleCookie()
        _keep(cookies, headers)
        token = _TOKEN.search(body)
        if token is None:
            raise RuntimeError("The page of signing in shows no form.")
        return cls(application, _header(cookies), token[1].decode())

    def browser(self, address: str) -> Browser:
        """A browser at this address."""
        return Browser(self.application, address, self.cookie, self.token)


def _header(cookies: SimpleCookie) -> str:
    return "; ".join(f"{name}={one.value}" for name, one in cookies.items())


def _keep(cookies: SimpleCookie, headers: list[tuple[str, str]]) -> None:
    for name, value in headers:
        if name.lower() == "set-cookie":
            cookies.load(value)


def _called(
    application: WSGIHandler, environ: dict[str, Any]
) -> tuple[int, list[tuple[str, str]], bytes]:
    said: list[Any] = []
    answer = application(environ, lambda status, headers: said.extend((status, headers)))
    try:
        body = b"".join(answer)
    finally:
        answer.close()
    return int(said[0].split()[0]), said[1], body


def _environ(method: str, path: str, address: str, cookies: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address,
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": cookies,
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "CONTENT_TYPE": _FORM if body else "",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
