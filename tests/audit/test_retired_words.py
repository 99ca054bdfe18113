"""A fact that is written no more is still read: entries that said it are kept for years."""

import json
from html import unescape

import pytest

from audit import registry, steps
from audit.leaf import NOBODY
from tests.support.database import admin
from tests.support.searching import database_name

RETIRED = {
    "conclusion": ("glass.concluded", "follow_up", ("Conclusion", "À reprendre avec le service")),
    "confirmed": ("deputy.named", True, ("Confirmé", "oui")),
    "second_person": ("invitation.proposed", False, ("Deuxième personne attendue", "non")),
    "verdict": ("document.checked", "infected", ("Résultat", "virus trouvé")),
}
"""Facts that kinds of events have lost: where, with a value, and how the journal words them.

Whoever takes a fact from a kind and leaves it to none adds it here, and leaves its word.
"""

OF_TESTS = {"compartment"}


def test_a_word_that_no_kind_takes_any_more_is_known_as_retired():
    taken = {fact for kind in registry.kinds() for fact in kind.facts - steps.FACTS}
    assert registry._words.keys() - taken - OF_TESTS == RETIRED.keys()


@pytest.mark.database
@pytest.mark.parametrize("fact", RETIRED)
def test_an_entry_of_an_older_release_is_read_in_words(world, fact):
    kind, value, words = RETIRED[fact]
    said = {"channel": "page", "facts": {fact: value}, "nonce": "0" * 32}
    assert world.auditor.viewer
    with admin(database_name()) as connection:
        connection.execute(
            "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
            " VALUES (%s, %s, 'done', %s, gen_random_uuid(), %s)",
            [world.cell.pk, kind, NOBODY, json.dumps(said).encode()],
        )
    asked = {"evenement": kind}
    page = unescape(world.auditor.browser.get("/journal/", asked).text)
    assert all(word in page for word in words)
