"""An agency signs a cell's protocol."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Accession, Agency, Cell
from agencies.operator import ALIAS, Operator
from agencies.services.checking import checked
from audit import record_system
from kernel.clock import FOREVER, now
from kernel.errors import Conflict, NotFound
from kernel.ids import uuid7
from kernel.models import Unit


def enrol_agency(
    operator: Operator,
    *,
    cell_id: int,
    agency_id: UUID,
    signatory: str,
    signed_on: date | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime = FOREVER,
) -> Accession:
    """Record the accession and create the two units that shares can be granted to.

    Raises NotFound for an unknown cell or agency, Conflict when the agency has already signed.
    """
    with transaction.atomic(using=ALIAS):
        if not Cell.objects.using(ALIAS).filter(pk=cell_id).exists():
            raise NotFound(_("Cette cellule n'existe pas."))
        if not Agency.objects.using(ALIAS).filter(pk=agency_id).exists():
            raise NotFound(_("Cet organisme n'existe pas."))
        if Accession.objects.using(ALIAS).filter(cell_id=cell_id, agency_id=agency_id).exists():
            raise Conflict(_("Cet organisme a déjà adhéré à la cellule."))
        number = uuid7()
        accession = Accession(
            id=number,
            cell_id=cell_id,
            agency_id=agency_id,
            signed_on=signed_on or now().date(),
            signatory=signatory,
            valid_from=valid_from or now(),
            valid_until=valid_until,
            unit_id=_unit(cell_id, Unit.Kind.AGENCY, number),
            secrecy_unit_id=_unit(cell_id, Unit.Kind.SECRECY, number),
        )
        checked(accession).save(using=ALIAS, force_insert=True)
        record_system(events.AGENCY_ENROLLED, using=ALIAS, cell_id=cell_id, subject_id=accession.pk)
    return accession


def _unit(cell_id: int, kind: Unit.Kind, ref: UUID) -> int:
    return Unit.objects.using(ALIAS).create(cell_id=cell_id, kind=kind, ref=ref).pk
