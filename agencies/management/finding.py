"""What a person at a terminal calls things by."""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from agencies.directory import uai
from agencies.models import Agency, Cell
from agencies.operator import ALIAS


def cell_called(code: str) -> Cell:
    """The cell of a département."""
    cell = Cell.objects.using(ALIAS).filter(code=code.upper()).first()
    if cell is None:
        raise CommandError(_("Aucune cellule n'a le code « %s ».") % code)
    return cell


def agency_called(text: str) -> Agency:
    """The agency with a code of the national directory, or with one of our identifiers."""
    agencies = Agency.objects.using(ALIAS)
    code = uai.normalise(text)
    if uai.is_valid(code):
        agency = agencies.filter(directory_code=code).first()
    else:
        try:
            agency = agencies.filter(pk=UUID(text)).first()
        except ValueError:
            agency = None
    if agency is None:
        raise CommandError(_("Aucun organisme n'a le code ou l'identifiant « %s ».") % text)
    return agency
