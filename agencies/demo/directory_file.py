"""Writes a directory file in the publisher's own format, full of schools that do not exist."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from agencies.directory import uai

_HEADER: Final = (
    "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;"
    "Adresse_1;Adresse_2;Adresse_3;Code_postal;Code_commune;Nom_commune;Code_departement;"
    "Code_academie;Code_region;Ecole_maternelle;Ecole_elementaire;Voie_generale;"
    "Voie_technologique;Voie_professionnelle;Telephone;Fax;Web;Mail;Restauration;Hebergement;ULIS;"
    "Apprentissage;Segpa;Section_arts;Section_cinema;Section_theatre;Section_sport;"
    "Section_internationale;Section_europeenne;Lycee_Agricole;Lycee_militaire;Lycee_des_metiers;"
    "Post_BAC;Appartenance_Education_Prioritaire;GRETA;SIREN_SIRET;Fiche_onisep;position;"
    "Type_contrat_prive;Libelle_departement;Libelle_academie;Libelle_region;coordX_origine;"
    "coordY_origine;epsg_origine;nom_circonscription;latitude;longitude;precision_localisation;"
    "date_ouverture;date_maj_ligne;etat;ministere_tutelle;multi_uai;rpi_concentre;rpi_disperse;"
    "code_nature;libelle_nature;Code_type_contrat_prive;PIAL;etablissement_mere;"
    "type_rattachement_etablissement_mere;code_circonscription;code_zone_animation_pedagogique;"
    "libelle_zone_animation_pedagogique;code_bassin_formation;libelle_bassin_formation"
)
HEADER: Final = _HEADER.split(";")
"""The columns of 2026, in their order."""

_TYPES: Final = (
    ("151", "Ecole", "Ecole élémentaire inventée"),
    ("101", "Ecole", "Ecole maternelle inventée"),
    ("340", "Collège", "Collège inventé"),
    ("302", "Lycée", "Lycée inventé"),
    ("320", "Lycée", "Lycée professionnel inventé"),
)
_FIRST: Final = 5000
"""Numbers from here up are not in use in any département."""


def write_directory(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows, given by column name, as the publisher does: semicolons and a byte order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        sheet = csv.DictWriter(out, HEADER, restval="", delimiter=";", lineterminator="\r\n")
        sheet.writeheader()
        sheet.writerows(rows)


def invented_schools(count: int) -> Iterator[dict[str, str]]:
    """As many schools as wanted, spread over the 95 numbered départements of the mainland.

    Each département has an inspection district that its primary schools belong to.
    """
    departements = [f"{n:02d}" for n in range(1, 96) if n != 20]
    for number in range(count):
        departement = departements[number % len(departements)]
        rank = number // len(departements)
        district = uai.complete(f"0{departement}{_FIRST}")
        if rank == 0:
            yield _district(departement, district)
            continue
        nature, type_, name = _TYPES[rank % len(_TYPES)]
        primary = type_ == "Ecole"
        commune = f"{departement}{900 + rank % 90:03d}"
        code = uai.complete(f"0{departement}{_FIRST + rank}")
        yield {
            "Identifiant_de_l_etablissement": code,
            "Nom_etablissement": f"{name} n° {rank}",
            "Type_etablissement": type_,
            "Statut_public_prive": "Privé" if rank % 6 == 0 else "Public",
            "Adresse_1": f"{rank} rue de l'Exemple",
            "Code_postal": f"{departement}000",
            "Code_commune": commune,
            "Nom_commune": f"Commune inventée {commune}",
            "Code_departement": f"0{departement}",
            "Code_academie": "20",
            "Mail": f"ce.{code.lower()}@ecole.exemple",
            "Telephone": "0300000000",
            "position": f"49.{number % 1000:03d}, 2.{number % 997:03d}",
            "latitude": f"49.{number % 1000:03d}",
            "longitude": f"2.{number % 997:03d}",
            "nom_circonscription": f"Circonscription inventée {departement}" if primary else "",
            "code_circonscription": district if primary else "",
            "date_ouverture": "2000-09-01",
            "date_maj_ligne": "2026-05-01",
            "etat": "OUVERT",
            "multi_uai": "0",
            "code_nature": nature,
        }


def _district(departement: str, code: str) -> dict[str, str]:
    return {
        "Identifiant_de_l_etablissement": code,
        "Nom_etablissement": f"Circonscription inventée {departement}",
        "Type_etablissement": "Service Administratif",
        "Code_commune": f"{departement}900",
        "Code_departement": f"0{departement}",
        "Code_academie": "20",
        "etat": "OUVERT",
        "code_nature": "809",
    }
