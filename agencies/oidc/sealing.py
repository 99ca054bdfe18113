"""Keeping an id_token so that the database alone cannot say whose it is."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_BOUND_TO = b"agencies_provider_session.hint"


def seal(token: str) -> bytes:
    """The token, unreadable without the secret key of this installation."""
    nonce = os.urandom(12)
    return nonce + AESGCM(_key()).encrypt(nonce, token.encode(), _BOUND_TO)


def unseal(sealed: bytes) -> str:
    """The token; empty when the secret key has changed since."""
    try:
        return AESGCM(_key()).decrypt(sealed[:12], sealed[12:], _BOUND_TO).decode()
    except (InvalidTag, ValueError):
        return ""


def _key() -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), _BOUND_TO, hashlib.sha256).digest()
