"""The demo cells' protocol, rules and territory: simple, and enough for routing to work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from agencies.models import (
    Cell,
    CellPolicy,
    Coverage,
    CoverFunction,
    Membership,
    PolicyDeadline,
    Protocol,
    ProtocolParty,
)
from agencies.operator import ALIAS
from agencies.rules import default_rules

SIGNED_ON: Final = date(2026, 9, 1)
COVERED: Final[Mapping[str, Mapping[CoverFunction, Mapping[str, tuple[str, ...]]]]] = {
    "80": {
        CoverFunction.PROSECUTOR: {"prosecutor": ("80901", "80902", "80903")},
        CoverFunction.LAW_ENFORCEMENT: {"police": ("80901",), "gendarmerie": ("80902", "80903")},
        CoverFunction.MUNICIPALITY: {"municipality": ("80901", "80902", "80903")},
    },
    "60": {
        CoverFunction.PROSECUTOR: {"prosecutor": ("60901",)},
        CoverFunction.LAW_ENFORCEMENT: {"gendarmerie": ("60901",)},
    },
}
SIGNATORIES: Final = ("9900", "prosecutor", "police", "gendarmerie", "department", "region")


def furnish(code: str, accessions: Mapping[tuple[str, str], UUID]) -> None:
    """Make what the cell of this département lacks; what is there stays as it is."""
    cell = Cell.objects.using(ALIAS).get(code=code)
    seat = Membership.objects.using(ALIAS).filter(cell=cell).earliest("valid_from", "id")
    if not Protocol.objects.using(ALIAS).filter(cell=cell).exists():
        _protocol(cell, seat.pk, accessions)
    if not CellPolicy.objects.using(ALIAS).filter(cell=cell).exists():
        _rules(cell, seat.pk)
    if not Coverage.objects.using(ALIAS).filter(cell=cell).exists():
        Coverage.objects.using(ALIAS).bulk_create(
            Coverage(
                cell=cell,
                function=function,
                commune_insee=commune,
                accession_id=accessions[code, key],
            )
            for function, services in COVERED[code].items()
            for key, communes in services.items()
            for commune in communes
        )


def _protocol(cell: Cell, seat: UUID, accessions: Mapping[tuple[str, str], UUID]) -> None:
    protocol = Protocol.objects.using(ALIAS).create(
        cell=cell,
        number=1,
        title="Protocole d'intervention contre le harcèlement scolaire (démonstration)",
        signed_on=SIGNED_ON,
        valid_from=SIGNED_ON,
        created_by=seat,
    )
    keys = [key for key in SIGNATORIES if (cell.code, key) in accessions]
    ProtocolParty.objects.using(ALIAS).bulk_create(
        ProtocolParty(
            cell=cell,
            protocol=protocol,
            position=position,
            accession_id=accessions[cell.code, key],
            signatory="Signature de démonstration",
            signed_on=SIGNED_ON,
        )
        for position, key in enumerate(keys, 1)
    )


def _rules(cell: Cell, seat: UUID) -> None:
    rules = default_rules()
    policy = CellPolicy.objects.using(ALIAS).create(
        cell=cell,
        version=1,
        activation=rules.activation,
        reporting=rules.reporting,
        created_by=seat,
        **dict(rules.retention),
    )
    PolicyDeadline.objects.using(ALIAS).bulk_create(
        PolicyDeadline(cell=cell, policy=policy, urgency=pace, due=due, hours=hours)
        for (pace, due), hours in rules.hours.items()
    )
