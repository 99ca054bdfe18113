"""Who is competent for a school: by its commune, and by what kind of school it is."""

import csv
from datetime import timedelta

import pytest

from agencies.covering import AUTHORITY_OF, covering, covers
from agencies.models import Accession, Agency, Coverage, CoverFunction, SchoolType
from agencies.operator import ALIAS
from agencies.selectors import school
from kernel.clock import now
from kernel.scope import acting_as
from tests.agencies.factories import (
    a_cell,
    a_person,
    a_school,
    an_accession,
    an_agency,
)

pytestmark = pytest.mark.database


def cover(cell, function, accession, *communes):
    Coverage.objects.using(ALIAS).bulk_create(
        Coverage(cell=cell, function=function, commune_insee=commune, accession=accession)
        for commune in communes
    )


def a_school_in(commune, school_type, **values):
    made = a_school(school_type=school_type, **values)
    Agency.objects.using(ALIAS).filter(pk=made.pk).update(commune_insee=commune)
    return made


# What an administrator of Ille-et-Vilaine would enter: two courts, police in the towns that have a
# commissariat, gendarmerie elsewhere. (commune, court, police or gendarmerie)
TWENTY = (
    ("Rennes", "rennes", "police"),
    ("Saint-Malo", "saint-malo", "police"),
    ("Fougères", "rennes", "police"),
    ("Vitré", "rennes", "gendarmerie"),
    ("Redon", "rennes", "gendarmerie"),
    ("Dinard", "saint-malo", "gendarmerie"),
    ("Cancale", "saint-malo", "gendarmerie"),
    ("Dol-de-Bretagne", "saint-malo", "gendarmerie"),
    ("Combourg", "saint-malo", "gendarmerie"),
    ("Bruz", "rennes", "gendarmerie"),
    ("Cesson-Sévigné", "rennes", "gendarmerie"),
    ("Betton", "rennes", "gendarmerie"),
    ("Janzé", "rennes", "gendarmerie"),
    ("Guichen", "rennes", "gendarmerie"),
    ("Liffré", "rennes", "gendarmerie"),
    ("Pacé", "rennes", "gendarmerie"),
    ("Montfort-sur-Meu", "rennes", "gendarmerie"),
    ("Pleurtuit", "saint-malo", "gendarmerie"),
    ("Châteaugiron", "rennes", "gendarmerie"),
    ("Tinténiac", "saint-malo", "gendarmerie"),
)


@pytest.fixture(scope="module")
def brittany(real_data):
    """A cell with two courts, and every commune's real code and a real school's type there."""
    path = real_data / "annuaire_education_ille_et_vilaine_2023-06.csv"
    with path.open(encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    codes = {line["Nom_commune"].casefold(): line["Code_commune"] for line in lines}
    cell = a_cell()
    who = {
        "rennes": an_accession(cell, kind="prosecutor"),
        "saint-malo": an_accession(cell, kind="prosecutor"),
        "police": an_accession(cell, kind="police"),
        "gendarmerie": an_accession(cell, kind="gendarmerie"),
        "department": an_accession(cell, kind="department"),
        "region": an_accession(cell, kind="region"),
    }
    for name, court, force in TWENTY:
        code = codes[name.casefold()]
        town = an_agency("municipality", commune_insee=code)
        who[name] = an_accession(cell, town)
        cover(cell, "prosecutor", who[court], code)
        cover(cell, "law_enforcement", who[force], code)
    viewer = a_person(an_accession(cell, kind="dsden"), "cell_coordinator").viewer()
    return cell, codes, who, viewer


@pytest.mark.parametrize(("name", "court", "force"), TWENTY, ids=[row[0] for row in TWENTY])
def test_twenty_real_communes(brittany, name, court, force):
    cell, codes, who, viewer = brittany
    schools = {
        "primary": who[name],
        "middle": who["department"],
        "general_high": who["region"],
        "vocational_high": who["region"],
    }
    for school_type, authority in schools.items():
        made = a_school_in(codes[name.casefold()], school_type)
        with acting_as(viewer):
            found = covering(cell.pk, school(made.pk))
        assert found.prosecutor == who[court]
        assert found.law_enforcement == who[force]
        assert found.local_authority == authority, school_type


def test_every_type_of_school_has_its_authority():
    assert set(AUTHORITY_OF) == set(SchoolType)


@pytest.fixture
def ground():
    cell = a_cell()
    viewer = a_person(an_accession(cell, kind="dsden"), "cell_coordinator").viewer()

    def asked(function, commune):
        with acting_as(viewer):
            return covers(cell.pk, CoverFunction(function), commune)

    return cell, asked


def test_the_only_office_is_competent_everywhere(ground):
    cell, asked = ground
    only = an_accession(cell, kind="prosecutor")
    assert asked("prosecutor", "80021") == only
    assert asked("prosecutor", "") == only


def test_of_two_offices_none_is_guessed(ground):
    cell, asked = ground
    for _each in range(2):
        an_accession(cell, kind="prosecutor")
    assert asked("prosecutor", "80021") is None


def test_once_a_commune_is_assigned_the_table_alone_decides(ground):
    cell, asked = ground
    only = an_accession(cell, kind="prosecutor")
    cover(cell, "prosecutor", only, "80021")
    assert asked("prosecutor", "80021") == only
    assert asked("prosecutor", "80001") is None


def test_an_office_that_has_left_is_not_competent(ground):
    cell, asked = ground
    gone = an_accession(cell, kind="prosecutor")
    cover(cell, "prosecutor", gone, "80021")
    Accession.objects.using(ALIAS).filter(pk=gone.pk).update(
        valid_from=now() - timedelta(days=2), valid_until=now() - timedelta(days=1)
    )
    assert asked("prosecutor", "80021") is None


def test_a_town_hall_is_competent_in_its_own_commune_only(ground):
    cell, asked = ground
    town = an_accession(cell, an_agency("municipality", commune_insee="80021"))
    assert asked("municipality", "80021") == town
    assert asked("municipality", "80001") is None


def test_another_cell_covers_nothing_here(ground):
    _cell, asked = ground
    elsewhere = a_cell()
    cover(elsewhere, "prosecutor", an_accession(elsewhere, kind="prosecutor"), "80021")
    assert asked("prosecutor", "80021") is None


def test_an_agency_may_belong_to_several_cells():
    region = an_agency("region")
    first, second = an_accession(a_cell(), region), an_accession(a_cell(), region)
    assert first.unit_id != second.unit_id
    assert first.agency_id == second.agency_id


def test_the_inspector_of_an_ecole_is_among_the_competent(ground):
    cell, _asked = ground
    district = an_accession(cell, kind="school_district")
    made = a_school_in(
        "80021", "primary", education_level="primary", district_id=district.agency_id
    )
    viewer = a_person(an_accession(cell, kind="dsden"), "cell_coordinator").viewer()
    with acting_as(viewer):
        assert covering(cell.pk, school(made.pk)).district == district
