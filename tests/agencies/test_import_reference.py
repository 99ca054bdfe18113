"""Small public tables, from the project's own files and from published ones."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from agencies.directory.errors import UnreadableFile
from agencies.directory.reference import TABLES, import_reference
from agencies.models import Academy, Commune, Court, Departement
from agencies.operator import Operator
from tests.support.recorded import recorded

OPERATOR = Operator("tests")
OWN = Path(__file__).resolve().parents[2] / "agencies" / "reference"


def load(name, path, source="tests"):
    return import_reference(OPERATOR, name, path, source=source)


def test_the_projects_own_departements_and_academies():
    before = len(recorded("reference.imported"))
    assert load("academies", OWN / "academies.csv") == 34
    told = ("done", {"table": "academies", "rows": 34})
    assert recorded("reference.imported")[before:] == [told]
    assert load("departements", OWN / "departements.csv") == 107
    somme = Departement.objects.get(code="80")
    assert (somme.name, somme.academy_code, somme.source) == ("Somme", "20", "tests")
    known = set(Academy.objects.values_list("code", flat=True))
    assert set(Departement.objects.values_list("academy_code", flat=True)) <= known


def test_a_file_without_academies_keeps_those_that_are_known(tmp_path):
    load("departements", OWN / "departements.csv")
    path = tmp_path / "d.csv"
    path.write_text("code;nom\n080;Somme\n", encoding="utf-8")
    load("departements", path, source="une autre")
    somme = Departement.objects.get(code="80")
    assert (somme.academy_code, somme.source) == ("20", "une autre")
    load("departements", OWN / "departements.csv")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("communes", "code_insee;population\n80901;1\n", "il manque nom"),
        ("communes", "code_insee;nom\n", "aucune ligne"),
        ("communes", "code_insee;nom\nAmiens;80021\n", "Ligne 2"),
        ("departements", "code;nom\n96;Inconnu\n", "Ligne 2"),
        ("communes", "code_insee;nom\n80901;\n", "Ligne 2"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence_and_changes_nothing(
    tmp_path, name, content, sentence
):
    path = tmp_path / "f.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=sentence):
        load(name, path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes("code_insee;nom\n80901;Évrille\n".encode("latin-1"))
    with pytest.raises(UnreadableFile, match="pas en UTF-8"):
        load("communes", path)


def test_the_published_files(real_data):
    files = {
        "departements": "departements.csv",
        "academies": "academies.csv",
        "communes": "communes_somme.csv",
        "courts": "tribunaux_judiciaires.csv",
    }
    options = {name: real_data / file for name, file in files.items()}
    said = io.StringIO()
    call_command("import_reference", source="extraits publics", stdout=said, **options)
    assert "771  communes" in said.getvalue()
    amiens = Commune.objects.get(insee="80021")
    assert (amiens.name, amiens.departement_code) == ("Amiens", "80")
    assert "80000" in amiens.postcodes
    assert amiens.population > 100_000
    assert Court.objects.get(code="tj80021").departement_code == "80"
    assert Departement.objects.get(code="35").academy_code == "14"
    assert load("courts", real_data / "cours_appel.csv") == 36
    assert {table.model.objects.filter(source="").count() for table in TABLES.values()} == {0}


def test_no_file_at_all_is_said():
    with pytest.raises(CommandError, match="au moins un fichier"):
        call_command("import_reference")
