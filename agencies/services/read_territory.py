"""Understanding communes and services as people write them: pasted lists and lines of a table."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from agencies.covering import services_for
from agencies.models import Commune, CoverFunction
from agencies.services.assign_communes import known_communes
from agencies.wording import folded
from kernel.viewer import Viewer

MOST_LINES: Final = 5000
_CODE: Final = re.compile(r"[0-9][0-9AaBb][0-9]{3}")
_HEADINGS: Final = frozenset({"commune", "code", "code insee", "insee", "code commune"})


@dataclass(slots=True)
class Reading:
    """What was understood, and what was not: (line number, what is wrong)."""

    wanted: dict[str, UUID | None] = field(default_factory=dict)
    wrong: list[tuple[int, str]] = field(default_factory=list)


def read_communes(viewer: Viewer, text: str) -> Reading:
    """Communes one to a line, or apart by semicolons or commas: codes or names."""
    find = _Finder(known_communes(viewer).values())
    reading = Reading()
    for number, line in enumerate(text.splitlines(), 1):
        for part in re.split(r"[;,\t]", line):
            if part.strip():
                _understood(reading, number, find, part)
    return reading


def read_table(viewer: Viewer, function: CoverFunction, text: str) -> Reading:
    """Lines of ``commune;service``. A first line of headings is passed over, empty lines too.

    A commune said twice with two services is wrong; nothing is guessed.
    """
    find = _Finder(known_communes(viewer).values())
    services: dict[str, list[UUID]] = defaultdict(list)
    for accession in services_for(viewer.cell_id, function):
        names = {folded(accession.agency.name), folded(accession.agency.directory_code or "")}
        for name in {*names, str(accession.pk)} - {""}:
            services[name].append(accession.pk)
    reading = Reading()
    delimiter = ";" if ";" in text else "\t" if "\t" in text else ","
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=None), delimiter=delimiter)
    try:
        for cells in lines:
            _line(reading, lines.line_num, cells, find, services)
    except csv.Error:
        reading.wrong.append((lines.line_num, _("Cette ligne n'est pas celle d'un tableau.")))
    return reading


def _line(
    reading: Reading,
    number: int,
    cells: list[str],
    find: _Finder,
    services: dict[str, list[UUID]],
) -> None:
    written = [cell.strip() for cell in cells]
    if not any(written) or (number == 1 and folded(written[0]) in _HEADINGS):
        return
    if number > MOST_LINES:
        if number == MOST_LINES + 1:
            reading.wrong.append((number, _("Le tableau a plus de %s lignes.") % MOST_LINES))
        return
    if len(written) < 2 or not written[1]:
        reading.wrong.append((number, _("Il manque le service, après un point-virgule.")))
        return
    named = services.get(written[1]) or services.get(folded(written[1])) or []
    if len(named) != 1:
        problem = (
            _("Aucun service de la cellule ne s'appelle « %s ».")
            if not named
            else _("Plusieurs services s'appellent « %s » : mettez leur identifiant.")
        )
        reading.wrong.append((number, problem % written[1][:80]))
        return
    _understood(reading, number, find, written[0], named[0])


class _Finder:
    """Finds a commune by its code or by its name, when only one has it."""

    def __init__(self, communes: Iterable[Commune]) -> None:
        self.by_code: dict[str, Commune] = {}
        self.by_name: dict[str, list[Commune]] = defaultdict(list)
        for commune in communes:
            self.by_code[commune.insee] = commune
            self.by_name[_plain(commune.name)].append(commune)

    def __call__(self, text: str) -> Commune | str:
        """The commune, or what is wrong with what was written."""
        shown = text.strip()[:80]
        if _CODE.fullmatch(shown):
            found = self.by_code.get(shown.upper())
            return found or _("Le code « %s » n'est pas celui d'une commune d'ici.") % shown
        named = self.by_name.get(_plain(shown), [])
        if len(named) == 1:
            return named[0]
        if not named:
            return _("Aucune commune d'ici ne s'appelle « %s ».") % shown
        return _("Plusieurs communes s'appellent « %s » : mettez le code INSEE.") % shown


def _plain(name: str) -> str:
    """A commune's name without what is written in several ways."""
    return re.sub(r"\bst\b", "saint", re.sub(r"\bste\b", "sainte", folded(name)))


def _understood(
    reading: Reading, number: int, find: _Finder, text: str, service: UUID | None = None
) -> None:
    found = find(text)
    if isinstance(found, str):
        reading.wrong.append((number, found))
    elif reading.wanted.setdefault(found.insee, service) != service:
        reading.wrong.append(
            (number, _("La commune « %s » est déjà écrite plus haut.") % found.name)
        )
