"""An event kind is declared once, and carries codes and identifiers, never words about people."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from audit import payload, registry
from audit.registry import EventKind, event


@pytest.fixture
def declared():
    """What a test declares is forgotten after it."""
    before = dict(registry._kinds)
    yield
    registry._kinds.clear()
    registry._kinds.update(before)


@pytest.mark.usefixtures("declared")
class TestDeclaring:
    def test_a_kind_has_a_name_its_facts_and_a_wording(self):
        kind = event("trial.shared", facts=("compartment", "purpose"), label="Partage")
        assert kind == EventKind("trial.shared", frozenset({"compartment", "purpose"}), "Partage")
        assert registry.label_of("trial.shared") == "Partage"

    @pytest.mark.parametrize(
        "name", ["", "shared", "Trial.shared", "trial.", "trial shared", "trial.é", "a.b.c.d.e"]
    )
    def test_a_name_reads_thing_happened(self, name):
        with pytest.raises(ValueError, match=r"thing\.happened"):
            event(name, label="x")

    @pytest.mark.parametrize(
        "fact", ["name", "first_name", "nom", "comment", "free_text", "email", "birth_date", "note"]
    )
    def test_a_fact_that_announces_personal_data_is_refused(self, fact):
        with pytest.raises(ValueError, match="announces"):
            event("trial.shared", facts=(fact,), label="x")

    @pytest.mark.parametrize("fact", ["", "Purpose", "my fact", "1st", "é"])
    def test_a_fact_has_the_name_of_an_identifier(self, fact):
        with pytest.raises(ValueError, match="not the name of a fact"):
            event("trial.shared", facts=(fact,), label="x")

    def test_a_kind_without_a_wording_is_refused(self):
        with pytest.raises(ValueError, match="no wording"):
            event("trial.shared", label="")

    def test_a_name_is_taken_once(self):
        event("trial.shared", facts=("purpose",), label="x")
        with pytest.raises(ValueError, match="already declared"):
            event("trial.shared", facts=("level",), label="x")

    def test_a_module_may_be_loaded_again(self):
        first = event("trial.shared", facts=("purpose",), label="x")
        assert event("trial.shared", facts=("purpose",), label="x") is first


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


def test_exactly_the_declared_facts_are_taken():
    kind = EventKind("trial.shared", frozenset({"purpose", "level"}), "x")
    assert kind.checked({"purpose": "a", "level": 1})
    with pytest.raises(ValueError, match="level"):
        kind.checked({"purpose": "a"})
    with pytest.raises(ValueError, match="extra"):
        kind.checked({"purpose": "a", "level": 1, "extra": 1})
