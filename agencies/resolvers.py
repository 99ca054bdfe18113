"""How the record, which knows only identifiers, names people, agencies and cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from agencies import selectors
from agencies.models import Accession, Agency, Cell
from agencies.roles import in_words
from agencies.rules import rules_of
from audit import cells, people
from audit.keeping import periods
from kernel.clock import now
from kernel.viewer import Viewer


def register() -> None:
    """Called once, when this app is ready."""
    people.register(
        names_of=selectors.names_of,
        agencies_of=_agency_names,
        everybody=selectors.names_of_everybody,
        every_agency=_agencies_of_cell,
        roles_in_words=in_words,
        taking_part=_taking_part,
    )
    cells.register(_cell_with_code)
    periods.register(lambda cell_id: rules_of(cell_id).retention["log_months"])


def _agency_names(viewer: Viewer, agency_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Agencies are public, so a name is given for every one that exists."""
    return dict(Agency.objects.filter(pk__in=agency_ids).values_list("pk", "name"))


def _agencies_of_cell(viewer: Viewer) -> Mapping[UUID, str]:
    """Those with an accession, ended or not."""
    taking_part = Accession.objects.filter(cell_id=viewer.cell_id)
    return dict(taking_part.values_list("agency_id", "agency__name"))


def _taking_part(viewer: Viewer, agency_ids: Collection[UUID]) -> set[UUID]:
    """Those whose accession holds now."""
    moment = now()
    holding = Accession.objects.filter(
        cell_id=viewer.cell_id, valid_from__lte=moment, valid_until__gt=moment
    )
    return set(holding.filter(agency_id__in=agency_ids).values_list("agency_id", flat=True))


def _cell_with_code(text: str) -> int | None:
    """Asked by commands that the auditor role runs."""
    return (
        Cell.objects.using("auditor").filter(code=text.upper()).values_list("pk", flat=True).first()
    )
