"""Founding the demo: the same world each time, whatever is already there."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from agencies.charters import charter_of
from agencies.demo import schools
from agencies.demo.cell import furnish
from agencies.demo.directory_file import write_directory
from agencies.demo.people import CELLS, PARTNERS, PEOPLE, Partner, Person
from agencies.demo.seating import seated
from agencies.directory.importing import import_directory
from agencies.directory.reference import import_reference
from agencies.models import (
    Accession,
    Account,
    Agency,
    Authenticator,
    Cell,
    CharterSignature,
    Commune,
    Departement,
    Membership,
)
from agencies.operator import ALIAS, Operator
from agencies.services.create_account import create_account
from agencies.services.enrol_agency import enrol_agency
from agencies.services.enrol_totp import enrol_totp
from agencies.services.found_cell import found_cell
from agencies.services.grant_membership import grant_membership
from agencies.services.register_agency import register_agency
from agencies.services.sign_charter import sign_charter
from kernel.scope import acting_as

SOURCE: Final = "démonstration, inventé"
REFERENCE: Final = Path(__file__).resolve().parents[1] / "reference"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One person as the launcher shows them."""

    email: str
    password: str
    name: str
    role: str
    agencies: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The same, for `--json`."""
        return asdict(self)


def load(operator: Operator) -> list[Loaded]:
    """Make whatever of the demo is missing, and say who can sign in with which password."""
    _reference(operator)
    _directory(operator)
    for code, name in CELLS.items():
        if not Cell.objects.using(ALIAS).filter(code=code).exists():
            found_cell(operator, code=code, name=name, academy_code="20")
    accessions = {
        **{
            (code, number): _school(operator, code, number)
            for code in CELLS
            for number in schools.numbers_of(code)
        },
        **{
            (code, partner.key): _partner(operator, code, partner)
            for code, partners in PARTNERS.items()
            for partner in partners
        },
    }
    stale = not _password_still_right()
    people = [_person(operator, person, accessions, stale) for person in PEOPLE]
    for code in CELLS:
        furnish(code, accessions)
    return people


def password_of(email: str) -> str:
    """The demo password of an address: strong, and different on every installation."""
    digest = salted_hmac("agencies.demo", email, algorithm="sha256").digest()
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(letters[i : i + 5] for i in range(0, 20, 5))


def _reference(operator: Operator) -> None:
    if not Departement.objects.using(ALIAS).exists():
        source = "code officiel géographique ; nomenclature des académies"
        for name in ("departements", "academies"):
            import_reference(operator, name, REFERENCE / f"{name}.csv", source=source)
    communes = [
        Commune(
            insee=code,
            name=name,
            departement_code=code[:2],
            postcodes=[postcode],
            source=SOURCE,
        )
        for code, (name, postcode) in schools.COMMUNES.items()
    ]
    Commune.objects.using(ALIAS).bulk_create(communes, ignore_conflicts=True)


def _directory(operator: Operator) -> None:
    codes = [schools.code_of(cell, number) for cell in CELLS for number in schools.numbers_of(cell)]
    if Agency.objects.using(ALIAS).filter(directory_code__in=codes).count() == len(codes):
        return
    with TemporaryDirectory() as directory:
        path = Path(directory) / "annuaire.csv"
        write_directory(path, schools.rows())
        import_directory(operator, path, source=SOURCE)


def _school(operator: Operator, cell_code: str, number: str) -> UUID:
    code = schools.code_of(cell_code, number)
    agency = Agency.objects.using(ALIAS).get(directory_code=code)
    return _enrolled(operator, cell_code, agency.pk)


def _partner(operator: Operator, cell_code: str, partner: Partner) -> UUID:
    agencies = Agency.objects.using(ALIAS).filter(source=SOURCE, departement_code=cell_code)
    agency = agencies.filter(kind=partner.kind, name=partner.name).first()
    if agency is None:
        agency = register_agency(
            operator,
            kind=partner.kind,
            name=partner.name,
            departement_code=cell_code,
            commune_insee=partner.commune,
            commune_name=schools.COMMUNES[partner.commune][0],
            academy_code="20",
            source=SOURCE,
        )
    return _enrolled(operator, cell_code, agency.pk)


def _enrolled(operator: Operator, cell_code: str, agency_id: UUID) -> UUID:
    cell = Cell.objects.using(ALIAS).get(code=cell_code)
    accession = Accession.objects.using(ALIAS).filter(cell=cell, agency_id=agency_id).first()
    if accession is None:
        accession = enrol_agency(
            operator,
            cell_id=cell.pk,
            agency_id=agency_id,
            signatory="Signature de démonstration",
            signed_on=date(2026, 9, 1),
        )
    return accession.pk


def _password_still_right() -> bool:
    """Passwords follow from the secret key: when that has changed, all of them have."""
    first = Account.objects.using(ALIAS).filter(email=PEOPLE[0].email).first()
    return first is None or first.check_password(password_of(first.email))


def _person(
    operator: Operator, person: Person, accessions: dict[tuple[str, str], UUID], stale: bool
) -> Loaded:
    password = password_of(person.email)
    account = Account.objects.using(ALIAS).filter(email=person.email).first()
    if account is None:
        account = create_account(
            operator, email=person.email, display_name=person.name, password=password
        )
    elif stale:
        account.set_password(password)
        account.save(using=ALIAS, update_fields=["password"])
    if not Authenticator.objects.using(ALIAS).filter(user_id=account.pk).exists():
        enrol_totp(operator, account_id=account.pk)
    held = Membership.objects.using(ALIAS).filter(account_id=account.pk)
    for place in person.places:
        accession_id = accessions[person.cell, place]
        with transaction.atomic(using=ALIAS):
            if not held.filter(accession_id=accession_id).exists():
                grant_membership(
                    operator,
                    account_id=account.pk,
                    accession_id=accession_id,
                    roles=[person.role],
                    bound_by_secrecy=person.bound_by_secrecy,
                    job_title=person.job,
                )
    if not CharterSignature.objects.using(ALIAS).filter(account_id=account.pk).exists():
        _sign(person.email)
    names = held.order_by("agency__name").values_list("agency__name", flat=True)
    return Loaded(
        email=person.email,
        password=password,
        name=person.name,
        role=str(person.role.label),
        agencies=tuple(names),
    )


def _sign(email: str) -> None:
    """Whoever tries the demo meets people who have signed the charter already."""
    with seated(email) as viewer, acting_as(viewer) as signing:
        sign_charter(signing, version=charter_of(signing).version)
