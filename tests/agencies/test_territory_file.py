"""A table of communes sent as a file: as spreadsheets write it, and as they do not."""

import io
import os
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agencies.models import Agency, Coverage
from agencies.operator import ALIAS
from agencies.services.decoded import decoded
from tests.support.world import stale

HERE = reverse("agencies:cell_territory_table", args=["prosecutor"])
ACCENTED = "Tribunal de l'Été, été comme hiver"


@pytest.fixture
def office(world) -> str:
    """The office has a name that looks different in every encoding, and a comma in it."""
    agency = world.prosecutor.accession.agency
    Agency.objects.using(ALIAS).filter(pk=agency.pk).update(name=ACCENTED)
    return ACCENTED


def sends(world, content: bytes, *, name="communes.csv", **fields):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return world.cell_admin.browser.post(HERE, {"file": file, **fields})


def covered(world) -> dict[str, object]:
    rows = Coverage.objects.using(ALIAS).filter(cell=world.cell)
    return dict(rows.values_list("commune_insee", "accession_id"))


def table(world, office, *, between=";") -> str:
    """Every commune of the département, the first by its name, with headings and quotes."""
    quoted = f'"{office}"'
    lines = [f"Commune{between}Service", f"{world.communes[0].name}{between}{quoted}"]
    lines += [f"{commune.insee}{between}{quoted}" for commune in world.communes[1:]]
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("between", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_whichever_way_a_spreadsheet_writes_it(world, office, encoding, between):
    answer = sends(world, table(world, office, between=between).encode(encoding))
    assert answer.status_code == 302, answer.text
    expected = {commune.insee: world.prosecutor.accession_id for commune in world.communes}
    assert covered(world) == expected


def test_a_mark_at_the_beginning_is_no_part_of_the_first_commune(world, office):
    code = world.communes[0].insee
    assert sends(world, f"{code};{office}".encode("utf-8-sig")).status_code == 302
    assert list(covered(world)) == [code]


def test_lines_end_as_they_do_on_any_machine(world, office):
    for end in ("\n", "\r", "\r\n"):
        text = table(world, office).replace("\r\n", end)
        assert sends(world, text.encode()).status_code == 302, repr(end)


NO_TEXT = {
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "workbook": b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)),
    "noise": os.urandom(4096),
    "nothing but zeros": bytes(500),
    "cut": "Été".encode("utf-16")[:-1],
}


@pytest.mark.parametrize("what", NO_TEXT)
def test_what_is_no_text_is_refused_in_a_sentence_and_nothing_of_it_comes_back(world, what):
    answer = sends(world, NO_TEXT[what], table="Valbrume;déjà tapé")
    assert answer.status_code == 422
    assert "pas un texte" in answer.text
    assert "Valbrume;déjà tapé" in answer.text
    assert "IHDR" not in answer.text
    assert covered(world) == {}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\r\n", b"\xff\xfe"])
def test_an_empty_file_is_said_to_be_empty_and_takes_nothing_typed_away(world, content):
    answer = sends(world, content, table="Valbrume;déjà tapé")
    assert answer.status_code == 422
    assert "Ce fichier est vide." in answer.text
    assert "Valbrume;déjà tapé" in answer.text
    assert covered(world) == {}


def test_a_file_of_four_megabytes_is_refused_in_a_sentence(world, office):
    line = f"{world.communes[0].insee};{office}\r\n".encode()
    answer = sends(world, line * (4 * 1024 * 1024 // len(line)), table="Valbrume;déjà tapé")
    assert answer.status_code == 422
    assert "trop long" in answer.text
    assert "Valbrume;déjà tapé" in answer.text
    assert len(answer.content) < 200_000
    assert covered(world) == {}


def test_of_ten_megabytes_nothing_is_kept_but_what_was_typed_beside_it(world, office):
    answer = sends(world, b"x;y\n" * (10 * 1024 * 1024 // 4), table="Valbrume;déjà tapé")
    assert answer.status_code == 422
    assert "trop long" in answer.text
    assert "Valbrume;déjà tapé" in answer.text
    assert covered(world) == {}


def test_too_many_lines_and_mistakes_are_said_by_their_numbers(world, office):
    wrong = sends(world, f"Commune;Service\nNulle-Part;{office}\n;\nValbrume".encode())
    assert wrong.status_code == 422
    assert "Ligne 2" in wrong.text
    assert "Ligne 4" in wrong.text
    assert "Nulle-Part" in wrong.text
    many = sends(world, b"x;y\n" * 6000)
    assert many.status_code == 422
    assert "autres lignes" in many.text
    assert covered(world) == {}


def test_a_guessed_encoding_that_is_wrong_saves_nothing(world, office):
    """Bytes of another alphabet are something in Windows-1252, and no name of anybody here."""
    answer = sends(world, table(world, office).encode("mac_roman"))
    assert answer.status_code == 422
    assert "Aucun service" in answer.text
    assert covered(world) == {}


def test_the_words_of_a_file_outlive_the_step_up(world, office):
    """A refused upload cannot be sent again by a page: its words can."""
    browser = world.cell_admin.browser
    stale(world.cell_admin.person)
    asked = sends(world, table(world, office).encode("cp1252"))
    assert asked.status_code == 303
    code = world.cell_admin.person.code(steps=1)
    kept = browser.get(browser.post(asked["Location"], {"code": code})["Location"]).context["kept"]
    assert covered(world) == {}
    assert browser.post(kept.path, dict(kept.fields)).status_code == 302
    assert len(covered(world)) == len(world.communes)


def test_one_key_with_two_files_is_two_different_things(world, office):
    key = uuid4().hex
    first = f"{world.communes[0].insee};{office}".encode()
    second = f"{world.communes[1].insee};{office}".encode()
    assert sends(world, first, _key=key).status_code == 302
    assert sends(world, first, _key=key).status_code == 302
    assert sends(world, second, _key=key).status_code == 409
    assert list(covered(world)) == [world.communes[0].insee]


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 300 + ".csv", "été\u202e.csv", "a;b"])
def test_what_the_file_is_called_does_not_matter(world, office, name):
    answer = sends(world, table(world, office).encode(), name=name)
    assert answer.status_code == 302


def test_text_is_told_from_what_is_none():
    assert decoded("Été".encode("cp1252")) == "Été"
    assert decoded(b"a\tb\r\nc") == "a\tb\r\nc"
    assert decoded(b"a\x1bb") is None
    assert decoded(io.BytesIO(b"\x81").read()) is None
