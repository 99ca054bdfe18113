"""The connection below a socket. ASGI does not show it; uvicorn's sender is a method of it."""

import logging
import socket
from asyncio import Transport
from typing import Any

logger = logging.getLogger(__name__)
SEND_BUFFER = 64 * 1024


def transport_of(send: Any) -> Transport | None:
    """The transport behind an ASGI ``send``, where the server lets us see it."""
    return getattr(getattr(send, "__self__", None), "transport", None)


def keep_short(send: Any) -> None:
    """Let the kernel hold little for this connection.

    It would take in up to 4 MB for a reader that has stopped, thousands of frames, before anybody
    noticed: with 500 of them that is 2 GB that no process owns.
    """
    transport = transport_of(send)
    if transport is None:
        logger.warning("this server does not show its connections; slow readers are noticed late")
        return
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    transport.set_write_buffer_limits(high=SEND_BUFFER)


def drop(send: Any) -> None:
    """End a connection whose peer does not read: closing it politely would wait for ever."""
    transport = transport_of(send)
    if transport is not None:
        transport.abort()
