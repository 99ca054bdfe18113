"""What a cell lacks to work: the most pressing first, each with the page that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.covering import services_for, uncovered
from agencies.models import AgencyKind, Cell, CoverFunction, Membership, Protocol
from agencies.roles import AT_PROSECUTORS, COORDINATING, Role
from agencies.rules import rules_of
from agencies.selectors import accessions_of, people_of_cell
from kernel.viewer import Viewer

SOON: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing, what follows from it, and where it is mended."""

    title: str
    text: str
    label: str
    url: str
    tone: str = "warning"


def missing_in(viewer: Viewer) -> list[Lack]:
    """Everything that keeps the viewer's cell from working as its protocol means it to."""
    cell = Cell.objects.get(pk=viewer.cell_id)
    people = people_of_cell(viewer)
    return [
        *_people(people),
        *_protocol(viewer),
        *_prosecution(viewer, people),
        *_territory(cell),
        *_rules(cell),
        *_schools(viewer, people),
    ]


def protocol_in_force(cell_id: int) -> Protocol | None:
    """The version that applies today: the newest that has begun."""
    today = timezone.localdate()
    newest = (
        Protocol.objects.filter(cell_id=cell_id, valid_from__lte=today).order_by("-number").first()
    )
    if newest is None or (newest.valid_until is not None and newest.valid_until < today):
        return None
    return newest


def _people(people: QuerySet[Membership]) -> list[Lack]:
    found = []
    if not people.filter(roles__overlap=sorted(COORDINATING)).exists():
        found.append(
            Lack(
                _("Personne ne coordonne la cellule"),
                _("Les saisines arrivent, mais personne ne les lit ni n'est prévenu."),
                _("Voir les organismes"),
                reverse("agencies:cell_agencies"),
                "danger",
            )
        )
    if not people.filter(roles__contains=[Role.AUDITOR]).exists():
        found.append(
            Lack(
                _("Personne ne contrôle les accès"),
                _("Le journal de la cellule n'est relu par personne."),
                _("Voir les organismes"),
                reverse("agencies:cell_agencies"),
            )
        )
    return found


def _protocol(viewer: Viewer) -> list[Lack]:
    url = reverse("agencies:cell_protocol")
    current = protocol_in_force(viewer.cell_id)
    if current is None:
        return [
            Lack(
                _("Aucun protocole en vigueur"),
                _("Les partages s'appuient sur le protocole signé par les partenaires."),
                _("Enregistrer le protocole"),
                url,
            )
        ]
    if current.valid_until is not None and current.valid_until - timezone.localdate() <= SOON:
        return [
            Lack(
                _("Le protocole prend bientôt fin"),
                _("Enregistrez la version suivante dès qu'elle est signée."),
                _("Voir le protocole"),
                url,
            )
        ]
    return []


def _prosecution(viewer: Viewer, people: QuerySet[Membership]) -> list[Lack]:
    offices = services_for(viewer.cell_id, CoverFunction.PROSECUTOR)
    url = reverse("agencies:cell_agencies") + f"?genre={AgencyKind.PROSECUTOR}"
    if not offices.exists():
        return [
            Lack(
                _("Aucun parquet ne participe à la cellule"),
                _("Personne ne peut activer la cellule."),
                _("Ajouter un parquet"),
                reverse("agencies:cell_agency_search"),
                "danger",
            )
        ]
    staffed = people.filter(roles__overlap=sorted(AT_PROSECUTORS)).values("accession_id")
    empty = offices.exclude(pk__in=staffed.order_by())
    return [
        Lack(
            _("%(name)s n'a personne pour décider") % {"name": office.agency.name},
            _("Les saisines qui lui reviennent ne seront lues par personne."),
            _("Voir les parquets"),
            url,
        )
        for office in empty
    ]


def _territory(cell: Cell) -> list[Lack]:
    found = []
    count = uncovered(cell.pk, cell.code, CoverFunction.PROSECUTOR).count()
    if count and services_for(cell.pk, CoverFunction.PROSECUTOR).exists():
        found.append(
            Lack(
                ngettext(
                    "Une commune n'a pas de parquet",
                    "%(count)s communes n'ont pas de parquet",
                    count,
                )
                % {"count": count},
                _("La coordination devra désigner le parquet dossier par dossier."),
                _("Compléter le territoire"),
                reverse("agencies:cell_territory", args=[CoverFunction.PROSECUTOR]),
            )
        )
    count = uncovered(cell.pk, cell.code, CoverFunction.LAW_ENFORCEMENT).count()
    if count and services_for(cell.pk, CoverFunction.LAW_ENFORCEMENT).exists():
        found.append(
            Lack(
                ngettext(
                    "Une commune n'a ni police ni gendarmerie",
                    "%(count)s communes n'ont ni police ni gendarmerie",
                    count,
                )
                % {"count": count},
                _("Le service compétent n'y est pas proposé à la coordination."),
                _("Compléter le territoire"),
                reverse("agencies:cell_territory", args=[CoverFunction.LAW_ENFORCEMENT]),
                "info",
            )
        )
    return found


def _rules(cell: Cell) -> list[Lack]:
    if rules_of(cell.pk).version:
        return []
    return [
        Lack(
            _("Les règles sont celles par défaut"),
            _("Relisez délais, conservation et activation, puis enregistrez-les."),
            _("Relire les règles"),
            reverse("agencies:cell_rules"),
            "info",
        )
    ]


def _schools(viewer: Viewer, people: QuerySet[Membership]) -> list[Lack]:
    piloted = people.filter(roles__contains=[Role.SCHOOL_PILOT]).order_by().values("agency_id")
    schools = accessions_of(viewer).filter(agency__kind=AgencyKind.SCHOOL)
    count = schools.exclude(agency_id__in=piloted).count()
    if not count:
        return []
    return [
        Lack(
            ngettext(
                "Un établissement n'a pas de pilote",
                "%(count)s établissements n'ont pas de pilote",
                count,
            )
            % {"count": count},
            _("Sans pilote, un établissement ne peut pas saisir la cellule."),
            _("Voir les établissements"),
            reverse("agencies:cell_agencies") + f"?genre={AgencyKind.SCHOOL}",
            "info",
        )
    ]
