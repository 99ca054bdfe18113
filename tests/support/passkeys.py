"""A site under a name that passkeys can belong to, and a device that holds them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.server import web_server


@contextmanager
def named_site() -> Iterator[str]:
    """The origin of a server that knows itself as ``localhost``: an address of digits cannot."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    origin = f"http://localhost:{port}"
    with web_server(port=port, REMPART_PUBLIC_ADDRESS=origin, REMPART_ORIGINS=origin):
        yield origin


class Device:
    """A virtual authenticator of Chromium, attached to one page."""

    def __init__(self, page: Any) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable", {"enableUI": False})
        self._id = self._attach(verified=True)

    def _attach(self, *, verified: bool) -> str:
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verified,
            "automaticPresenceSimulation": True,
        }
        answer = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(answer["authenticatorId"])

    def verifies(self, verified: bool) -> None:
        """Whether the person's finger is the right one."""
        self._session.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self._id, "isUserVerified": verified},
        )

    def keys(self) -> list[dict[str, Any]]:
        """What it holds, private keys included: what a thief who opens the device has."""
        answer = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(answer["credentials"])

    def holds(self, key: dict[str, Any]) -> None:
        """Put a key into it."""
        self._session.send(
            "WebAuthn.addCredential", {"authenticatorId": self._id, "credential": key}
        )

    def forgets(self) -> None:
        """Empty it."""
        self._session.send("WebAuthn.clearCredentials", {"authenticatorId": self._id})
