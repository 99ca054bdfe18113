"""The agencies of a cell as its administration sees them: with people counted, never named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from agencies.models import Accession, AgencyKind
from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer

PER_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of accessions, and whether there is another."""

    accessions: list[Accession]
    more: bool


def list_agencies(
    viewer: Viewer, *, kind: str = "", ended: bool = False, text: str = "", page: int = 1
) -> Listed:
    """The agencies of the cell, all or of one kind, by name; ``ended`` for those that left."""
    moment = now()
    found = with_people(Accession.objects.filter(cell_id=viewer.cell_id))
    found = found.filter(valid_until__lte=moment) if ended else found.filter(valid_until__gt=moment)
    if kind in AgencyKind.values:
        found = found.filter(agency__kind=kind)
    if text.strip():
        found = found.filter(
            Q(agency__name__icontains=text.strip())
            | Q(agency__commune_name__icontains=text.strip())
        )
    first = (page - 1) * PER_PAGE
    rows = list(found.order_by("agency__name", "id")[first : first + PER_PAGE + 1])
    return Listed(rows[:PER_PAGE], more=len(rows) > PER_PAGE)


def accession_with_people(viewer: Viewer, accession_id: UUID) -> Accession:
    """One agency of the cell, also one that has left. Raises NotFound."""
    found = with_people(Accession.objects.filter(cell_id=viewer.cell_id, pk=accession_id)).first()
    if found is None:
        raise NotFound
    return found


def with_people(accessions: QuerySet[Accession]) -> QuerySet[Accession]:
    """The same, each with ``people``: how many have a place there today."""
    moment = now()
    return accessions.select_related("agency", "agency__school").annotate(
        people=Count(
            "memberships",
            filter=Q(memberships__valid_from__lte=moment, memberships__valid_until__gt=moment),
        )
    )


def counts_by_kind(viewer: Viewer) -> list[tuple[str, object, int]]:
    """How many agencies of each kind take part today: (code, label, count), in the list's order."""
    found = dict(
        Accession.objects.filter(cell_id=viewer.cell_id, valid_until__gt=now())
        .values_list("agency__kind")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return [(kind.value, kind.label, found[kind]) for kind in AgencyKind if kind in found]
