"""One line of the directory: what is kept, what is left blank with a remark, what is refused."""

from datetime import date

import pytest

from agencies.models import AgencyKind, DirectoryState, SchoolType
from tests.agencies.lines import SCHOOL, YEAR_2026, as_csv, as_json, one, read


def line(**values):
    return as_csv({**SCHOOL, **values}, names=YEAR_2026 | {"closed": "date_fermeture"})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"uai": ""}, "pas de code UAI"),
        ({"uai": "0809990A"}, "la lettre de contrôle devrait être Z"),
        ({"uai": "80990Z"}, "n'est pas un code UAI"),
        ({"name": "  "}, "pas de nom"),
        ({"nature": ""}, "pas de code de nature"),
        ({"commune": "Amiens"}, "n'est pas un code de commune"),
        ({"departement": "096"}, "n'est pas un code de département"),
        ({"name": "Nul\x00"}, "caractère interdit"),
    ],
)
def test_what_nothing_can_be_hung_on_is_refused(values, reason):
    entries, refused, _ = read(line(**values))
    assert entries == []
    assert reason in refused[0].reason
    assert refused[0].line == 2


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("Ecole", "primary"), ("Collège", "middle"), ("Lycée", "general_high"), ("EREA", "adapted")],
)
def test_without_a_nature_the_type_says_what_it_is(type_, kind):
    content = as_csv({**SCHOOL, "nature": "", "type": type_}, names=YEAR_2026 | {"type": "Type"})
    names = YEAR_2026 | {"type": "Type_etablissement"}
    (entry,), _, remarks = read(as_csv({**SCHOOL, "nature": "", "type": type_}, names=names))
    assert entry.school_type == kind
    assert "d'après le type" in remarks[0].reason
    assert read(content)[0] == []


@pytest.mark.parametrize(
    ("contract", "sector"),
    [
        ("", "public"),
        ("SANS OBJET", "public"),
        ("HORS CONTRAT", "private"),
        ("C0NTRAT SIMPLE", "private"),
    ],
)
def test_without_a_sector_the_contract_says_it(contract, sector):
    row = {**SCHOOL, "sector": "", "contract": contract}
    (entry,), _, remarks = read(as_csv(row, names=YEAR_2026 | {"contract": "Type_contrat_prive"}))
    assert entry.sector == sector
    assert "d'après le contrat" in remarks[0].reason


def test_a_lone_surrogate_is_refused():
    row = as_json(SCHOOL)[0] | {"nom_etablissement": "Coll\ud800ge"}
    entries, refused, _ = read([row])
    assert entries == []
    assert "caractère interdit" in refused[0].reason


@pytest.mark.parametrize(
    ("values", "field", "left"),
    [
        ({"email": "pas une adresse"}, "email", ""),
        ({"siret": "21350016800026"}, "siret", ""),
        ({"postcode": "8090"}, "postcode", "08090"),
        ({"postcode": "Cedex"}, "postcode", ""),
        ({"opened": "hier"}, "opened_on", None),
        ({"academy": "Amiens"}, "academy_code", ""),
        ({"mother": "0809990A"}, "mother_uai", ""),
    ],
)
def test_a_wrong_value_that_nothing_hangs_on_is_left_blank_with_a_remark(values, field, left):
    (entry,), refused, remarks = read(line(**values))
    assert getattr(entry, field) == left
    assert refused == []
    assert bool(remarks) == (left != "08090")


@pytest.mark.parametrize(
    ("state", "closed", "expected"),
    [
        ("OUVERT", "", DirectoryState.OPEN),
        ("Ouvert", "", DirectoryState.OPEN),
        ("", "", DirectoryState.OPEN),
        ("A FERMER", "", DirectoryState.CLOSING),
        ("À FERMER", "", DirectoryState.CLOSING),
        ("FERME", "", DirectoryState.CLOSED),
        ("FERMÉ", "2025-08-31", DirectoryState.CLOSED),
        ("", "2025-08-31", DirectoryState.CLOSED),
    ],
)
def test_only_a_closure_closes(state, closed, expected):
    assert one(line(state=state, closed=closed)).state == expected


@pytest.mark.parametrize(
    ("nature", "kind", "type_"),
    [
        ("101", AgencyKind.SCHOOL, SchoolType.NURSERY),
        ("151", AgencyKind.SCHOOL, SchoolType.PRIMARY),
        ("340", AgencyKind.SCHOOL, SchoolType.MIDDLE),
        ("302", AgencyKind.SCHOOL, SchoolType.GENERAL_HIGH),
        ("320", AgencyKind.SCHOOL, SchoolType.VOCATIONAL_HIGH),
        ("370", AgencyKind.SCHOOL, SchoolType.ADAPTED),
        ("399", AgencyKind.SCHOOL, SchoolType.OTHER_SECONDARY),
        ("802", AgencyKind.RECTORATE, ""),
        ("805", AgencyKind.DSDEN, ""),
        ("806", AgencyKind.DSDEN, ""),
        ("809", AgencyKind.SCHOOL_DISTRICT, ""),
        ("841", AgencyKind.OTHER, ""),
        ("240", AgencyKind.OTHER, ""),
    ],
)
def test_the_nature_says_which_kind_of_agency_it_is(nature, kind, type_):
    entry = one(line(nature=nature))
    assert (entry.kind, entry.school_type) == (kind, type_)


@pytest.mark.parametrize(
    ("departement", "commune", "expected"),
    [
        ("080", "80901", "80"),
        ("620", "2A004", "2A"),
        ("720", "2B033", "2B"),
        ("02A", "2A004", "2A"),
        ("20", "2B033", "2B"),
        ("", "97105", "971"),
        ("", "", "80"),
    ],
)
def test_the_departement_in_the_form_of_the_statistics_office(departement, commune, expected):
    assert one(line(departement=departement, commune=commune)).departement_code == expected


def test_dates_are_read_in_both_ways_of_writing():
    assert one(line(opened="1965-10-01")).opened_on == date(1965, 10, 1)
    assert one(line(opened="01/10/1965")).opened_on == date(1965, 10, 1)
    assert one(line(opened="1965-10-01T00:00:00+00:00")).opened_on == date(1965, 10, 1)


def test_a_closure_before_the_opening_is_not_believed():
    (entry,), _, remarks = read(line(opened="2000-09-01", closed="1999-09-01", state="FERME"))
    assert (entry.state, entry.closed_on) == ("closed", None)
    assert "précède" in remarks[0].reason


def test_codes_are_capitals_and_addresses_small_letters():
    entry = one(line(uai="0809990z", email="CE.0809990Z@Essais.Exemple"))
    assert (entry.uai, entry.email) == ("0809990Z", "ce.0809990z@essais.exemple")


def test_a_name_beyond_all_measure_is_cut_with_a_remark():
    (entry,), _, remarks = read(line(name="x" * 5000))
    assert len(entry.name) == 300
    assert len(remarks) == 1
