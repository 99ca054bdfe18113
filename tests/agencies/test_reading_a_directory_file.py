"""Directory files of any year and format, and what is not one: read, or refused in a sentence."""

import io
import json
import tracemalloc

import pytest

from agencies.directory.columns import COLUMNS, Layout
from agencies.directory.errors import Refusal, UnreadableFile
from agencies.directory.reading import open_reader
from tests.agencies.lines import SCHOOL, YEAR_2023, YEAR_2026, as_csv, as_json, one, read


@pytest.mark.parametrize("names", [YEAR_2023, YEAR_2026])
@pytest.mark.parametrize("mark", [True, False])
def test_csv_of_either_year_with_or_without_a_byte_order_mark(names, mark):
    entry = one(as_csv(SCHOOL, names=names, mark=mark))
    assert (entry.uai, entry.name, entry.postcode) == ("0809990Z", "Collège des Essais", "80900")


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found(separator):
    assert one(as_csv(SCHOOL, separator=separator)).name == "Collège des Essais"


@pytest.mark.parametrize(
    "header",
    ["Code postal", "code_postal", "CODE POSTAL", "Code_Postal", "codepostal", " Code-postal "],
)
def test_headers_match_whatever_their_case_spaces_and_accents(header):
    assert one(as_csv(SCHOOL, names=YEAR_2026 | {"postcode": header})).postcode == "80900"


def test_accents_in_a_header_do_not_matter():
    names = YEAR_2026 | {"uai": "Identifiant de l'établissement", "state": "État"}
    assert one(as_csv(SCHOOL, names=names)).uai == "0809990Z"


def test_both_names_of_a_renamed_column_are_known():
    for field, names in COLUMNS.items():
        for name in names:
            assert Layout().field_of(name.upper().replace("_", " ")) == field


def test_unknown_columns_are_named_and_do_no_harm():
    names = YEAR_2026 | {"email": "Couleur_des_volets"}
    reader = open_reader(io.BytesIO(as_csv(SCHOOL, names=names)))
    assert len(list(reader.rows())) == 1
    assert reader.layout.unknown == ["Couleur_des_volets"]


@pytest.mark.parametrize("field", ["uai", "name", "nature", "commune"])
def test_a_missing_compulsory_column_is_named_in_one_sentence(field):
    names = {k: v for k, v in YEAR_2026.items() if k != field}
    for content in (as_csv(SCHOOL, names=names), as_json(SCHOOL, names=names)):
        with pytest.raises(UnreadableFile, match=f"il manque {COLUMNS[field][0]}\\.$"):
            read(content)


def test_optional_columns_may_be_missing():
    names = {field: YEAR_2026[field] for field in ("uai", "name", "nature", "commune", "sector")}
    entry = one(as_csv(SCHOOL, names=names))
    assert (entry.departement_code, entry.state) == ("80", "open")


def test_a_doubled_compulsory_column_is_refused():
    names = YEAR_2026 | {"email": "UAI"}
    with pytest.raises(UnreadableFile, match="disent la même chose"):
        read(as_csv(SCHOOL, names=names))


def test_latin_1_is_refused_with_the_line_and_a_way_out():
    content = as_csv({**SCHOOL, "name": "Lycee"}, SCHOOL, mark=False).decode().encode("latin-1")
    with pytest.raises(UnreadableFile, match=r"pas en UTF-8 \(ligne 3\).*CSV UTF-8"):
        read(content)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04rest of a workbook", "xlsx"),
        (b"\x1f\x8brest", "gzip"),
        ("a;b".encode("utf-16"), "UTF-16"),
        (b"", "vide"),
        (b"\xef\xbb\xbf  \r\n", "vide"),
        (b"true", "il manque"),
        (b"Bonjour", "il manque"),
    ],
)
def test_what_is_not_a_directory_is_refused_in_a_sentence(content, word):
    with pytest.raises(UnreadableFile, match=word):
        read(content)


def test_a_line_with_too_few_or_too_many_cells_is_refused_with_its_number():
    content = as_csv(SCHOOL) + b"0809990Z;trop court\r\n" + b";".join([b"x"] * 40) + b"\r\n"
    entries, refused, _ = read(content)
    assert len(entries) == 1
    assert [refusal.line for refusal in refused] == [3, 4]
    assert "2 cellules" in refused[0].reason


