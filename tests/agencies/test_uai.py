"""The check letter of a school's code: asked of every code before anything else is believed."""

import csv

import pytest

from agencies.directory import uai
from agencies.directory.territory import (
    academy_code,
    commune_code,
    departement_code,
    departement_of_commune,
)


@pytest.mark.parametrize("code", ["0350122T", "0359999D", "0350063D", "0333494U", "0672544B"])
def test_a_right_letter(code):
    assert uai.is_valid(code)


@pytest.mark.parametrize(
    "code",
    [
        "0350122A",
        "350122T",
        "03501222T",
        "0350122",
        "0350122t",
        "O350122T",
        "٠350122T",
        "",
        "T0350122",
    ],
)
def test_a_wrong_code(code):
    assert not uai.is_valid(code)


def test_small_letters_and_spaces_are_forgiven():
    assert uai.normalise(" 0333494u ") == "0333494U"
    assert uai.normalise("033 3494\u00a0u") == "0333494U"


def test_every_number_has_exactly_one_letter():
    letters = [uai.check_letter(f"{number:07d}") for number in range(800000, 800046)]
    assert letters[:23] == letters[23:]
    assert sorted(letters[:23]) == sorted(uai.LETTERS)


def test_every_code_of_the_real_extracts(real_data):
    checked = 0
    for name, column in [
        ("annuaire_education_ille_et_vilaine_2023-06.csv", "Identifiant_de_l_etablissement"),
        ("rep_etablissements_somme_2022.csv", "NUMERO"),
    ]:
        with (real_data / name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                code = uai.normalise(row[column])
                assert not code or uai.is_valid(code), code
                checked += bool(code)
    assert checked > 1000


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("035", "35"),
        ("35", "35"),
        ("1", "01"),
        ("001", "01"),
        ("620", "2A"),
        ("720", "2B"),
        ("02A", "2A"),
        ("02b", "2B"),
        ("2A", "2A"),
        ("971", "971"),
        ("976", "976"),
        ("988", "988"),
        ("094", "94"),
        ("096", None),
        ("20", None),
        ("099", None),
        ("", None),
        ("²5", None),
    ],
)
def test_departement_codes(written, code):
    assert departement_code(written) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("35016", "35016"),
        ("1001", "01001"),
        ("2a004", "2A004"),
        ("97105", "97105"),
        ("ABC", None),
        ("350166", None),
        ("", None),
    ],
)
def test_commune_codes(written, code):
    assert commune_code(written) == code


def test_a_commune_tells_its_departement():
    assert departement_of_commune("2A004") == "2A"
    assert departement_of_commune("97105") == "971"
    assert departement_of_commune("01001") == "01"


@pytest.mark.parametrize(
    ("written", "code"), [("14", "14"), ("4", "04"), ("x", None), ("114", None)]
)
def test_academy_codes(written, code):
    assert academy_code(written) == code
