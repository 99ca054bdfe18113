"""Writing down an organisation that no national directory lists."""

from __future__ import annotations

from agencies.models import Agency, AgencyKind
from agencies.operator import ALIAS, Operator
from agencies.services.checking import checked


def register_agency(
    operator: Operator,
    *,
    kind: AgencyKind | str,
    name: str,
    departement_code: str,
    source: str,
    commune_insee: str = "",
    commune_name: str = "",
    academy_code: str = "",
    email: str = "",
    phone: str = "",
) -> Agency:
    """Create an agency. It takes part in nothing until it is enrolled in a cell."""
    agency = Agency(
        kind=AgencyKind(kind).value if kind in AgencyKind.values else kind,
        name=name.strip(),
        departement_code=departement_code,
        source=source,
        commune_insee=commune_insee,
        commune_name=commune_name,
        academy_code=academy_code,
        email=email,
        phone=phone,
    )
    checked(agency).save(using=ALIAS, force_insert=True)
    return agency
