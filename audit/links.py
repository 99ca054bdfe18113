"""A public key of the log that is good for a time: from when it took over to when it was followed.

It is used like any other key. A checkpoint that it has signed for another time is not good.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Link(Ed25519PublicKey):
    """One key of the chain."""

    number: int
    public: Ed25519PublicKey
    since: datetime = ALWAYS
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether what was signed at this time was this key's to sign."""
        return self.since <= at and (self.until is None or at < self.until)

    def public_bytes(self, *args: Any, **kwargs: Any) -> bytes:
        """As the key itself."""
        return self.public.public_bytes(*args, **kwargs)

    def public_bytes_raw(self) -> bytes:
        """As the key itself."""
        return self.public.public_bytes_raw()

    def verify(self, *args: Any, **kwargs: Any) -> None:
        """As the key itself."""
        self.public.verify(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ed25519PublicKey) and (
            self.public_bytes_raw() == other.public_bytes_raw()
        )

    def __hash__(self) -> int:
        return hash(self.public_bytes_raw())

    def __copy__(self) -> "Link":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Link":
        return self
