"""Sessions whose keys cannot be read back from the database, and the scope token made from them."""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone


def stored_key(session_key: str) -> str:
    """What the database keeps instead of the key in the cookie."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


def scope_token(session_key: str) -> str:
    """The token that binds a transaction to this browser session; only its hash is ever stored."""
    return hmac.new(
        settings.SECRET_KEY.encode(), b"scope" + session_key.encode(), hashlib.sha256
    ).hexdigest()


def token_hash(token: str) -> bytes:
    """What kernel_session keeps of a token, and what PostgreSQL computes again."""
    return hashlib.sha256(token.encode()).digest()


def token_of(request: HttpRequest) -> str | None:
    """The scope token of the browser's cookie, without reading the session from the database."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return scope_token(session_key) if session_key else None


class SessionStore(DatabaseStore):
    """Django's database sessions, with the key hashed before it is stored or looked up."""

    def _get_session_from_db(self) -> Any:
        try:
            return self.model.objects.get(
                session_key=stored_key(self.session_key or ""), expire_date__gt=timezone.now()
            )
        except self.model.DoesNotExist:
            self._session_key = None
            return None

    def exists(self, session_key: str) -> bool:
        return self.model.objects.filter(session_key=stored_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.session_key = stored_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model.objects.filter(session_key=stored_key(key)).delete()
