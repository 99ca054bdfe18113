"""Importing the directory: in step with the file, all of it or nothing, and twice is once."""

import io
import itertools
import json

import pytest
from django.core.management import CommandError, call_command

from agencies.demo.directory_file import invented_schools, write_directory
from agencies.directory import uai
from agencies.directory.errors import UnreadableFile
from agencies.directory.importing import import_directory
from agencies.models import Agency, School
from agencies.operator import ALIAS, Operator
from tests.agencies.lines import SCHOOL, YEAR_2023, YEAR_2026, as_csv, as_json
from tests.support.recorded import recorded

OPERATOR = Operator("tests")
NAMES = YEAR_2026 | {"closed": "date_fermeture"}
_codes = itertools.count(9_700_000)


def a_code(prefix=None):
    """A code that no other test has used, in a département nobody imports otherwise."""
    return uai.complete(
        f"{next(_codes):07d}" if prefix is None else f"{prefix}{next(_codes) % 10_000:04d}"
    )


def a_row(**values):
    return {**SCHOOL, "uai": a_code(), "departement": "080", **values}


@pytest.fixture
def load(tmp_path):
    """Writes rows to a file and imports it."""

    def run(*rows, names=NAMES, content=None, **options):
        path = tmp_path / "annuaire"
        path.write_bytes(as_csv(*rows, names=names) if content is None else content)
        return import_directory(OPERATOR, path, **options)

    return run


def stored(row):
    return School.objects.select_related("agency", "district").get(uai=row["uai"])


def test_the_second_time_nothing_is_created_or_updated(load):
    rows = [a_row(), a_row(nature="151"), a_row(nature="805", sector="")]
    first, second = load(*rows), load(*rows)
    assert (first.lines, first.created, first.updated, first.unchanged) == (3, 3, 0, 0)
    assert (second.lines, second.created, second.updated, second.unchanged) == (3, 0, 0, 3)


def test_what_changed_is_updated_and_nothing_else(load):
    one, two = a_row(), a_row()
    load(one, two)
    untouched = stored(two).agency.updated_at
    report = load({**one, "name": "Collège renommé"}, two)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    assert stored(one).agency.name == "Collège renommé"
    assert stored(two).agency.updated_at == untouched


def test_json_and_csv_of_the_same_rows_agree(load):
    rows = [a_row(), a_row(nature="101")]
    load(*rows)
    report = load(content=json.dumps(as_json(*rows, names=NAMES)).encode())
    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)


def test_a_school_that_the_file_says_is_closed_is_kept_as_closed(load):
    row = a_row(opened="2000-09-01")
    load(row)
    report = load({**row, "state": "FERME", "closed": "2026-07-05"})
    assert (report.closed, report.updated) == (1, 1)
    school = stored(row)
    assert (school.state, str(school.closed_on), school.agency.is_open) == (
        "closed",
        "2026-07-05",
        False,
    )


def test_an_announced_closure_closes_nothing(load):
    row = a_row(state="A FERMER")
    report = load(row)
    assert (report.closing, report.closed) == (1, 0)
    assert (stored(row).state, stored(row).agency.is_open) == ("closing", True)


def test_a_school_missing_from_a_later_file_is_reported_and_stays_open(load):
    here = {"departement": "988", "commune": "98818"}
    kept, gone, elsewhere = a_row(**here), a_row(**here), a_row(departement="987", commune="")
    load(kept, gone, elsewhere)
    report = load(kept)
    assert (gone["uai"], "Collège des Essais") in report.missing
    assert elsewhere["uai"] not in [code for code, _ in report.missing]
    assert stored(gone).agency.is_open


def test_a_refused_line_is_not_reported_as_missing(load):
    row = a_row(departement="986", commune="")
    load(row)
    report = load({**row, "name": ""}, a_row(departement="986", commune=""))
    assert report.missing == []
    assert len(report.refused) == 1


def test_a_dry_run_says_everything_and_writes_nothing(load):
    row = a_row()
    report = load(row, dry_run=True)
    assert report.created == 1
    assert not School.objects.filter(uai=row["uai"]).exists()


def test_a_file_that_breaks_off_changes_nothing(load):
    row = a_row()
    with pytest.raises(UnreadableFile):
        load(content=as_csv(row, names=NAMES) + "Lycée\n".encode("latin-1"))
    assert not School.objects.filter(uai=row["uai"]).exists()


def test_refused_lines_leave_the_others_alone(load):
    good = a_row()
    report = load(good, a_row(uai="0800001A"), a_row(name=""))
    assert (report.lines, report.created) == (3, 1)
    assert [refusal.line for refusal in report.refused] == [3, 4]
    assert stored(good).agency.name == "Collège des Essais"


def test_a_file_of_refused_lines_only_is_refused_as_a_whole(load):
    with pytest.raises(UnreadableFile, match=r"Aucune ligne.*ligne 2.*pas de nom"):
        load(a_row(name=""), a_row(name=""))


def test_a_column_that_the_file_does_not_have_changes_nothing(load):
    row = a_row(email="ce@essais.exemple", state="FERME")
    load(row)
    less = {k: v for k, v in NAMES.items() if k not in ("email", "state", "closed")}
    report = load(row, names=less)
    assert report.unchanged == 1
    assert (stored(row).agency.email, stored(row).state) == ("ce@essais.exemple", "closed")


