"""One line of the directory, understood: an agency, and for schools its profile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from agencies.directory import territory, uai
from agencies.directory.errors import Refusal, Remark
from agencies.directory.natures import Nature, meaning_of, meaning_of_type
from agencies.directory.reading import Row
from agencies.directory.values import Values
from agencies.models.agency import AgencyKind
from agencies.models.school import DirectoryState, Sector


@dataclass(frozen=True, slots=True)
class Entry:
    """What we keep of one establishment. Empty means that the directory does not say."""

    line: int
    uai: str
    kind: str
    name: str
    nature_code: str
    address: str
    postcode: str
    commune_insee: str
    commune_name: str
    departement_code: str
    academy_code: str
    siret: str
    email: str
    phone: str
    several_lines: bool
    state: str
    education_level: str
    school_type: str
    sector: str
    contract: str
    district_uai: str
    district_name: str
    mother_uai: str
    priority_network: str
    pupil_count: int | None
    latitude: float | None
    longitude: float | None
    opened_on: date | None
    closed_on: date | None
    changed_on: date | None


class Unusable(Exception):
    """The line cannot be kept. The message says why."""


def understand(row: Row, remarks: list[Remark]) -> Entry | Refusal:
    """Turn a row into an entry, or say why it is refused.

    A wrong value that nothing hangs on is left blank and noted in `remarks`: one mistyped phone
    number must not keep a school out of the directory.
    """
    code = uai.normalise(row.values.get("uai", ""))
    values = Values(row, code[:20], remarks)
    try:
        return _entry(values, code)
    except Unusable as why:
        return Refusal(row.line, code[:20], str(why))


def _entry(values: Values, code: str) -> Entry:
    _check(values, code)
    nature = _nature(values)
    commune = _commune(values)
    latitude, longitude = values.position()
    opened, closed = values.day("opened"), values.day("closed")
    if opened and closed and closed < opened:
        values.remark(_("la date de fermeture précède l'ouverture"))
        closed = None
    return Entry(
        line=values.line,
        uai=code,
        kind=nature.kind.value,
        name=values.text("name", 300),
        nature_code=values.text("nature", 10),
        address=values.lines("address_1", "address_2", "address_3"),
        postcode=values.postcode(),
        commune_insee=commune,
        commune_name=values.text("commune_name", 100),
        departement_code=_departement(values, code, commune),
        academy_code=_academy(values),
        siret=values.siret(),
        email=values.email(),
        phone=values.phone(),
        several_lines=values.text("several_lines", 10) == "1",
        state=_state(values, closed).value,
        education_level=nature.level.value if nature.level else "",
        school_type=nature.type.value if nature.type else "",
        sector=_sector(values, nature),
        contract=values.text("contract", 100),
        district_uai=values.code("district"),
        district_name=values.text("district_name", 200),
        mother_uai=values.code("mother"),
        priority_network=values.text("priority", 20),
        pupil_count=values.number("pupils", 20_000),
        latitude=latitude,
        longitude=longitude,
        opened_on=opened,
        closed_on=closed,
        changed_on=values.day("changed"),
    )


def _check(values: Values, code: str) -> None:
    """Refuse what nothing can be hung on: no usable code, no name."""
    if bad := values.unstorable():
        raise Unusable(_("caractère interdit dans la colonne « %s »") % bad)
    if not code:
        raise Unusable(_("pas de code UAI"))
    if not uai.is_valid(code):
        raise Unusable(_why_not_a_code(code))
    if not values.has("name"):
        raise Unusable(_("pas de nom"))


def _nature(values: Values) -> Nature:
    code = values.text("nature", 10)
    if code:
        return meaning_of(code)
    by_type = meaning_of_type(values.text("type", 50))
    if by_type is None:
        raise Unusable(_("pas de code de nature"))
    values.remark(_("pas de code de nature, compris d'après le type"))
    return by_type


def _why_not_a_code(code: str) -> str:
    digits = code[:7]
    if len(code) == 8 and digits.isdigit() and digits.isascii() and code[7:].isalpha():
        return _("code UAI « %(code)s » : la lettre de contrôle devrait être %(letter)s") % {
            "code": code,
            "letter": uai.check_letter(digits),
        }
    return _("« %s » n'est pas un code UAI (sept chiffres et une lettre)") % code[:20]


def _commune(values: Values) -> str:
    text = values.text("commune", 20)
    commune = territory.commune_code(text) if text else ""
    if commune is None:
        raise Unusable(_("« %s » n'est pas un code de commune") % text)
    return commune


def _departement(values: Values, code: str, commune: str) -> str:
    """Take the département's own column, else the commune's, else the one in the code."""
    text = values.text("departement", 20)
    if text and text != "20":
        found = territory.departement_code(text)
        if found is None:
            raise Unusable(_("« %s » n'est pas un code de département") % text)
        return found
    found = territory.departement_of_commune(commune) or territory.departement_code(code[:3])
    if found is None:
        raise Unusable(_("le département ne peut être déduit ni de la commune ni du code UAI"))
    return found


def _academy(values: Values) -> str:
    text = values.text("academy", 20)
    code = territory.academy_code(text) if text else ""
    if code is None:
        values.remark(_("« %s » n'est pas un code d'académie") % text)
    return code or ""


def _state(values: Values, closed: date | None) -> DirectoryState:
    """`A FERMER` announces a closure; only `FERME` is one."""
    text = values.text("state", 30).upper().replace("É", "E").replace("À", "A")
    if text.startswith("FERM") or (not text and closed):
        return DirectoryState.CLOSED
    if "FERMER" in text:
        return DirectoryState.CLOSING
    if text and "OUVERT" not in text and "OUVRIR" not in text:
        values.remark(_("état « %s » inconnu, établissement tenu pour ouvert") % text)
    return DirectoryState.OPEN


def _sector(values: Values, nature: Nature) -> str:
    text = values.text("sector", 30).lower()
    if text.startswith("priv"):
        return Sector.PRIVATE.value
    if text.startswith("publi"):
        return Sector.PUBLIC.value
    if nature.kind != AgencyKind.SCHOOL:
        return ""
    values.remark(_("secteur non indiqué, compris d'après le contrat"))
    has_contract = "CONTRAT" in values.text("contract", 100).upper().replace("0", "O")
    return Sector.PRIVATE.value if has_contract else Sector.PUBLIC.value
