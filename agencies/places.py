"""The places that the person who looks may take instead of the one they are in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from agencies.roles import Role
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """One of one's own places, in any cell. Nobody else is told of it."""

    id: UUID
    agency_name: str
    cell_name: str
    roles: tuple[str, ...]

    @property
    def roles_in_words(self) -> str:
        """The roles by their names, in the order of the list of roles."""
        return ", ".join(str(role.label) for role in Role if role in self.roles)


def my_places() -> list[Place]:
    """Every place of the bound viewer, the present one included: only they can ask."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, agency_name, cell_name, roles FROM agencies.my_places()")
        return [Place(row[0], row[1], row[2], tuple(row[3])) for row in cursor.fetchall()]


def other_places(viewer: Viewer) -> list[dict[str, object]]:
    """What the header offers to switch to."""
    return [
        {
            "id": place.id,
            "label": place.agency_name,
            "detail": f"{place.roles_in_words} · {place.cell_name}",
        }
        for place in my_places()
        if place.id != viewer.seat_id
    ]
