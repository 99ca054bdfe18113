"""The seeds of authenticators, for whoever changes the root key that wraps them."""

from __future__ import annotations

from base64 import b64decode, b64encode

from agencies.models.authenticator import place_of_seed
from kernel.crypto.keeping import Wrapped, asked, told


def seeds() -> list[Wrapped]:
    """Every seed, with its row and its account."""
    rows = asked("SELECT id, user_id, key FROM otp_totp_totpdevice ORDER BY id")
    return [Wrapped((row[0],), b64decode(row[2]), place_of_seed(*row[:2])) for row in rows]


def keep_seed(one: Wrapped, fresh: bytes) -> None:
    """Put the fresh wrapping in the place of what was read."""
    told(
        "UPDATE otp_totp_totpdevice SET key = %s WHERE id = %s AND key = %s",
        [b64encode(fresh).decode(), *one.place, b64encode(one.blob).decode()],
    )
