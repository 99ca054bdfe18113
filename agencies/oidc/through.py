"""Through which identity somebody signs in, and which live session that became."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.utils.translation import gettext_lazy as _

from agencies.models import AllowedProvider, ProviderSession, ProviderSpent
from agencies.services.origin import SIGNIN
from kernel.clock import now
from kernel.errors import NotAllowed
from kernel.http.sessions import token_hash

OVER = _("Votre session chez le fournisseur d'identité a pris fin. Recommencez la connexion.")
REMEMBERED: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Through:
    """An identity that was shown a moment ago, and what is needed to end the session later.

    ``sid`` is the digest of the provider's own session, ``hint`` the sealed id_token.
    """

    identity_id: UUID
    idp_id: str
    sid: str
    hint: str
    end_session: str

    def kept(self) -> dict[str, str]:
        """Its form in a browser session."""
        return {
            "identity": str(self.identity_id),
            "idp": self.idp_id,
            "sid": self.sid,
            "hint": self.hint,
            "end": self.end_session,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Through:
        """Read it back."""
        return cls(UUID(kept["identity"]), kept["idp"], kept["sid"], kept["hint"], kept["end"])


def cells_accepting(idp_id: str) -> list[int]:
    """The cells whose places can be taken through this identity provider."""
    accepted = AllowedProvider.objects.using(SIGNIN).filter(idp_id=idp_id)
    return list(accepted.values_list("cell_id", flat=True))


def accepts_any(cell_id: int) -> bool:
    """Whether the places of this cell can be taken through any provider at all."""
    return AllowedProvider.objects.using(SIGNIN).filter(cell_id=cell_id).exists()


def digest_of_sid(issuer: str, sid: str) -> str:
    """What is kept of a session's name at the provider; empty when it has none."""
    return hashlib.sha256(f"sid\x1f{issuer}\x1f{sid}".encode()).hexdigest() if sid else ""


def tie(through: Through, token: str) -> None:
    """Note, in the transaction that opens a session, which sign-out of the provider ends it.

    Raises NotAllowed when that sign-out has already come.
    """
    sid = _still_open(through)
    ProviderSession.objects.using(SIGNIN).create(
        token_hash=token_hash(token),
        identity_id=through.identity_id,
        idp_id=through.idp_id,
        sid_hash=sid or None,
        hint=bytes.fromhex(through.hint),
        end_session=through.end_session,
    )


def retie(through: Through, token: str) -> None:
    """Note that the session of this token lives as long as what the provider has just opened.

    Raises NotAllowed when the provider has ended that meanwhile.
    """
    sid = _still_open(through)
    ProviderSession.objects.using(SIGNIN).filter(pk=token_hash(token)).update(
        sid_hash=sid or None,
        hint=bytes.fromhex(through.hint),
        end_session=through.end_session,
    )


def through_of(token: str) -> Through | None:
    """Through which identity the session of this token was opened; None for a local sign-in."""
    row = ProviderSession.objects.using(SIGNIN).filter(pk=token_hash(token)).first()
    if row is None:
        return None
    return Through(
        identity_id=row.identity_id,
        idp_id=row.idp_id,
        sid=bytes(row.sid_hash or b"").hex(),
        hint=bytes(row.hint).hex(),
        end_session=row.end_session,
    )


def _still_open(through: Through) -> bytes:
    """The digest of the provider's session, which nobody ends until the transaction does."""
    sid = bytes.fromhex(through.sid)
    if sid:
        one_at_a_time(sid)
        if ProviderSpent.objects.using(SIGNIN).filter(pk=sid, ends_at__gt=now()).exists():
            raise NotAllowed(OVER)
    return sid


def one_at_a_time(key: bytes) -> None:
    """Wait, until the transaction ends, for whoever opens or ends sessions of the same name."""
    number = int.from_bytes(key[:8], "big", signed=True)
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
