"""Looking for an organisation in the national directory and among those that cells have added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from agencies.models import Accession, Agency, Cell
from agencies.wording import folded
from kernel.clock import now
from kernel.viewer import Viewer

PER_PAGE: Final = 25
SHORTEST: Final = 2
_WITH_ACCENTS: Final = {
    "a": "aàâä",
    "c": "cç",
    "e": "eéèêë",
    "i": "iîï",
    "o": "oôöœ",
    "u": "uùûü",
    "y": "yÿ",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results: agencies, those among them that take part already, and whether more."""

    agencies: list[Agency]
    accessions: dict[UUID, UUID]
    more: bool


def search_directory(viewer: Viewer, text: str, *, page: int = 1) -> Found:
    """Agencies whose name, commune or UAI code holds every word; the own département first."""
    words = folded(text).split()
    if sum(map(len, words)) < SHORTEST:
        return Found([], {}, more=False)
    code = Cell.objects.values_list("code", flat=True).get(pk=viewer.cell_id)
    wanted = Q()
    for word in words:
        pattern = "".join(f"[{_WITH_ACCENTS.get(letter, letter)}]" for letter in word)
        wanted &= Q(name__iregex=pattern) | Q(commune_name__iregex=pattern) | Q(commune_insee=word)
    wanted |= Q(directory_code=text.strip().upper())
    near = ExpressionWrapper(Q(departement_code=code), output_field=BooleanField())
    found = Agency.objects.filter(wanted, is_open=True).annotate(near=near)
    return _page(viewer, found.order_by("-near", "kind", "name", "id"), page)


def _page(viewer: Viewer, found: QuerySet[Agency], page: int) -> Found:
    first = (page - 1) * PER_PAGE
    rows = list(found[first : first + PER_PAGE + 1])
    here = Accession.objects.filter(
        cell_id=viewer.cell_id, agency__in=rows[:PER_PAGE], valid_until__gt=now()
    )
    return Found(
        rows[:PER_PAGE], dict(here.values_list("agency_id", "pk")), more=len(rows) > PER_PAGE
    )
