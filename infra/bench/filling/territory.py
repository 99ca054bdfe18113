"""Invented cells, schools and agencies, with the units that cases are granted to.

Units are numbered coordination, prosecutors, partners, schools, so that the units of a case can be
written in their order without being sorted.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import psycopg

from agencies.directory.uai import complete
from infra.bench.filling.copying import copy_rows
from infra.bench.filling.plan import CELLS_WITH_PEOPLE, CODES, ZIPF, Plan
from kernel.clock import FOREVER

SIGNED = datetime(2023, 9, 1, tzinfo=UTC)
PARTNERS = ("gendarmerie", "police", "victim_support", "crip", "health", "department")
SECRECY = {"victim_support", "crip", "health"}
TYPES = (
    ("primary", "primary", "École élémentaire", 55),
    ("secondary", "middle", "Collège", 30),
    ("secondary", "general_high", "Lycée", 10),
    ("secondary", "vocational_high", "Lycée professionnel", 5),
)


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of one cell, with what its signature gives it."""

    id: UUID
    accession: UUID
    kind: str
    name: str
    cell: int
    unit: int
    secrecy_unit: int


@dataclass(frozen=True, slots=True)
class School:
    """What the directory says of an agency that teaches."""

    agency: Agency
    uai: str
    level: str
    type: str
    type_label: str
    commune: str


@dataclass
class Territory:
    """Everything that exists before the first case."""

    plan: Plan
    chance: random.Random
    codes: list[str] = field(default_factory=list)
    agencies: list[Agency] = field(default_factory=list)
    schools: list[School] = field(default_factory=list)
    units: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def invent(cls, plan: Plan) -> "Territory":
        """The same plan gives the same territory."""
        made = cls(plan, random.Random(plan.seed))
        made.codes = list(CODES)
        made.chance.shuffle(made.codes)
        made.codes = made.codes[: plan.cells]
        cells = range(1, plan.cells + 1)
        for _cell in cells:
            next(made.units)
        made.agencies += [made._agency("prosecutor", "Parquet", cell) for cell in cells]
        for number in range(plan.partners):
            kind = PARTNERS[number // plan.cells % len(PARTNERS)]
            made.agencies.append(
                made._agency(kind, f"Service fictif {number + 1}", number % plan.cells + 1)
            )
        made.agencies += [made._agency("dsden", "DSDEN", cell) for cell in cells]
        made.schools = [made._school(number) for number in range(plan.schools)]
        return made

    def _agency(self, kind: str, name: str, cell: int) -> Agency:
        return Agency(
            self.uuid(), self.uuid(), kind, name, cell, next(self.units), next(self.units)
        )

    def _school(self, number: int) -> School:
        cells = range(1, self.plan.cells + 1)
        if number < self.plan.measured_schools:
            cell = number % CELLS_WITH_PEOPLE + 1
        elif number < self.plan.measured_schools + self.plan.cells:
            cell = number % self.plan.cells + 1
        else:
            cell = self.chance.choices(cells, [rank**-ZIPF for rank in cells])[0]
        level, type_, label, _weight = self.chance.choices(TYPES, [t[3] for t in TYPES])[0]
        agency = self._agency("school", f"{label} fictif n° {number + 1}", cell)
        commune = f"Commune fictive {self.chance.randrange(1, 400)}"
        return School(agency, complete(f"{number + 1:07d}"), level, type_, label, commune)

    def uuid(self) -> UUID:
        """An identifier that the seed decides."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    def store(self, connection: psycopg.Connection) -> None:
        """Write cells, agencies, schools, accessions, units, and what cases are made from."""
        everybody = [*self.agencies, *(school.agency for school in self.schools)]
        copy_rows(connection, "agencies_cell", CELL, self._cells())
        copy_rows(connection, "agencies_agency", AGENCY, (self._agency_row(a) for a in everybody))
        copy_rows(connection, "agencies_school", SCHOOL, (_school_row(s) for s in self.schools))
        copy_rows(connection, "agencies_accession", ACCESSION, map(_accession_row, everybody))
        copy_rows(connection, "kernel_unit", UNIT, self._units(everybody))
        copy_rows(connection, "bench.school", PLACE, self._places())
        copy_rows(connection, "bench.partner", PARTNER, self._partners())

    def _cells(self) -> Iterator[tuple[object, ...]]:
        for cell, code in enumerate(self.codes, 1):
            yield cell, code, f"Cellule fictive {code}", "", cell, SIGNED

    def _agency_row(self, agency: Agency) -> tuple[object, ...]:
        code = self.codes[agency.cell - 1]
        head = (agency.id, agency.kind, agency.name, None, "", "", "", "", "", code, "", "")
        return (*head, "", "", True, "infra/bin/bench", SIGNED, SIGNED)

    def _units(self, everybody: list[Agency]) -> Iterator[tuple[object, ...]]:
        for cell in range(1, self.plan.cells + 1):
            yield cell, cell, "team", self.uuid()
        for agency in everybody:
            yield agency.unit, agency.cell, "agency", agency.accession
            yield agency.secrecy_unit, agency.cell, "secrecy", agency.accession

    def _places(self) -> Iterator[tuple[object, ...]]:
        prosecutors = {a.cell: a.unit for a in self.agencies if a.kind == "prosecutor"}
        for number, school in enumerate(self.schools, 1):
            a = school.agency
            names = (school.uai, a.name, school.type_label, school.commune)
            yield number, a.id, a.cell, a.cell, prosecutors[a.cell], a.unit, *names

    def _partners(self) -> Iterator[tuple[object, ...]]:
        seen = dict.fromkeys(range(1, self.plan.cells + 1), 0)
        for a in self.agencies:
            if a.kind in PARTNERS:
                yield a.cell, seen[a.cell], a.id, a.kind, a.name, a.unit, a.secrecy_unit
                seen[a.cell] += 1


CELL = "id, code, name, academy_code, coordination_unit_id, created_at"
AGENCY = (
    "id, kind, name, directory_code, nature_code, address, postcode, commune_insee, commune_name,"
    " departement_code, academy_code, siret, email, phone, is_open, source, created_at, updated_at"
)
SCHOOL = (
    "agency_id, uai, education_level, school_type, sector, contract, district_name, mother_uai,"
    " priority_network, state"
)
ACCESSION = (
    "id, cell_id, agency_id, signed_on, signatory, valid_from, valid_until, unit_id,"
    " secrecy_unit_id"
)
UNIT = "id, cell_id, kind, ref"
PLACE = "no, agency_id, cell_id, coordination_unit, prosecutor_unit, unit, uai, name, type, commune"
PARTNER = "cell_id, no, agency_id, kind, name, unit, secrecy_unit"


def _school_row(school: School) -> tuple[object, ...]:
    return school.agency.id, school.uai, school.level, school.type, "public", "", "", "", "", "open"


def _accession_row(a: Agency) -> tuple[object, ...]:
    ids = (a.accession, a.cell, a.id)
    return *ids, SIGNED.date(), "Signataire fictif", SIGNED, FOREVER, a.unit, a.secrecy_unit
