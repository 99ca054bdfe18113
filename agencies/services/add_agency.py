"""Write down an organisation that no directory lists, from the pages of a cell's administration."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Agency, AgencyKind, Cell, Commune
from agencies.services.administering import changing_rights
from agencies.wording import look_alike
from audit import record
from kernel.errors import Invalid
from kernel.ids import uuid7
from kernel.viewer import Viewer

ADDED_BY_HAND: Final = tuple(kind for kind in AgencyKind if kind != AgencyKind.SCHOOL)
"""Schools come from the national directory: an invented one could send referrals."""

MOST_ALIKE: Final = 5


def add_agency(
    viewer: Viewer,
    *,
    kind: AgencyKind,
    name: str,
    commune_insee: str = "",
    email: str = "",
    phone: str = "",
    confirmed: bool = False,
) -> UUID:
    """Create an agency; it takes part in nothing until it has signed.

    Raises Invalid, naming them, when agencies of the same kind look alike and ``confirmed`` is not
    said: two entries for one service would split its people.
    """
    changing_rights(viewer)
    wrong: dict[str, list[object]] = {}
    if kind not in ADDED_BY_HAND:
        wrong["kind"] = [_("Les écoles et établissements viennent de l'annuaire national.")]
    if not name.strip():
        wrong["name"] = [_("Un organisme a un nom.")]
    if commune_insee and not Commune.objects.filter(pk=commune_insee).exists():
        wrong["commune_insee"] = [_("Cette commune n'est pas dans la liste officielle.")]
    alike = agencies_alike(viewer, kind, name) if not confirmed else []
    if alike:
        listed = ", ".join(f"« {agency.name} »" for agency in alike)
        wrong["confirmed"] = [
            _("Un organisme de ce nom existe peut-être déjà : %(listed)s.") % {"listed": listed}
        ]
    if wrong:
        raise Invalid(fields=wrong)
    number = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT agencies.add_agency(%s, %s, %s, %s, %s, %s)",
            [number, kind.value, name.strip(), commune_insee, email.strip(), phone.strip()],
        )
    record(events.AGENCY_ADDED, viewer=viewer, subject_id=number, agency_kind=kind.value)
    return number


def agencies_alike(viewer: Viewer, kind: AgencyKind, name: str) -> list[Agency]:
    """Agencies of the same kind, in the département or in the cell, whose names look the same."""
    code = Cell.objects.values_list("code", flat=True).get(pk=viewer.cell_id)
    near = Agency.objects.filter(kind=kind).filter(
        Q(departement_code=code) | Q(accessions__cell_id=viewer.cell_id)
    )
    found = [agency for agency in near.distinct().order_by("name") if look_alike(agency.name, name)]
    return found[:MOST_ALIKE]
