"""Who is looking."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Viewer:
    """One person in one seat: what the database answered when it was shown a live session token.

    A viewer is never built by hand. ``kernel.scope.bind`` asks PostgreSQL, so that a changed or
    ended membership takes effect with the next request without anybody being told.
    """

    account_id: UUID
    seat_id: UUID
    cell_id: int
    agency_id: UUID
    agency_kind: str
    roles: frozenset[str]
    units: tuple[int, ...]
    bound_by_secrecy: bool
    display_name: str
    agency_name: str
    cell_name: str
    factor_at: datetime
    version: int
    charter_signed: bool
    idle_seconds: int
    idle_until: datetime
    expires_at: datetime
    channel: str
    request_id: UUID
    token: str = field(repr=False)

    def has(self, *roles: str) -> bool:
        """Whether this seat holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    def speaking_through(self, channel: str, request_id: UUID) -> "Viewer":
        """The same person, heard through another door (page, api, socket, task, command)."""
        return replace(self, channel=channel, request_id=request_id)
