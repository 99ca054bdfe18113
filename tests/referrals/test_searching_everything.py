"""A search finds, ranks and names exactly what reading case after case would."""

import json
import random

import pytest

from kernel.crypto.keyring import CannotDecrypt
from kernel.scope import acting_as
from referrals.casefile.cases import cipher_of
from referrals.casefile.selectors import case_file
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.models import Case, CompartmentContent
from referrals.models.history import MeasureKind
from referrals.searching import reading
from referrals.searching.question import EARLIEST, Question
from referrals.searching.reading import in_json
from referrals.searching.search import search_within
from tests.support.corpora import SEED
from tests.support.database import admin
from tests.support.plain_words import EVERY_KIND, texts, words_of, worth
from tests.support.searching import database_name
from tests.support.world import World, in_days

pytestmark = pytest.mark.database
C = Compartment
TABLE = "referrals_compartment"
CHANCE = random.Random(SEED)
SPACED = "\u2e80"
"""From here on are scripts whose words may begin at any letter."""


def put(content, row_id):
    with admin(database_name()) as connection:
        connection.execute(f"UPDATE {TABLE} SET content = %s WHERE id = %s", [content, row_id])


def written(world, case_id, *, escaped):
    """Put other texts into the sealed contents of a case, as a program of the house would."""
    with acting_as(world.coordinator.viewer):
        cipher, sealed = cipher_of(Case.objects.get(pk=case_id)), []
        for row in CompartmentContent.objects.filter(case_id=case_id):
            content = json.loads(cipher.open(TABLE, "content", row.pk, row.content))
            first, *others = texts(CHANCE, 3)
            if "facts" in content:
                content["facts"] = [fact | {"narrative": first} for fact in content["facts"]]
            else:
                content["narrative"] = first
            content["others"] = others
            text = json.dumps(content, ensure_ascii=escaped)
            sealed.append((cipher.seal(TABLE, "content", row.pk, text), row.pk))
    for content, row_id in sealed:
        put(content, row_id)


@pytest.fixture(scope="module")
def world(database) -> World:
    """Five cases, three of them with a measure, two of them shared with the gendarmerie."""
    world = World()
    cases = [world.activated() for _case in range(3)] + [world.submitted() for _case in range(2)]
    for number, case_id in enumerate(cases):
        written(world, case_id, escaped=number % 2 == 1)
        if number < 3:
            with acting_as(world.coordinator.viewer) as viewer:
                add_measure(
                    viewer,
                    case_id,
                    kind=MeasureKind.OTHER,
                    owner_accession=world.pilot.accession_id,
                    due_on=in_days(7),
                    note=" ".join(texts(CHANCE, 3)).replace("\0", " "),
                )
    for case_id in cases[:2]:
        world.shared(case_id, world.gendarme, C.FACTS)
    return world


def read_through(seat):
    """The cases of somebody's list in their order, each with its parts and what stands there."""
    with acting_as(seat.viewer) as viewer:
        listed = search_within(viewer, Question(since=EARLIEST)).results
        files = [case_file(viewer, result.case.pk) for result in listed]
    return [
        (
            file.case.pk,
            {code: list(in_json(json.dumps(told))) for code, told in file.contents.items()}
            | {"measures": [note for _measure, note in file.measures]},
        )
        for file in files
    ]


def expected(cases, typed):
    found = []
    for case_id, parts in cases:
        worths = {part: worth(typed, strings) for part, strings in parts.items()}
        best = {}
        for told in worths.values():
            best = {word: max(told.get(word, 0), best.get(word, 0)) for word in {*told, *best}}
        wanted = {word for word in words_of(typed) if len(word) > 1}
        if wanted <= best.keys():
            found.append(
                (case_id, sum(best.values()), {part for part, told in worths.items() if told})
            )
    found.sort(key=lambda one: -one[1])
    return [(case_id, parts) for case_id, _score, parts in found]


def test_what_is_found_is_what_reading_everything_would_find(world, monkeypatch):
    """Few cases or many at once, one word or several, beginnings of words, for each reader."""
    typed = [one for one in EVERY_KIND if any(len(word) > 1 for word in words_of(one))]
    typed = [one for one in typed if not any(word > SPACED for word in words_of(one))]
    typed += [word[:2] for one in typed for word in words_of(one) if len(word) > 2]
    ways = [(50, 2000), (0, 2000), (0, 2)]
    hits = 0
    for seat in (world.coordinator, world.gendarme, world.police):
        cases = read_through(seat)
        pairs = [" ".join(CHANCE.sample(typed, 2)) for _pair in range(20)]
        for number, words in enumerate([*CHANCE.sample(typed, 30), *pairs]):
            few, at_once = ways[number % len(ways)]
            monkeypatch.setattr(reading, "_FEW", few)
            with acting_as(seat.viewer) as viewer:
                question = Question(words=words)
                answer = search_within(viewer, question, at_once=at_once, seconds=600)
            found = [(result.case.pk, set(result.parts)) for result in answer.results]
            assert found == expected(cases, words), (ascii(words), few, at_once, SEED)
            assert (answer.count, answer.read, answer.of) == (len(found), len(cases), len(cases))
            hits += len(found)
    assert hits > 50


def test_a_value_that_does_not_open_ends_the_search_and_not_the_transaction(world):
    """Half of what was asked for is still on its way when the first value fails."""
    with admin(database_name()) as connection:
        row_id, kept = connection.execute(
            f"SELECT id, content FROM {TABLE} WHERE cell_id = %s ORDER BY id", [world.cell.pk]
        ).fetchone()
    for broken in (b"", kept[:20], kept[:-1] + bytes([kept[-1] ^ 1])):
        put(broken, row_id)
        with acting_as(world.coordinator.viewer) as viewer:
            with pytest.raises(CannotDecrypt):
                search_within(viewer, Question(words="cour"))
            assert Case.objects.count() == 5
    put(kept, row_id)
    with acting_as(world.coordinator.viewer) as viewer:
        assert search_within(viewer, Question(words="cour")).read == 5
