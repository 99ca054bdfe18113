"""Say which service is competent in which communes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from agencies import events
from agencies.covering import communes_of, services_for
from agencies.models import Cell, Commune, Coverage, CoverFunction
from agencies.services.administering import changing_rights, one_at_a_time
from audit import record
from kernel.errors import Invalid
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many communes got another service than before, and how many had it already."""

    changed: int
    unchanged: int


def assign_communes(
    viewer: Viewer, *, function: CoverFunction, accession_id: UUID | None, communes: Iterable[str]
) -> Assigned:
    """Make one service competent in these communes; without a service, nobody is any longer.

    Cases already sent stay with the office they were sent to.
    """
    return assign_all(viewer, function=function, wanted=dict.fromkeys(communes, accession_id))


def assign_all(
    viewer: Viewer, *, function: CoverFunction, wanted: Mapping[str, UUID | None]
) -> Assigned:
    """The same for many communes, each with its service: all or nothing."""
    changing_rights(viewer)
    one_at_a_time(viewer, f"territory {function}")
    _require(viewer, function, wanted)
    held = {
        row.commune_insee: row
        for row in Coverage.objects.filter(
            cell_id=viewer.cell_id, function=function, commune_insee__in=list(wanted)
        )
    }
    gone = [held[c].pk for c, service in wanted.items() if service is None and c in held]
    moved = [
        held[c]
        for c, service in wanted.items()
        if service is not None and c in held and held[c].accession_id != service
    ]
    new = [
        Coverage(cell_id=viewer.cell_id, function=function, commune_insee=c, accession_id=service)
        for c, service in wanted.items()
        if service is not None and c not in held
    ]
    for row in moved:
        row.accession_id = wanted[row.commune_insee]  # type: ignore[assignment]  # never None here
    Coverage.objects.filter(cell_id=viewer.cell_id, pk__in=gone).delete()
    Coverage.objects.bulk_update(moved, ["accession_id"])
    Coverage.objects.bulk_create(new)
    changed = len(gone) + len(moved) + len(new)
    if changed:
        record(
            events.TERRITORY_CHANGED,
            viewer=viewer,
            function=function.value,
            communes=changed,
            services=sorted({service for service in wanted.values() if service}),
        )
    return Assigned(changed=changed, unchanged=len(wanted) - changed)


def _require(viewer: Viewer, function: CoverFunction, wanted: Mapping[str, UUID | None]) -> None:
    if not wanted:
        raise Invalid(fields={"communes": [_("Indiquez au moins une commune.")]})
    services = set(services_for(viewer.cell_id, function).values_list("pk", flat=True))
    if any(service is not None and service not in services for service in wanted.values()):
        raise Invalid(
            fields={"accession": [_("Ce service ne participe pas à la cellule pour cela.")]}
        )
    known = set(known_communes(viewer))
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise Invalid(
            fields={
                "communes": [
                    _("Communes inconnues dans ce département : %(listed)s.")
                    % {"listed": ", ".join(unknown[:10])}
                ]
            }
        )


def known_communes(viewer: Viewer) -> dict[str, Commune]:
    """The communes of the viewer's département by code."""
    code = Cell.objects.values_list("code", flat=True).get(pk=viewer.cell_id)
    return {commune.insee: commune for commune in communes_of(code)}