def test_a_cell_may_hold_a_line_break_and_lines_are_still_counted():
    broken = as_csv({**SCHOOL, "name": '"Collège\ndes Essais"'}, {"uai": "faux"})
    entries, refused, _ = read(broken)
    assert entries[0].name == "Collège des Essais"
    assert refused[0].line == 4


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_file():
    rows = [{**SCHOOL, "name": '"Collège'}] + [SCHOOL] * 100
    with pytest.raises(UnreadableFile, match="guillemet ouvert à la ligne 2"):
        read(as_csv(*rows))


def test_a_line_without_end_is_refused_without_being_read():
    with pytest.raises(UnreadableFile, match="démesurée"):
        read(as_csv(SCHOOL) + b"x" * 10_000_000)


def test_blank_lines_do_not_count():
    entries, refused, _ = read(as_csv(SCHOOL) + b"\r\n\r\n")
    assert (len(entries), refused) == (1, [])


SHAPES = {
    "a list": lambda rows: rows,
    "results": lambda rows: {"total_count": len(rows), "results": rows},
    "records with fields": lambda rows: {
        "nhits": 2,
        "parameters": {"q": ["x"]},
        "records": [{"datasetid": "d", "fields": row} for row in rows],
    },
    "one a line": lambda rows: "\n".join(json.dumps(row) for row in rows).encode(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_json_in_each_published_shape_says_what_the_csv_says(shape):
    second = {**SCHOOL, "uai": "0359999D", "nature": "805", "departement": "035"}
    from_json, refused, _ = read(SHAPES[shape](as_json(SCHOOL, second)))
    from_csv, _, _ = read(as_csv(SCHOOL, second))
    assert refused == []
    assert [entry.uai for entry in from_json] == ["0809990Z", "0359999D"]
    assert [e.name for e in from_json] == [e.name for e in from_csv]
    assert [e.departement_code for e in from_json] == ["80", "35"]


def test_json_numbers_and_missing_keys_are_understood():
    row = {k: v for k, v in as_json(SCHOOL)[0].items() if v is not None}
    row |= {"code_nature": 340, "code_commune": 80901, "code_postal": 80900, "multi_uai": 0}
    row |= {"position": {"lon": 2.3, "lat": 49.9}, "fiche_onisep": None}
    entry = one([row])
    assert (entry.commune_insee, entry.school_type) == ("80901", "middle")
    assert (entry.latitude, entry.longitude) == (49.9, 2.3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[]", "aucune liste"),
        (b'{"results": []}', "aucune liste"),
        (b'[{"uai": "0809990Z"', "s'arrête avant la fin"),
        (b'[{"uai": 1} {"uai": 2}]', "mal formé|il manque"),
        (b'[{"a": 1},]garbage', "il manque|mal formé"),
        (b'{"results": [1, 2', "s'arrête|il manque"),
        (b'{"error": "invalid dataset"}', "il manque"),
        (b"[" * 5000, "mal formé"),
        (b'[{"nom": "\xe9"}]', "pas en UTF-8"),
        (b'[{"x": ' + b"9" * 5000 + b"}]", "mal formé"),
        (b'["' + b"x" * 5_000_000, "mal formé"),
        (b'[{"uai": "0809', "s'arrête avant la fin"),
    ],
)
def test_json_that_is_not_a_directory_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(UnreadableFile, match=sentence):
        read(content)


def test_a_record_that_is_no_object_is_refused_with_its_number():
    entries, refused, _ = read([as_json(SCHOOL)[0], 7, None, "texte"])
    assert len(entries) == 1
    assert [refusal.line for refusal in refused] == [2, 3, 4]


def test_records_across_the_edges_of_pieces_are_whole():
    rows = as_json(*({**SCHOOL, "name": f"École {'é' * 280} {n}"} for n in range(3000)))
    entries, refused, _ = read(rows)
    assert (len(entries), refused) == (3000, [])
    assert entries[-1].name.endswith(" 2999")


def test_json_is_read_without_holding_the_file():
    rows = json.dumps(as_json(*[{**SCHOOL, "name": "x" * 250}] * 40_000)).encode()
    stream = io.BytesIO(rows)
    tracemalloc.start()
    count = sum(not isinstance(row, Refusal) for row in open_reader(stream).rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40_000
    assert len(rows) > 20_000_000
    assert peak < 6_000_000
