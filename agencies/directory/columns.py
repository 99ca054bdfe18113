"""The directory's columns, under every name they have borne.

The publisher renames, adds and drops columns from one year to the next. A column is therefore
found by its name with case, accents, spaces and punctuation taken away, among all the names it is
known to have had, and never by its position.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _

from agencies.directory.errors import UnreadableFile

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "uai": (
        "identifiant_de_l_etablissement",
        "identifiant_etablissement",
        "uai",
        "code_uai",
        "numero_uai",
        "rne",
        "code_rne",
    ),
    "name": ("nom_etablissement", "nom_de_l_etablissement", "appellation_officielle"),
    "type": ("type_etablissement", "type_d_etablissement"),
    "sector": ("statut_public_prive", "secteur_public_prive", "secteur_public_prive_libe"),
    "address_1": ("adresse_1", "adresse", "adresse_uai"),
    "address_2": ("adresse_2",),
    "address_3": ("adresse_3",),
    "postcode": ("code_postal", "code_postal_uai", "cp"),
    "commune": ("code_commune", "code_commune_insee", "code_insee", "commune_insee"),
    "commune_name": ("nom_commune", "libelle_commune", "commune"),
    "departement": ("code_departement", "departement_code", "code_du_departement"),
    "academy": ("code_academie", "academie_code"),
    "phone": ("telephone", "numero_telephone", "tel"),
    "email": ("mail", "email", "courriel", "adresse_mail"),
    "siret": ("siren_siret", "siret", "numero_siret"),
    "pupils": ("nombre_d_eleves", "nombre_eleves", "effectif"),
    "priority": ("appartenance_education_prioritaire", "education_prioritaire"),
    "contract": ("type_contrat_prive", "secteur_prive_libelle_type_contrat"),
    "district_name": ("nom_circonscription", "libelle_circonscription", "circonscription"),
    "district": ("code_circonscription", "uai_circonscription"),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "position": ("position", "geolocalisation"),
    "opened": ("date_ouverture", "date_d_ouverture"),
    "closed": ("date_fermeture", "date_de_fermeture"),
    "changed": ("date_maj_ligne", "date_mise_a_jour"),
    "state": ("etat", "etat_etablissement_libe", "etat_etablissement"),
    "several_lines": ("multi_uai", "etablissement_multi_lignes"),
    "nature": ("code_nature", "nature_uai", "code_nature_uai"),
    "nature_label": ("libelle_nature", "nature_uai_libe"),
    "mother": ("etablissement_mere", "uai_mere", "etablissement_mere_uai"),
}
"""The columns we read, each with the names it has had."""

IDLE: Final = (
    *("code_region", "ecole_maternelle", "ecole_elementaire", "voie_generale"),
    *("voie_technologique", "voie_professionnelle", "fax", "web", "restauration"),
    *("hebergement", "ulis", "apprentissage", "segpa", "section_arts", "section_cinema"),
    *("section_theatre", "section_sport", "section_internationale", "section_europeenne"),
    *("lycee_agricole", "lycee_militaire", "lycee_des_metiers", "post_bac", "greta"),
    *("fiche_onisep", "libelle_departement", "libelle_academie", "libelle_region"),
    *("coordonnee_x", "coordonnee_y", "coordx_origine", "coordy_origine", "epsg"),
    *("epsg_origine", "precision_localisation", "ministere_tutelle", "rpi_concentre"),
    *("rpi_disperse", "code_type_contrat_prive", "pial"),
    *("type_rattachement_etablissement_mere", "code_zone_animation_pedagogique"),
    *("libelle_zone_animation_pedagogique", "code_bassin_formation"),
    "libelle_bassin_formation",
)
"""Columns known and not needed: listed so that a truly unknown one can be pointed out."""

COMPULSORY: Final = ("uai", "name", "nature", "commune")


def fold(header: str) -> str:
    """Take away what changes between years: case, accents, spaces, underscores, punctuation."""
    plain = unicodedata.normalize("NFKD", header.lower())
    return re.sub(r"[^a-z0-9]", "", plain)


_FIELD_OF: Final = {fold(name): field for field, names in COLUMNS.items() for name in names}
_IDLE: Final = frozenset(fold(name) for name in IDLE)


class Layout:
    """Which header of one file holds which field, learnt as headers are met.

    A CSV file shows all its headers at once. In some JSON exports a record leaves out the keys it
    has no value for, so that only the last record tells which columns the file has.
    """

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.unknown: list[str] = []
        self._seen: dict[str, str | None] = {}

    def field_of(self, header: str) -> str | None:
        """Return the field a header holds, or None for a column that is not needed."""
        if header not in self._seen:
            self._seen[header] = self._learn(header)
        return self._seen[header]

    def _learn(self, header: str) -> str | None:
        field = _FIELD_OF.get(fold(header))
        if field is None:
            if fold(header) and fold(header) not in _IDLE:
                self.unknown.append(header)
            return None
        if field in self.headers and field in COMPULSORY:
            raise UnreadableFile(
                _("Deux colonnes disent la même chose : « %(first)s » et « %(second)s ».")
                % {"first": self.headers[field], "second": header}
            )
        if field in self.headers:
            return None
        self.headers[field] = header
        return field

    def check(self) -> None:
        """Refuse, in one sentence, a file without the columns that nothing can replace."""
        missing = [COLUMNS[field][0] for field in COMPULSORY if field not in self.headers]
        if missing:
            raise UnreadableFile(
                _(
                    "Ce fichier n'a pas les colonnes attendues de l'annuaire de l'éducation : "
                    "il manque %(names)s."
                )
                % {"names": ", ".join(missing)}
            )
