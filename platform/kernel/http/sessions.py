"""Sessions whose keys cannot be read back from the database, and the scope token made from them."""

import hashlib
import hmac
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, connections, router
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string

_LOAD = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
_UPDATE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"
_CREATE = """
WITH gone AS (DELETE FROM django_session WHERE session_key = %s)
INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, %s)
"""


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
    """Django's database sessions, with the key hashed before it is stored or looked up.

    A session that gets another key is written once, when the answer leaves: its new row and the
    end of the old one are one statement.
    """

    _left: str | None = None
    """The key that the next save ends."""

    def start_over(self) -> None:
        """Nothing that was kept, under a new key. The old one ends with the next save."""
        self._move()
        self._session_cache: dict[str, Any] = {}

    def cycle_key(self) -> None:
        """What was kept, under a new key. The old one ends with the next save."""
        self._get_session()  # type: ignore[attr-defined]  # the types leave it out
        self._move()

    def _move(self) -> None:
        # A key that was never saved ends nothing, and neither does one that moves again.
        self._left = self._left or self.session_key or ""
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        kept = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # as above
        data = self.encode(kept)
        key, ends = stored_key(self.session_key), self.get_expiry_date()
        new = must_create or self._left is not None
        with connections[self._alias].cursor() as cursor:
            try:
                if new:
                    cursor.execute(_CREATE, [stored_key(self._left or ""), key, data, ends])
                else:
                    cursor.execute(_UPDATE, [data, ends, key])
            except IntegrityError as error:
                raise CreateError from error
            if not new and cursor.rowcount == 0:
                raise UpdateError
        self._left = None

    def _get_session_from_db(self) -> Any:
        with connections[self._alias].cursor() as cursor:
            cursor.execute(_LOAD, [stored_key(self.session_key or ""), timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return None
        return SimpleNamespace(session_data=row[0])

    @property
    def _alias(self) -> str:
        return str(router.db_for_write(self.model))

    def exists(self, session_key: str) -> bool:
        return self.model.objects.filter(session_key=stored_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.session_key = stored_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        """End the session of a key; without one, this one's, whatever key it moves to."""
        own = [self._left, self.session_key] if session_key is None else [session_key]
        keys = [stored_key(key) for key in own if key]
        if keys:
            self.model.objects.filter(session_key__in=keys).delete()
        if session_key is None:
            self._left = None
