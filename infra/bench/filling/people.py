"""Those who have a seat: a pilot in every school, and the people of the other agencies."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg

from infra.bench.filling.copying import copy_rows
from infra.bench.filling.plan import CELLS_WITH_PEOPLE, Plan
from infra.bench.filling.territory import SECRECY, SIGNED, Agency, Territory
from kernel.clock import FOREVER

# What people of an agency do in the cell, and how many of them there are.
ROLES = {
    "school": ("school_pilot", 1),
    "dsden": ("cell_coordinator", 2),
    "prosecutor": ("prosecutor", 1),
}
WHO = {"school": "school", "dsden": "coordinator", "prosecutor": "prosecutor"}
PARTNERS_WHO_MEASURE = 2

ACCOUNT = "id, email, display_name, password, is_active, created_at"
UNIT = "id, cell_id, kind, ref"
MEMBERSHIP = (
    "id, cell_id, account_id, accession_id, agency_id, roles, bound_by_secrecy, display_name,"
    " job_title, unit_id, valid_from, valid_until"
)
PERSON = "seat_id, account_id, who, cell_id, unit"
CHARTERS = """
INSERT INTO agencies_charter (id, cell_id, version, edition, additions)
SELECT gen_random_uuid(), id, 1, 1, '' FROM agencies_cell
"""
SIGNATURES = """
INSERT INTO agencies_charter_signature (id, cell_id, account_id, seat_id, version)
SELECT DISTINCT ON (cell_id, account_id) gen_random_uuid(), cell_id, account_id, id, 1
  FROM agencies_membership
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One seat of one account."""

    seat: UUID
    account: UUID
    agency: Agency
    role: str
    unit: int
    number: int

    @property
    def name(self) -> str:
        """Plainly nobody's name."""
        return f"Personne fictive {self.number}"


def store_people(connection: psycopg.Connection, plan: Plan, territory: Territory) -> None:
    """Write accounts, memberships, their units and seats, and note who will measure."""
    chance = random.Random(plan.seed + 1)
    people = list(_people(chance, territory))
    copy_rows(connection, "agencies_account", ACCOUNT, map(_account, people))
    copy_rows(
        connection, "kernel_unit", UNIT, ((p.unit, p.agency.cell, "seat", p.seat) for p in people)
    )
    copy_rows(connection, "agencies_membership", MEMBERSHIP, map(_membership, people))
    copy_rows(connection, "bench.person", PERSON, _measuring(plan, territory, people))
    connection.execute(CHARTERS)
    connection.execute(SIGNATURES)
    # The very functions that the triggers call.
    connection.execute("SELECT agencies.reseat(array_agg(id)) FROM agencies_membership")
    connection.execute(
        "UPDATE kernel_seat SET charter_signed = agencies.charter_stands(cell_id, account_id)"
    )
    for table in ("kernel_unit", "agencies_cell"):
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )


def _people(chance: random.Random, territory: Territory) -> Iterator[Person]:
    number = 0
    everybody = [*territory.agencies, *(school.agency for school in territory.schools)]
    for agency in everybody:
        role, places = ROLES.get(agency.kind, ("agency_partner", 1))
        for _place in range(places):
            number += 1
            seat, account = _uuid(chance), _uuid(chance)
            yield Person(seat, account, agency, role, next(territory.units), number)


def _measuring(
    plan: Plan, territory: Territory, people: list[Person]
) -> Iterator[tuple[object, ...]]:
    """The people of the largest cells, each of whom opens pages in a measurement."""
    schools = {school.agency.id for school in territory.schools[: plan.measured_schools]}
    partners = dict.fromkeys(range(1, CELLS_WITH_PEOPLE + 1), PARTNERS_WHO_MEASURE)
    for person in people:
        agency = person.agency
        if agency.cell > CELLS_WITH_PEOPLE:
            continue
        who = WHO.get(agency.kind, "partner")
        if who == "school" and agency.id not in schools:
            continue
        if who == "partner":
            partners[agency.cell] -= 1
            if partners[agency.cell] < 0:
                continue
        yield person.seat, person.account, who, agency.cell, agency.unit


def _account(person: Person) -> tuple[object, ...]:
    address = f"personne{person.number}@exemple.invalid"
    return person.account, address, person.name, "!", True, SIGNED


def _membership(person: Person) -> tuple[object, ...]:
    a = person.agency
    ids = (person.seat, a.cell, person.account, a.accession, a.id)
    return *ids, [person.role], a.kind in SECRECY, person.name, "", person.unit, SIGNED, FOREVER


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
