"""An event kind is declared once, and carries codes and identifiers, never words about people."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from audit import payload, registry
from audit.checks import every_fact_is_declared
from audit.registry import EventKind, Keeps, event, kinds, word
from audit.shapes import Shape, fits
from kernel.http import bearer

CONTROL = Keeps.CONTROL


@pytest.fixture
def declared():
    """What a test declares is forgotten after it."""
    before = dict(registry._kinds), dict(registry._words), dict(registry._codes)
    yield
    for now, then in zip((registry._kinds, registry._words, registry._codes), before, strict=True):
        now.clear()
        now.update(then)


@pytest.mark.usefixtures("declared")
class TestDeclaring:
    def test_a_kind_has_a_name_its_facts_and_a_wording(self):
        kind = event(
            "trial.shared", keeps=CONTROL, facts=("compartment", "purpose"), label="Partage"
        )
        facts = frozenset({"compartment", "purpose"})
        assert kind == EventKind("trial.shared", facts, "Partage", CONTROL)
        assert registry.label_of("trial.shared") == "Partage"

    @pytest.mark.parametrize(
        "name", ["", "shared", "Trial.shared", "trial.", "trial shared", "trial.é", "a.b.c.d.e"]
    )
    def test_a_name_reads_thing_happened(self, name):
        with pytest.raises(ValueError, match=r"thing\.happened"):
            event(name, keeps=CONTROL, label="x")

    @pytest.mark.parametrize(
        "fact", ["name", "first_name", "nom", "comment", "free_text", "email", "birth_date", "note"]
    )
    def test_a_fact_that_announces_personal_data_is_refused(self, fact):
        with pytest.raises(ValueError, match="announces"):
            event("trial.shared", keeps=CONTROL, facts=(fact,), label="x")

    @pytest.mark.parametrize("fact", ["", "Purpose", "my fact", "1st", "é"])
    def test_a_fact_has_the_name_of_an_identifier(self, fact):
        with pytest.raises(ValueError, match="not the name of a fact"):
            event("trial.shared", keeps=CONTROL, facts=(fact,), label="x")

    def test_a_kind_without_a_wording_is_refused(self):
        with pytest.raises(ValueError, match="no wording"):
            event("trial.shared", keeps=CONTROL, label="")

    def test_a_name_is_taken_once(self):
        event("trial.shared", keeps=CONTROL, facts=("purpose",), label="x")
        with pytest.raises(ValueError, match="already declared"):
            event("trial.shared", keeps=CONTROL, facts=("level",), label="x")

    def test_a_module_may_be_loaded_again(self):
        first = event("trial.shared", keeps=CONTROL, facts=("purpose",), label="x")
        assert event("trial.shared", keeps=CONTROL, facts=("purpose",), label="x") is first


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (True, True),
        (None, None),
        (12, 12),
        ("share.read_only:2", "share.read_only:2"),
        ("80-2026-00042", "80-2026-00042"),
        ("2a-2026-00042", "2a-2026-00042"),
        ("80021", "80021"),
        ("0" * 64, "0" * 64),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (date(2026, 11, 21), "2026-11-21"),
        (datetime(2026, 11, 21, 8, tzinfo=UTC), "2026-11-21T08:00:00+00:00"),
        (["facts", "cell"], ["facts", "cell"]),
        ({"b", "a"}, ["a", "b"]),
        ([], []),
    ],
)
def test_codes_numbers_identifiers_and_dates_are_kept(value, kept):
    assert payload.plain(value) == kept


@pytest.mark.parametrize(
    "value",
    [
        "Camille",
        "elle pleure en classe",
        "é",
        "",
        "x" * 65,
        "code\n",
        "0612345678",
        "06.12.34.56.78",
        "2 09 05 75 111 222",
        "209057511122233",
        1.5,
        2**53,
        b"bytes",
        {"a": "mapping"},
        [["nested"]],
        ["fine", "Not fine"],
        ["x"] * 501,
        object(),
        datetime(2026, 11, 21),  # noqa: DTZ001  a time without its zone is what is refused
        "\x00",
        "\ud800",
    ],
)
def test_free_text_names_and_telephone_numbers_are_refused(value):
    with pytest.raises(ValueError, match="value"):
        payload.plain(value)


def test_the_refusal_does_not_repeat_what_must_not_be_written():
    with pytest.raises(ValueError, match="not a code") as refusal:
        payload.plain("Camille Exemple")
    assert "Camille" not in str(refusal.value)


def test_the_bytes_are_canonical_and_unguessable():
    first = payload.encode("page", {"b": 1, "a": [True]})
    again = payload.encode("page", {"a": [True], "b": 1})
    nonce = json.loads(first)["nonce"]
    assert first == f'{{"channel":"page","facts":{{"a":[true],"b":1}},"nonce":"{nonce}"}}'.encode()
    assert len(nonce) == 32
    assert first != again
    assert first.replace(nonce.encode(), b"") == again.replace(
        json.loads(again)["nonce"].encode(), b""
    )


@pytest.mark.usefixtures("declared")
class TestFacts:
    def test_exactly_the_declared_facts_are_taken(self):
        word("level", "Niveau", Shape.COUNT)
        kind = EventKind("trial.shared", frozenset({"purpose", "level"}), "x")
        assert kind.checked({"purpose": "protection", "level": 1})
        with pytest.raises(ValueError, match="level"):
            kind.checked({"purpose": "protection"})
        with pytest.raises(ValueError, match="extra"):
            kind.checked({"purpose": "protection", "level": 1, "extra": 1})

    def test_a_code_that_nobody_declared_is_refused_unsaid(self):
        kind = EventKind("trial.shared", frozenset({"purpose"}), "x")
        for value in ("camille", ["protection", "camille"], "elle.pleure", 3):
            with pytest.raises(ValueError, match="not codes as declared") as refusal:
                kind.checked({"purpose": value})
            assert "camille" not in str(refusal.value)

    def test_a_fact_without_a_word_is_refused_and_told_before_anything_starts(self):
        kind = event("trial.shared", keeps=CONTROL, facts=("camille",), label="x")
        with pytest.raises(ValueError, match="no word declares"):
            kind.checked({"camille": 1})
        assert [message.id for message in every_fact_is_declared(None)] == ["audit.E001"]

    def test_codes_are_listed_where_a_fact_has_codes_and_nowhere_else(self):
        with pytest.raises(ValueError, match="codes are listed"):
            word("level", "Niveau")
        with pytest.raises(ValueError, match="codes are listed"):
            word("level", "Niveau", Shape.COUNT, high="haut")
        with pytest.raises(ValueError, match="a code reads"):
            word("level", "Niveau", **{"Camille Exemple": "x"})


@pytest.mark.parametrize("shape", list(Shape))
def test_a_word_about_somebody_has_no_shape(shape):
    for value in ("camille", "camille-dupont", "rue.des.lilas", "a", ""):
        assert not fits(shape, value, frozenset({"protection"}))


def test_everything_that_is_declared_says_what_it_looks_like_and_how_long_it_is_kept():
    assert registry.undeclared() == []
    ordinary = {kind.name for kind in kinds() if kind.keeps is Keeps.ORDINARY}
    assert {"case.read", "referral.triaged", "meeting.read"} <= ordinary
    for group in ("role.", "signin.code", "key.", "glass.", "audit.", "export.", "access."):
        assert not any(name.startswith(group) for name in ordinary), group
    assert registry.MONTHS == {Keeps.ORDINARY: 12, Keeps.CONTROL: 36}


def test_every_operation_of_a_token_has_a_word():
    assert {scope.code for scope in bearer.scopes()} <= registry._words["scope"].codes
