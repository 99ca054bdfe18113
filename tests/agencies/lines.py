"""Small directory files in memory, under the headers of one year or another."""

import io
import json

from agencies.directory.entry import understand
from agencies.directory.errors import Refusal
from agencies.directory.reading import open_reader

YEAR_2023 = {
    "uai": "Identifiant_de_l_etablissement",
    "name": "Nom_etablissement",
    "sector": "Statut_public_prive",
    "postcode": "Code postal",
    "commune": "Code_commune",
    "departement": "Code_departement",
    "academy": "Code_academie",
    "email": "Mail",
    "siret": "SIREN_SIRET",
    "state": "etat",
    "several_lines": "etablissement_multi_lignes",
    "nature": "code_nature",
    "opened": "date_ouverture",
}
YEAR_2026 = YEAR_2023 | {
    "postcode": "Code_postal",
    "several_lines": "multi_uai",
    "district": "code_circonscription",
    "district_name": "nom_circonscription",
    "mother": "etablissement_mere",
}
SCHOOL = {
    "uai": "0809990Z",
    "name": "Collège des Essais",
    "sector": "Public",
    "postcode": "80900",
    "commune": "80901",
    "departement": "080",
    "academy": "20",
    "state": "OUVERT",
    "nature": "340",
}


def as_csv(*rows, names=YEAR_2026, separator=";", mark=True, encoding="utf-8"):
    """Rows as the bytes of a CSV file; values are given by the name of our field."""
    lines = [separator.join(names.values())]
    lines += [separator.join(row.get(field, "") for field in names) for row in rows]
    start = b"\xef\xbb\xbf" if mark else b""
    return start + ("\r\n".join(lines) + "\r\n").encode(encoding)


def as_json(*rows, names=YEAR_2026):
    """The same rows as the publisher's API gives them: small names, null for nothing."""
    return [{names[f].lower(): row.get(f) or None for f in names} for row in rows]


def read(content):
    """Everything in a file: what was understood, what was refused, what was remarked on."""
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    reader = open_reader(io.BytesIO(content))
    entries, refused, remarks = [], [], []
    for row in reader.rows():
        found = row if isinstance(row, Refusal) else understand(row, remarks)
        (refused if isinstance(found, Refusal) else entries).append(found)
    return entries, refused, remarks


def one(content):
    """The only line of a file, understood."""
    (entry,), refused, _remarks = read(content)
    assert not refused
    return entry
