"""What a thing was before a step and is after it: codes of that thing alone, said in a sentence."""

import pytest
from django.utils import translation

from audit import registry, steps
from audit.registry import EventKind, Keeps, event
from audit.steps import states


@pytest.fixture(autouse=True)
def declared():
    """What a test declares is forgotten after it."""
    before = dict(registry._kinds), dict(steps._things)
    yield
    for now, then in zip((registry._kinds, steps._things), before, strict=True):
        now.clear()
        now.update(then)


@pytest.fixture
def kind() -> EventKind:
    door = states("door", "Porte", {"open": "ouverte", "shut": "fermée", "bell:loud": "forte"})
    return event("door.moved", keeps=Keeps.ORDINARY, facts=(), label="Porte poussée", moves=door)


def test_who_moves_a_thing_says_from_what_to_what(kind):
    assert kind.facts == steps.FACTS
    kind.checked({"before": "open", "after": "shut"})
    kind.checked({"before": None, "after": ["open", "shut"]})
    for facts in ({}, {"before": "open"}, {"after": "open"}):
        with pytest.raises(ValueError, match="as given"):
            kind.checked(facts)


@pytest.mark.parametrize("value", ["ajar", "camille", "closed", ["open", "camille"], [None], 1])
def test_nothing_fits_but_what_this_very_thing_can_be(kind, value):
    states("shop", "Boutique", {"closed": "fermée", "ajar": "entrouverte"})
    for facts in ({"before": value, "after": "open"}, {"before": "open", "after": value}):
        with pytest.raises(ValueError, match="no state of door"):
            kind.checked(facts)


def test_a_setting_is_one_of_its_codes_or_a_small_number():
    words = {"bell": "sonnette", "minutes": "délai"}
    states("door", "Porte", {"bell:loud": "forte"}, settings=words)
    kind = event("door.set", keeps=Keeps.ORDINARY, label="Porte réglée", moves="door")
    kind.checked({"before": ["minutes:5"], "after": ["bell:loud", "minutes:30"]})
    for value in ("bell:5", "bell:soft", "minutes:123456", "minutes:", "minutes", "other:5"):
        with pytest.raises(ValueError, match="no state of door"):
            kind.checked({"before": [], "after": [value]})
    said = registry.step_of("door.set", {"before": [], "after": ["bell:loud", "minutes:30"]})
    assert said == ("Porte", "de « aucun » à « sonnette : forte, délai : 30 »")


@pytest.mark.parametrize(
    ("before", "after", "french", "english"),
    [
        ("open", "shut", "de « ouverte » à « fermée »", "from “ouverte” to “fermée”"),
        ("open", "open", "toujours « ouverte »", "still “ouverte”"),
        (None, "open", "désormais « ouverte »", "now “ouverte”"),
        (["open"], None, "« ouverte » jusque-là", "“ouverte” until then"),
    ],
)
def test_a_step_is_a_sentence_in_both_languages(kind, before, after, french, english):
    facts = {"before": before, "after": after}
    assert registry.step_of(kind.name, facts) == ("Porte", french)
    with translation.override("en"):
        assert registry.step_of(kind.name, facts) == ("Porte", english)


def test_an_entry_that_says_no_step_has_no_sentence(kind):
    assert registry.step_of(kind.name, {"before": "open"}) is None
    assert registry.step_of("gone.kind", {"before": "open", "after": "shut"}) is None


def test_a_thing_whose_states_nobody_declared_is_told_before_anything_starts():
    assert registry.undeclared() == []
    event("lost.moved", keeps=Keeps.ORDINARY, label="Perdu", moves="lost")
    assert registry.undeclared() == ["lost"]
