"""The demo's corner of the national directory: two départements' worth of invented places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agencies.directory import uai

COMMUNES: Final = {
    "80901": ("Valbrume", "80900"),
    "80902": ("Hautefeinte", "80910"),
    "80903": ("Les Trois-Fables", "80920"),
    "60901": ("Montrêve", "60900"),
}
"""Codes that the statistics office has given to nobody, with a name and a postcode."""

# Number in the département, name, kind as the directory has it, nature, sector, commune, host of
# the e-mail address.
_PLACES: Final = {
    "80": (
        ("9900", "DSDEN de démonstration (80)", "", "805", "", "80901", "dsden80.exemple"),
        ("9901", "Circonscription de Valbrume", "", "809", "", "80901", "ien-valbrume.exemple"),
        (
            *("9902", "Collège des Tilleuls", "Collège", "340", "Public", "80901"),
            "college-des-tilleuls.exemple",
        ),
        (
            *("9903", "Lycée professionnel de la Passerelle", "Lycée", "320", "Public", "80901"),
            "lycee-de-la-passerelle.exemple",
        ),
        (
            *("9904", "Lycée du Grand Cèdre", "Lycée", "302", "Public", "80902"),
            "lycee-du-grand-cedre.exemple",
        ),
        (
            *("9905", "École primaire des Coquelicots", "Ecole", "151", "Public", "80903"),
            "ecole-des-coquelicots.exemple",
        ),
        (
            *("9906", "École maternelle des Hirondelles", "Ecole", "101", "Public", "80901"),
            "ecole-des-hirondelles.exemple",
        ),
        (
            *("9907", "Collège Sainte-Aubépine", "Collège", "340", "Privé", "80902"),
            "college-sainte-aubepine.exemple",
        ),
    ),
    "60": (
        ("9900", "DSDEN de démonstration (60)", "", "805", "", "60901", "dsden60.exemple"),
        (
            *("9902", "Collège du Belvédère", "Collège", "340", "Public", "60901"),
            "college-du-belvedere.exemple",
        ),
    ),
}


def code_of(departement: str, number: str) -> str:
    """The code of a demo place, with its check letter."""
    return uai.complete(f"0{departement}{number}")


def numbers_of(departement: str) -> list[str]:
    """The numbers of a département's demo places."""
    return [place[0] for place in _PLACES[departement]]


def rows() -> Iterator[dict[str, str]]:
    """The places as lines of the directory, by column name."""
    for departement, places in _PLACES.items():
        for number, name, type_, nature, sector, commune, host in places:
            code = code_of(departement, number)
            primary = type_ == "Ecole"
            yield {
                "Identifiant_de_l_etablissement": code,
                "Nom_etablissement": name,
                "Type_etablissement": type_ or "Service Administratif",
                "Statut_public_prive": sector,
                "Adresse_1": "1 rue de l'Exemple",
                "Code_postal": COMMUNES[commune][1],
                "Code_commune": commune,
                "Nom_commune": COMMUNES[commune][0],
                "Code_departement": f"0{departement}",
                "Code_academie": "20",
                "Mail": f"accueil@{host}",
                "code_circonscription": code_of(departement, "9901") if primary else "",
                "nom_circonscription": "Circonscription de Valbrume" if primary else "",
                "date_ouverture": "2000-09-01",
                "date_maj_ligne": "2026-05-01",
                "etat": "OUVERT",
                "code_nature": nature,
            }
