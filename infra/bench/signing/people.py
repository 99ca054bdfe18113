"""Accounts for the measurement, made by the services that make them for real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agencies.models import Accession, Account, Agency, Authenticator, Cell
from agencies.operator import ALIAS, Operator
from agencies.services.create_account import create_account
from agencies.services.enrol_agency import enrol_agency
from agencies.services.enrol_totp import enrol_totp
from agencies.services.found_cell import found_cell
from agencies.services.grant_membership import grant_membership
from agencies.services.register_agency import register_agency

OPERATOR = Operator("bench signin")
CODE = "999"
NAME = "Service de mesure"
PASSWORD = "un mot de passe de mesure"  # noqa: S105  it opens an invented account on this machine


@dataclass(frozen=True, slots=True)
class Measured:
    """Somebody to sign in, as JSON carries them."""

    email: str
    device: int


def people(count: int, tell: Callable[[str], None]) -> list[Measured]:
    """So many accounts with an authenticator and a place; those of an earlier run are kept."""
    accession = _accession()
    found = []
    for number in range(count):
        email = f"mesure{number}@mesure.exemple"
        account = Account.objects.using(ALIAS).filter(email=email).first()
        if account is None:
            tell(f"{number} of {count}")
            account = create_account(
                OPERATOR, email=email, display_name=f"Mesure {number}", password=PASSWORD
            )
            grant_membership(
                OPERATOR,
                account_id=account.pk,
                accession_id=accession,
                roles=["agency_partner"],
            )
        device = Authenticator.objects.using(ALIAS).filter(user_id=account.pk).first()
        device = device or enrol_totp(OPERATOR, account_id=account.pk)
        found.append(Measured(email, device.pk))
    return found


def _accession() -> object:
    cell = Cell.objects.using(ALIAS).filter(code=CODE).first()
    cell = cell or found_cell(OPERATOR, code=CODE, name="Cellule de mesure", academy_code="20")
    agency = Agency.objects.using(ALIAS).filter(name=NAME, departement_code="80").first()
    agency = agency or register_agency(
        OPERATOR, kind="gendarmerie", source="bench", name=NAME, departement_code="80"
    )
    kept = _signed(cell.pk, agency.pk)
    if kept is not None:
        return kept
    return enrol_agency(OPERATOR, cell_id=cell.pk, agency_id=agency.pk, signatory="La mesure").pk


def _signed(cell_id: int, agency_id: object) -> object | None:
    """What this agency signed in this cell, as the operator reads it."""
    signed = Accession.objects.using(ALIAS).filter(cell_id=cell_id, agency_id=agency_id)
    return signed.values_list("pk", flat=True).first()
