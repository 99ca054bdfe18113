"""How a cell is printed as JSON. Agencies and figures; nothing of any case."""

from __future__ import annotations

from typing import Any

from agencies.covering import Covering
from agencies.lacking import Lack
from agencies.models import Accession, Agency, Protocol
from agencies.rules import Rules
from kernel.clock import FOREVER


def lack(row: Lack) -> dict[str, Any]:
    """One thing that is missing."""
    return {"what": row.title, "so": row.text, "tone": row.tone}


def agency(row: Agency) -> dict[str, Any]:
    """What the directory says of an organisation."""
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "name": row.name,
        "uai": row.directory_code,
        "commune_insee": row.commune_insee,
        "commune": row.commune_name,
        "departement": row.departement_code,
    }


def accession(row: Accession, *, people: int | None = None) -> dict[str, Any]:
    """An agency that takes part, with what it signed."""
    printed = {
        "id": str(row.pk),
        "agency": agency(row.agency),
        "signatory": row.signatory,
        "signed_on": row.signed_on,
        "valid_until": None if row.valid_until == FOREVER else row.valid_until,
    }
    return printed if people is None else printed | {"people": people}


def protocol(row: Protocol) -> dict[str, Any]:
    """A version with everybody who signed it."""
    return {
        "version": row.number,
        "title": row.title,
        "signed_on": row.signed_on,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "parties": [
            {
                "accession": str(party.accession_id) if party.accession_id else None,
                "name": party.accession.agency.name if party.accession else party.party_name,
                "signatory": party.signatory,
                "signed_on": party.signed_on,
            }
            for party in row.parties.all()
        ],
    }


def rules(row: Rules) -> dict[str, Any]:
    """The rules by their names; hours for deadlines, months (years for the age) for the rest."""
    return {"version": row.version, **row.flat()}


def covering(row: Covering) -> dict[str, Any]:
    """Who is competent for a school; null where nobody is."""
    return {
        name: accession(found) if found else None
        for name, found in (
            ("prosecutor", row.prosecutor),
            ("law_enforcement", row.law_enforcement),
            ("local_authority", row.local_authority),
            ("district", row.district),
        )
    }
