"""Only our own pages may open a socket: browsers send cookies along from anywhere."""

from typing import Any
from urllib.parse import ParseResult, urlparse

from channels.security.websocket import OriginValidator, WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from kernel.errors import NotAllowed
from kernel.live import refusing

Scope = dict[str, Any]


class OwnOriginOnly(OriginValidator):
    """Refuses (403, before the handshake) what does not come from this address.

    The origin is either one of the trusted origins, or the very host and port that the socket was
    opened on, when that is an allowed host: another program on another port of the same machine
    is sent the same cookies. A socket without an origin is no browser of ours.
    """

    def __init__(self, application: Any) -> None:
        super().__init__(application, list(settings.CSRF_TRUSTED_ORIGINS))
        self._schemes = ("https",) if settings.SESSION_COOKIE_SECURE else ("http", "https")

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        try:
            welcome = self._is_ours(scope)
        except ValueError:
            welcome = False
        if welcome:
            return await self.application(scope, receive, send)
        await refusing.tell(refusing.token_of(scope), NotAllowed(code="other_origin"))
        return await WebsocketDenier()(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        origin = _only(scope, b"origin")
        host = _only(scope, b"host")
        if origin is None or host is None:
            return False
        read: ParseResult = urlparse(origin)
        domain, _port = split_domain_port(host)
        if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
            return False
        if any((read.path, read.params, read.query, read.fragment)):
            return False
        if read.scheme in self._schemes and read.netloc.lower() == host.lower():
            return True
        return bool(self.validate_origin(read))


def _only(scope: Scope, name: bytes) -> str | None:
    """The header's value when it was sent exactly once."""
    values = [value for header, value in scope.get("headers", []) if header == name]
    return values[0].decode("latin1") if len(values) == 1 else None