def test_a_column_that_is_there_and_empty_empties(load):
    row = a_row(email="ce@essais.exemple")
    load(row)
    load({**row, "email": ""})
    assert stored(row).agency.email == ""


def test_an_unannounced_second_line_under_one_code_is_refused(load):
    row = a_row()
    report = load(row, {**row, "name": "Un autre"})
    assert stored(row).agency.name == "Collège des Essais"
    (refusal,) = report.refused
    assert (refusal.line, refusal.code) == (3, row["uai"])
    assert "déjà lu à la ligne 2" in refusal.reason


@pytest.mark.parametrize("order", [1, -1])
def test_of_an_establishment_on_several_sites_the_main_one_is_kept_in_any_order(load, order):
    annex = a_row(several_lines="1", name="Collège Saint-Paul (annexe du collège Saint-Joseph)")
    main = {**annex, "name": "Collège Saint-Joseph"}
    report = load(*[annex, main][::order])
    assert stored(main).agency.name == "Collège Saint-Joseph"
    assert (report.created, report.refused, len(report.remarks)) == (1, [], 1)
    again = load(*[annex, main][::-order])
    assert (again.created, again.updated) == (0, 0)


def test_a_primary_school_is_linked_to_its_district_by_code(load):
    district = a_row(nature="809", name="Circonscription des Essais", sector="")
    school = a_row(nature="151", district=district["uai"], district_name="Autrement écrit")
    load(school, district)
    assert stored(school).district.directory_code == district["uai"]


def test_in_older_files_the_district_is_found_by_its_name(load):
    names = YEAR_2023 | {"district_name": "nom_circonscription"}
    title = f"Circonscription {a_code()}"
    district = a_row(nature="809", name=title, sector="")
    school = a_row(nature="151", district_name=title.upper())
    lost = a_row(nature="151", district_name="Circonscription introuvable")
    report = load(school, district, lost, names=names)
    assert stored(school).district.name == title
    assert stored(lost).district is None
    assert report.without_district == 1


def test_a_later_file_moves_a_school_to_another_district(load):
    first, second = (a_row(nature="809", name=f"C {n}", sector="") for n in (1, 2))
    school = a_row(nature="151", district=first["uai"])
    load(first, second, school)
    report = load(first, second, {**school, "district": second["uai"]})
    assert (report.updated, stored(school).district.name) == (1, "C 2")


def test_an_agency_of_the_same_code_that_is_no_school_is_kept_too(load):
    row = a_row(nature="841", sector="")
    load(row)
    agency = Agency.objects.get(directory_code=row["uai"])
    assert (agency.kind, agency.source) == ("other", "fr-en-annuaire-education")
    assert not School.objects.filter(uai=row["uai"]).exists()


def test_the_command_says_what_it_did_and_writes_the_report(tmp_path):
    path, report = tmp_path / "a.csv", tmp_path / "r.csv"
    row = a_row(email="pas une adresse")
    path.write_bytes(as_csv(row, a_row(uai="=1+1"), names=NAMES))
    before = len(recorded("directory.imported"))
    said, complained = io.StringIO(), io.StringIO()
    call_command("import_schools", path, report=report, stdout=said, stderr=complained)
    assert "1  créés" in said.getvalue()
    assert [outcome for outcome, _facts in recorded("directory.imported")[before:]] == ["done"]
    assert "1  lignes refusées" in said.getvalue()
    assert "ligne 3 refusée : « =1+1 » n'est pas un code UAI" in complained.getvalue()
    written = report.read_text(encoding="utf-8").splitlines()
    assert written[1].startswith(f"2;remarque;{row['uai']};")
    assert written[2].startswith("3;refusée;'=1+1;")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", None])
def test_the_command_refuses_in_a_sentence(tmp_path, content):
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=r"Rien n’a été modifié\.$"):
        call_command("import_schools", path)


def test_a_thousand_invented_schools_go_in_and_stay(tmp_path):
    path = tmp_path / "inventes.csv"
    write_directory(path, invented_schools(1000))
    first = import_directory(OPERATOR, path, source="tests")
    second = import_directory(OPERATOR, path, source="tests")
    assert first.created + first.unchanged + first.updated == 1000
    assert (first.refused, second.unchanged) == ([], 1000)
    assert not second.without_district


def test_the_real_extract_of_2023(real_data, load):
    content = (real_data / "annuaire_education_ille_et_vilaine_2023-06.csv").read_bytes()
    first, second = load(content=content), load(content=content)
    assert (first.lines, first.refused) == (996, [])
    # Three establishments have two lines each, declared as such.
    assert first.created + first.updated + first.unchanged == 993
    assert len([r for r in first.remarks if "autre site" in r.reason]) == 3
    assert first.closing == 1
    assert (second.created, second.updated, second.missing) == (0, 0, [])
    assert first.kinds["school_district"] == 23
    main = School.objects.select_related("agency", "district").get(uai="0350852L")
    assert main.agency.name == "Collège Saint-Joseph"
    school = School.objects.select_related("district").get(uai="0350122T")
    assert school.district.directory_code == "0350739N"
    assert first.without_district == 0
    assert Agency.objects.using(ALIAS).get(directory_code="0359999D").kind == "dsden"
    assert set(
        School.objects.filter(agency__directory_code__startswith="035").values_list(
            "agency__departement_code", flat=True
        )
    ) == {"35"}
