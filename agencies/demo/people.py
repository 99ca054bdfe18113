"""The demo's cells, the agencies that take part, and the people one can sign in as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agencies.models.agency import AgencyKind
from agencies.roles import Role

CELLS: Final = {
    "80": "Cellule de la Somme (démonstration)",
    "60": "Cellule de l'Oise (démonstration)",
}


@dataclass(frozen=True, slots=True)
class Partner:
    """An agency that no directory lists. `key` is how the people below name it."""

    key: str
    kind: AgencyKind
    name: str
    commune: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as. `places` name a demo school's number or a partner's key."""

    email: str
    name: str
    job: str
    cell: str
    places: tuple[str, ...]
    role: Role
    bound_by_secrecy: bool = False


def _partners(cell: str, place: str, commune: str) -> tuple[Partner, ...]:
    kinds = (
        (AgencyKind.PROSECUTOR, f"Parquet de {place}"),
        (AgencyKind.GENDARMERIE, f"Brigade de gendarmerie de {place}"),
        (AgencyKind.POLICE, f"Commissariat de {place}"),
        (AgencyKind.PREFECTURE, f"Préfecture (démonstration {cell})"),
        (AgencyKind.DEPARTMENT, f"Conseil départemental (démonstration {cell})"),
        (AgencyKind.REGION, f"Conseil régional (démonstration {cell})"),
        (AgencyKind.MUNICIPALITY, f"Mairie de {place}"),
        (AgencyKind.VICTIM_SUPPORT, f"Trait d'union {place}, aide aux victimes"),
    )
    return tuple(Partner(kind.value, kind, name, commune) for kind, name in kinds)


PARTNERS: Final = {
    "80": _partners("80", "Valbrume", "80901"),
    "60": _partners("60", "Montrêve", "60901")[:2],
}

PEOPLE: Final = (
    Person(
        *("pilote@college-des-tilleuls.exemple", "Camille Tilleul", "Principale adjointe", "80"),
        places=("9902", "9903"),
        role=Role.SCHOOL_PILOT,
    ),
    Person(
        *("pilote@lycee-du-grand-cedre.exemple", "Ange Cèdre", "Proviseur adjoint", "80"),
        places=("9904",),
        role=Role.SCHOOL_PILOT,
    ),
    Person(
        *("direction@college-des-tilleuls.exemple", "Gwenn Marronnier", "Principal", "80"),
        places=("9902",),
        role=Role.SCHOOL_HEAD,
    ),
    Person(
        *("coordination@dsden80.exemple", "Dominique Rivage", "Coordination", "80"),
        places=("9900",),
        role=Role.CELL_COORDINATOR,
    ),
    Person(
        *("coordination2@dsden80.exemple", "Sacha Lisière", "Conseil technique", "80"),
        places=("9900",),
        role=Role.CELL_COORDINATOR,
    ),
    Person(
        *("parquet@parquet80.exemple", "Claude Verdure", "Substitut", "80"),
        places=("prosecutor",),
        role=Role.PROSECUTOR,
    ),
    Person(
        *("gendarmerie@gendarmerie80.exemple", "Maxime Sentier", "Référent scolaire", "80"),
        places=("gendarmerie",),
        role=Role.AGENCY_PARTNER,
    ),
    Person(
        *("police@police80.exemple", "Alix Rempailleur", "Référent scolaire", "80"),
        places=("police",),
        role=Role.AGENCY_PARTNER,
    ),
    Person(
        *("ecoute@trait-union.exemple", "Noa Clairière", "Juriste accueillante", "80"),
        places=("victim_support",),
        role=Role.AGENCY_PARTNER,
    ),
    Person(
        *("social@departement80.exemple", "Lou Bruyère", "Assistante sociale", "80"),
        places=("department",),
        role=Role.AGENCY_PARTNER,
        bound_by_secrecy=True,
    ),
    Person(
        *("controle@dsden80.exemple", "Andréa Balance", "Contrôle des accès", "80"),
        places=("9900",),
        role=Role.AUDITOR,
    ),
    Person(
        *("administration@dsden80.exemple", "Charlie Registre", "Administration", "80"),
        places=("9900",),
        role=Role.CELL_ADMIN,
    ),
    Person(
        *("administration2@dsden80.exemple", "Swann Feuillet", "Administration", "80"),
        places=("9900",),
        role=Role.CELL_ADMIN,
    ),
    Person(
        *("pilote@college-du-belvedere.exemple", "Morgan Vallon", "Principal", "60"),
        places=("9902",),
        role=Role.SCHOOL_PILOT,
    ),
    Person(
        *("coordination@dsden60.exemple", "Eden Falaise", "Coordination", "60"),
        places=("9900",),
        role=Role.CELL_COORDINATOR,
    ),
    Person(
        *("gendarmerie@gendarmerie60.exemple", "Yaël Colline", "Référent scolaire", "60"),
        places=("gendarmerie",),
        role=Role.AGENCY_PARTNER,
    ),
    Person(
        *("controle@dsden60.exemple", "Robin Mesure", "Contrôle des accès", "60"),
        places=("9900",),
        role=Role.AUDITOR,
    ),
)
