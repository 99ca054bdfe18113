"""Cells, agencies and people for tests, made by the services that make them for real.

Nothing is rolled back between tests, so everything made here is new each time: a test founds its
own cell and sees nobody else's.
"""

from __future__ import annotations

import itertools
import random
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from agencies.directory import uai
from agencies.models import (
    Accession,
    Agency,
    AgencyKind,
    Authenticator,
    Cell,
    Commune,
    Membership,
    School,
)
from agencies.operator import ALIAS, Operator
from agencies.services.create_account import create_account
from agencies.services.enrol_agency import enrol_agency
from agencies.services.enrol_totp import enrol_totp
from agencies.services.found_cell import found_cell
from agencies.services.grant_membership import grant_membership
from agencies.services.open_session import open_session
from agencies.services.origin import Origin
from agencies.services.register_agency import register_agency
from kernel.clock import now
from kernel.errors import Conflict
from kernel.ids import uuid7
from kernel.scope import bind
from kernel.viewer import Viewer
from tests.support.database import admin
from tests.support.promised import has_signed

OPERATOR = Operator("tests")
PASSWORD = "quatre mots faciles à retenir"

_numbers = itertools.count(random.randrange(10**6) * 10**4)
NEVER_FOUNDED = "199"
REAL = (*range(600, 610), *range(800, 810))
"""Codes whose invented communes would be those of the Oise and the Somme, which the demo invents
and some tests really load."""
_free = [f"{n:03d}" for n in (*range(970), *range(979, 1000)) if n not in REAL]
_free += [f"2{letter}{n}" for letter in "AB" for n in range(10)]
_free.remove(NEVER_FOUNDED)
_codes = iter(random.sample(_free, len(_free)))
_schools = itertools.count(random.randrange(1000, 3000))


def a_number() -> int:
    """A number nobody else has."""
    return next(_numbers)


def a_cell() -> Cell:
    """A cell of the test's own, under a code that no département has."""
    for code in _codes:
        try:
            return found_cell(OPERATOR, code=code, name=f"Cellule {code}", academy_code="20")
        except Conflict:
            continue
    raise AssertionError("every code that a cell can have is taken in this database")


def communes_for(cell: Cell) -> list[Commune]:
    """The communes of the cell's département, which nobody else has, and one of the Somme."""
    names = ("Valbrume", "Hautefeinte", "Les Trois-Fables")
    made = [
        Commune(insee=f"{cell.code}{n:02d}", name=name, departement_code=cell.code, source="tests")
        for n, name in enumerate(names, 1)
    ]
    Commune.objects.using(ALIAS).bulk_create(made)
    near = Commune(insee="80901", name="Valbrume", departement_code="80", source="tests")
    Commune.objects.using(ALIAS).bulk_create([near], ignore_conflicts=True)
    return made


def an_agency(kind: str = AgencyKind.GENDARMERIE, **values: str) -> Agency:
    """An organisation outside the national directory."""
    chosen = {"name": f"Organisme {a_number()}", "departement_code": "80", **values}
    return register_agency(OPERATOR, kind=kind, source="tests", **chosen)


def a_school(**values: object) -> School:
    """A public middle school with a valid code."""
    agency = an_agency(AgencyKind.SCHOOL, commune_insee="80901", commune_name="Valbrume")
    code = uai.complete(f"098{next(_schools):04d}")
    Agency.objects.using(ALIAS).filter(pk=agency.pk).update(directory_code=code)
    chosen = {
        "uai": code,
        "education_level": "secondary",
        "school_type": "middle",
        "sector": "public",
        **values,
    }
    return School.objects.using(ALIAS).create(agency=agency, **chosen)


def an_accession(cell: Cell, agency: Agency | None = None, kind: str = "gendarmerie") -> Accession:
    """An agency that takes part in the cell."""
    chosen = agency or (a_school().agency if kind == "school" else an_agency(kind))
    return enrol_agency(OPERATOR, cell_id=cell.pk, agency_id=chosen.pk, signatory="La direction")


@dataclass
class Person:
    """Somebody with a password, an authenticator and one place or several."""

    account_id: UUID
    email: str
    password: str
    device: Authenticator
    memberships: list[Membership] = field(default_factory=list)

    @property
    def seat_id(self) -> UUID:
        """Their first place."""
        return self.memberships[0].pk

    def code(self, *, steps: int = 0) -> str:
        """The six digits that the authenticator shows, now or some steps from now.

        A code accepted late moves the server's window back (RFC 6238, 6): the steps are its own.
        """
        clock = TOTP(self.device.bin_key, drift=self._drift() if steps > 0 else 0)
        clock.time = TOTP(self.device.bin_key).time + 30 * steps
        return f"{clock.token():06d}"

    def _drift(self) -> int:
        """The steps by which the server takes this authenticator to be ahead."""
        with admin(settings.DATABASES["default"]["NAME"]) as connection:
            row = connection.execute(
                "SELECT drift FROM otp_totp_totpdevice WHERE id = %s", [self.device.pk]
            ).fetchone()
        return int(row[0]) if row else 0

    def viewer(self, seat_id: UUID | None = None) -> Viewer:
        """The viewer of a new live session, as PostgreSQL knows it."""
        token = secrets.token_hex(32)
        open_session(
            an_origin(),
            account_id=self.account_id,
            seat_id=seat_id or self.seat_id,
            token=token,
            factor_at=now(),
        )
        with transaction.atomic():
            viewer = bind(token)
        assert viewer is not None
        return viewer

    def joins(
        self, accession: Accession, *roles: str, signs: bool = True, **values: object
    ) -> Membership:
        """Take another place, and sign the charter there unless ``signs`` is False."""
        membership = grant_membership(
            OPERATOR,
            account_id=self.account_id,
            accession_id=accession.pk,
            roles=roles,
            **values,  # type: ignore[arg-type]  # passed on as they are
        )
        self.memberships.append(membership)
        if signs:
            has_signed(accession.cell_id, self.account_id, membership.pk)
        return membership


def a_person(accession: Accession | None, *roles: str, **values: object) -> Person:
    """A person who works for the agency of this accession, in these roles."""
    email = f"personne{a_number()}@essais.exemple"
    account = create_account(
        OPERATOR, email=email, display_name=f"Personne {a_number()}", password=PASSWORD
    )
    device = enrol_totp(OPERATOR, account_id=account.pk)
    person = Person(account.pk, email, PASSWORD, device)
    if accession is not None:
        person.joins(accession, *(roles or ("agency_partner",)), **values)
    return person


def an_origin(address: str | None = None) -> Origin:
    """Where a request comes from: an address of its own unless one is given."""
    return Origin(
        address=address or an_address(), user_agent="a test's browser", request_id=uuid7()
    )


def an_address() -> str:
    """An address that no other test uses."""
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"


def a_browser(address: str | None = None, **options: object) -> Client:
    """A browser that has not been here before."""
    return Client(REMOTE_ADDR=address or an_address(), **options)  # type: ignore[arg-type]


def signed_in(
    person: Person, *, seat_id: UUID | None = None, browser: Client | None = None
) -> Client:
    """A browser in which this person has gone through every step of signing in."""
    client = browser or a_browser()
    client.post(reverse("agencies:sign_in"), {"email": person.email, "password": person.password})
    answer = client.post(reverse("agencies:code"), {"code": person.code()})
    if answer.headers.get("Location") == reverse("agencies:role"):
        chosen = seat_id or person.seat_id
        answer = client.post(reverse("agencies:role"), {"seat": str(chosen)})
    assert answer.status_code == 302, answer.content.decode()
    return client
