"""Founding a cell: the tenant and the unit of those who coordinate it."""

from __future__ import annotations

from uuid import uuid4

from django.db import connections, transaction
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Cell
from agencies.operator import ALIAS, Operator
from agencies.services.checking import checked
from audit import record_system
from kernel.errors import Conflict
from kernel.models import Unit


def found_cell(operator: Operator, *, code: str, name: str, academy_code: str = "") -> Cell:
    """Create the cell of a département. Raises Conflict when it already has one."""
    with transaction.atomic(using=ALIAS):
        if Cell.objects.using(ALIAS).filter(code=code).exists():
            raise Conflict(_("Le département %s a déjà sa cellule.") % code)
        # The cell and its coordination unit name one another, so the number is drawn first.
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT nextval('agencies_cell_id_seq')")
            number = cursor.fetchone()[0]
        unit = Unit.objects.using(ALIAS).create(cell_id=number, kind=Unit.Kind.TEAM, ref=uuid4())
        cell = Cell(
            id=number,
            code=code,
            name=name,
            academy_code=academy_code,
            coordination_unit_id=unit.pk,
        )
        checked(cell).save(using=ALIAS, force_insert=True)
        record_system(events.CELL_FOUNDED, using=ALIAS, cell_id=cell.pk)
    return cell
