"""A refused socket of somebody who is signed in leaves an entry, as a refused page does."""

import logging
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import transaction
from django.http.cookie import parse_cookie

from kernel.errors import CharterUnsigned, DomainError
from kernel.http import refusals
from kernel.http.sessions import scope_token
from kernel.live.listener import in_thread
from kernel.scope import bind

logger = logging.getLogger(__name__)
OPERATION = "live.connect"


def token_of(scope: dict[str, Any]) -> str | None:
    """The scope token of the session cookie; no other way in, neither address nor header."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            key = parse_cookie(value.decode("latin1")).get(settings.SESSION_COOKIE_NAME)
            if key and len(key) <= 128:
                return scope_token(key)
    return None


async def tell(token: str | None, refusal: DomainError | None, operation: str = OPERATION) -> None:
    """Write the refusal down for the session of this token, if there is one.

    Without a refusal it is that of a session that may not have sockets yet. The socket is refused
    whether or not PostgreSQL can be reached to write that down.
    """
    if token is None:
        return
    try:
        await in_thread(_tell, token, refusal, operation)
    except DatabaseProblem:
        logger.warning("that a socket was refused could not be written down")


def _tell(token: str, refusal: DomainError | None, operation: str) -> None:
    with transaction.atomic(durable=True):
        viewer = bind(token, channel="socket")
    if viewer is None:
        return
    if refusal is None:
        if viewer.charter_signed:
            return
        refusal = CharterUnsigned()
    refusals.tell_within_bounds(viewer, refusal, operation)
