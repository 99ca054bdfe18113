"""The charter that counts for a viewer, and whether it is signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from agencies.charter_text import EDITIONS, NEWEST, Article
from agencies.models import Charter, CharterSignature, Membership
from kernel.clock import now
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Current:
    """The version in force, with its words."""

    id: UUID
    version: int
    edition: int
    articles: Sequence[Article]
    additions: str
    adopted_at: datetime

    @property
    def is_newest_text(self) -> bool:
        """Whether no newer common text waits to be adopted."""
        return self.edition == NEWEST


def charter_of(viewer: Viewer) -> Current:
    """The charter of the viewer's cell."""
    row = Charter.objects.filter(cell_id=viewer.cell_id).order_by("-version")[0]
    return Current(
        id=row.pk,
        version=row.version,
        edition=row.edition,
        articles=EDITIONS[row.edition],
        additions=row.additions,
        adopted_at=row.adopted_at,
    )


def signed_on(viewer: Viewer, version: int) -> datetime | None:
    """When this person signed a version; None when they have not."""
    mine = CharterSignature.objects.filter(
        cell_id=viewer.cell_id, account_id=viewer.account_id, version=version
    )
    return mine.values_list("signed_at", flat=True).first()


def how_many_signed(viewer: Viewer, version: int) -> tuple[int, int]:
    """Of the people of the cell, how many have signed, and how many there are."""
    moment = now()
    people = set(
        Membership.objects.filter(
            cell_id=viewer.cell_id, valid_from__lte=moment, valid_until__gt=moment
        ).values_list("account_id", flat=True)
    )
    signed = CharterSignature.objects.filter(cell_id=viewer.cell_id, version=version)
    return len(people & set(signed.values_list("account_id", flat=True))), len(people)
