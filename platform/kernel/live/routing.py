"""Where sockets come in: our own pages only, at one address."""

from typing import Any

from channels.security.websocket import WebsocketDenier

from kernel.errors import NotFound
from kernel.live import refusing
from kernel.live.consumer import LiveConsumer
from kernel.live.origin import OwnOriginOnly

PATH = "/live/"


def sockets() -> Any:
    """The ASGI application for WebSockets: origin first, then the address, then the socket."""
    live = LiveConsumer.as_asgi()

    async def addressed(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == PATH and not scope["query_string"]:
            return await live(scope, receive, send)
        await refusing.tell(refusing.token_of(scope), NotFound())
        await WebsocketDenier()(scope, receive, send)

    return OwnOriginOnly(addressed)
