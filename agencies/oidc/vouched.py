"""Somebody whom the provider vouches for and who has no account yet: they are joining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from agencies.oidc.backend import Proven
from agencies.oidc.through import Through


@dataclass(frozen=True, slots=True)
class Vouched:
    """An identity that was proven in this browser, and what a session through it will need.

    ``factor_at`` is when the provider saw a second factor; None when ours has to be linked.
    ``sid`` is the digest of the provider's session, ``hint`` the sealed id_token.
    """

    issuer: str
    idp_id: str
    subject: str
    factor_at: datetime | None
    sid: str
    hint: str
    end_session: str

    @property
    def proven(self) -> Proven:
        """The identity by itself, to be linked."""
        return Proven(
            issuer=self.issuer,
            idp_id=self.idp_id,
            subject=self.subject,
            strong=False,
            authenticated_at=None,
            sid="",
            id_token="",
        )

    def through(self, identity_id: UUID) -> Through:
        """The way in that it becomes once it is linked."""
        return Through(identity_id, self.idp_id, self.sid, self.hint, self.end_session)

    def kept(self) -> dict[str, str]:
        """Its form in a browser session."""
        return {
            "issuer": self.issuer,
            "idp": self.idp_id,
            "subject": self.subject,
            "factor": self.factor_at.isoformat() if self.factor_at else "",
            "sid": self.sid,
            "hint": self.hint,
            "end": self.end_session,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Vouched:
        """Read it back."""
        shown = kept["factor"]
        return cls(
            kept["issuer"],
            kept["idp"],
            kept["subject"],
            datetime.fromisoformat(shown) if shown else None,
            kept["sid"],
            kept["hint"],
            kept["end"],
        )
