"""Reading the small public tables: départements, académies, communes, courts."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from agencies import events
from agencies.directory.columns import fold
from agencies.directory.errors import UnreadableFile
from agencies.directory.reading import open_file
from agencies.directory.territory import academy_code, commune_code, departement_code
from agencies.models import Academy, Commune, Court, Departement
from agencies.operator import ALIAS, Operator
from audit.recorder import record_system

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One reference table: its model, its columns under all their names, and how a row is read."""

    model: type[Model]
    key: str
    columns: Mapping[str, tuple[str, ...]]
    optional: frozenset[str]
    read: Callable[[Row], dict[str, Any]]


def _departement(row: Row) -> dict[str, Any]:
    found = {"code": departement_code(row["code"]), "name": row["name"]}
    if row.get("academy"):
        found["academy_code"] = academy_code(row["academy"])
    return found


def _academy(row: Row) -> dict[str, Any]:
    return {"code": academy_code(row["code"]), "name": row["name"]}


def _commune(row: Row) -> dict[str, Any]:
    insee = commune_code(row["insee"])
    people = row.get("population", "")
    return {
        "insee": insee,
        "name": row["name"],
        "departement_code": departement_code(insee[:3] if insee[:2] in ("97", "98") else insee[:2])
        if insee
        else None,
        "postcodes": row.get("postcodes", "").replace(",", " ").replace("|", " ").split(),
        "population": int(people) if people.isascii() and people.isdigit() else None,
    }


def _court(row: Row) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "commune_insee": commune_code(row["commune"]) if row.get("commune") else "",
        "departement_code": departement_code(row["departement"]) if row.get("departement") else "",
    }


TABLES: Final = {
    "departements": Table(
        model=Departement,
        key="code",
        columns={
            "code": ("code", "code_departement", "departement"),
            "name": ("nom", "nom_departement", "libelle"),
            "academy": ("code_academie", "academie"),
        },
        optional=frozenset({"academy"}),
        read=_departement,
    ),
    "academies": Table(
        model=Academy,
        key="code",
        columns={
            "code": ("code_academie", "code"),
            "name": ("academie", "nom", "libelle"),
            "departements": ("departements",),
        },
        optional=frozenset({"departements"}),
        read=_academy,
    ),
    "communes": Table(
        model=Commune,
        key="insee",
        columns={
            "insee": ("code_insee", "code", "code_commune", "insee"),
            "name": ("nom", "nom_commune", "libelle"),
            "postcodes": ("codes_postaux", "code_postal"),
            "population": ("population",),
        },
        optional=frozenset({"postcodes", "population"}),
        read=_commune,
    ),
    "courts": Table(
        model=Court,
        key="code",
        columns={
            "code": ("judilibre_code", "code"),
            "name": ("libelle", "nom"),
            "commune": ("code_insee_commune", "code_commune"),
            "departement": ("code_departement", "departement"),
        },
        optional=frozenset({"commune", "departement"}),
        read=_court,
    ),
}


def import_reference(operator: Operator, name: str, path: Path, *, source: str) -> int:
    """Load one table from a file, all of it or nothing, and return how many rows it has.

    Every row carries `source`. What is already there is brought up to date; nothing is deleted.
    """
    table = TABLES[name]
    rows = list(_rows(table, path))
    things = [table.model(**_complete(table, line, row), source=source) for line, row in rows]
    if not things:
        raise UnreadableFile(_("%s ne contient aucune ligne.") % path)
    written = {field for row in things for field in vars(row)} - {"_state", table.key}
    told = {field for _line, row in rows for field in table.read(row)} | {"source"}
    with transaction.atomic(using=ALIAS):
        table.model._default_manager.using(ALIAS).bulk_create(
            things,
            update_conflicts=True,
            unique_fields=[table.key],
            update_fields=sorted(written & told),
        )
        if name == "academies":
            _place_departements(rows)
        record_system(
            events.REFERENCE_IMPORTED, using=ALIAS, cell_id=0, table=name, rows=len(things)
        )
    return len(things)


def _place_departements(rows: list[tuple[int, Row]]) -> None:
    """Give each département the académie whose line lists it."""
    for _line, row in rows:
        codes = [departement_code(code) for code in row.get("departements", "").split()]
        Departement.objects.using(ALIAS).filter(code__in=codes).update(
            academy_code=academy_code(row["code"])
        )


def _complete(table: Table, line: int, row: Row) -> dict[str, Any]:
    values = table.read(row)
    empty = [name for name, value in values.items() if value is None and name != "population"]
    if empty or not values["name"]:
        raise UnreadableFile(
            _("Ligne %(line)d : « %(row)s » n'est pas une ligne de cette table.")
            % {"line": line, "row": ";".join(row.values())[:80]}
        )
    return values


def _rows(table: Table, path: Path) -> Iterator[tuple[int, Row]]:
    with open_file(path) as stream:
        try:
            text = stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableFile(_("%s n'est pas en UTF-8.") % path) from error
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    reader = csv.reader(lines, delimiter=";")
    header = [fold(name) for name in next(reader, [])]
    where = {
        field: next((header.index(fold(n)) for n in names if fold(n) in header), None)
        for field, names in table.columns.items()
    }
    missing = [n for n, place in where.items() if place is None and n not in table.optional]
    if missing:
        names = ", ".join(table.columns[name][0] for name in missing)
        raise UnreadableFile(
            _("%(path)s n'a pas les colonnes attendues : il manque %(names)s.")
            % {"path": path, "names": names}
        )
    for line, cells in enumerate(reader, start=2):
        if any(cells):
            yield (
                line,
                {
                    field: cells[place].strip() if place < len(cells) else ""
                    for field, place in where.items()
                    if place is not None
                },
            )
