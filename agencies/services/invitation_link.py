"""The link of an invitation: made again whenever it is needed, stored only as a hash."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from uuid import UUID

from django.urls import reverse
from django.utils.crypto import salted_hmac

from agencies.models import Invitation
from kernel.clock import now
from kernel.outbox.letters import Addressee


def token_of(invitation_id: UUID, sending: int) -> str:
    """The token of one sending. Nobody can make it without the key of the installation."""
    digest = salted_hmac(
        "agencies.invitation", f"{invitation_id}.{sending}", algorithm="sha256"
    ).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def addressee_of(invitation_id: UUID) -> Addressee | None:
    """Whom the letter goes to and the link in it, asked by the relay as the worker role.

    None when the invitation has been used, withdrawn or is over: nothing leaves then. Raises
    ValueError when the link would not open, so that the letter waits for a person instead.
    """
    row = (
        Invitation.objects.using("worker")
        .filter(pk=invitation_id, state=Invitation.State.SENT, expires_at__gt=now())
        .exclude(token_hash=None)
        .values_list("address", "sending", "token_hash")
        .first()
    )
    if row is None:
        return None
    address, sending, stored = row
    token = token_of(invitation_id, sending)
    if hash_of(token) != bytes(stored or b""):
        raise ValueError("the key of the installation has changed since the invitation was sent")
    return Addressee(address, reverse("agencies:join", args=[token]))
