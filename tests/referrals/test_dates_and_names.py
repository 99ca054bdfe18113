"""Dates at the edges of the calendar, and names as people really bear them."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils import timezone

from referrals.intake.forms import FactForm, past_date
from tests.kernel.http.corpus import JSON
from tests.support.escalating import body_of


@pytest.fixture
def leap_day(monkeypatch):
    """Today is 29 February."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2028, 2, 29, 12, tzinfo=UTC))


def test_29_february_is_a_day_like_others(leap_day):
    assert past_date(date(2028, 2, 29)) == date(2028, 2, 29)
    assert past_date(date(1990, 1, 1))
    for wrong in (date(2028, 3, 1), date(1989, 12, 31), date(1, 1, 1), date.max):
        with pytest.raises(forms.ValidationError):
            past_date(wrong)


def test_today_is_the_schools_today(monkeypatch):
    """At 23:30 in Paris it is not yet tomorrow, although it is in UTC an hour before midnight."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert past_date(date(2026, 7, 1)) == date(2026, 7, 1)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 6, 30, 21, 30, tzinfo=UTC))
    with pytest.raises(forms.ValidationError):
        past_date(date(2026, 7, 1))


@pytest.mark.parametrize(
    ("began", "ended", "right"),
    [
        ("2024-02-29", "2024-02-29", True),
        ("2024-02-29", "2024-02-28", False),
        ("2025-02-29", "", False),
        ("2024-12-31", "2025-01-01", True),
    ],
)
def test_facts_end_after_they_begin(began, ended, right):
    form = FactForm(
        {
            "kind": "verbal",
            "place": "yard",
            "source": "seen",
            "narrative": "x",
            "began_on": began,
            "ended_on": ended,
        }
    )
    assert form.is_valid() == right


NAMES = [
    ("Élodie", "Lecœur-d'Haÿ"),
    ("Zoe\u0308", "Nguyễn Thị"),
    ("C'hann", "Le Gall"),
    ("محمّد", "بن علي"),
    ("שרה", "כהן"),
    ("小龍", "李"),
    ("யாழினி", "க"),
    ("İpek", "Işık"),
    ("A", "B" * 100),
    ("Anne‑Marie", "O’Connor"),
    ("\u202eabc", "🏳️‍🌈"),
    ("<b>", "{{ x }}'--"),
    ("=1+1", "@SUM(A1)"),
    ("a" + "\u0301" * 40, "ß"),
]


@pytest.mark.parametrize(("given", "family"), NAMES, ids=lambda text: ascii(text)[:16])
def test_a_name_comes_back_as_it_was_given(world, given, family):
    body = body_of()
    body["parties"] = [
        {"role": "target", "given_name": given, "family_name": family, "birth_date": "2013-04-05"}
    ]
    sent = world.pilot.browser.post("/api/v1/referrals/", body, content_type=JSON)
    assert sent.status_code == 201, sent.content
    case = world.coordinator.browser.get(f"/api/v1/referrals/{sent.json()['id']}/").json()
    [party] = case["parties"]
    assert given not in party["label"] or len(given) == 1
    assert len(party["label"]) <= 12
    shown = world.coordinator.browser.post(
        f"/api/v1/parties/{party['id']}/reveal/", {}, content_type=JSON
    ).json()
    assert (shown["given_name"], shown["family_name"]) == (given, family)
    page = world.coordinator.browser.post(f"/identites/{party['id']}/").content.decode()
    assert "<b>" not in page.replace("<b></b>", "")


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "", "   ", "x" * 101, 7, None, ["a"]])
def test_what_is_no_name_is_refused(world, name):
    body = body_of()
    body["parties"] = [{"role": "target", "given_name": "Nina", "family_name": name}]
    answer = world.pilot.browser.post("/api/v1/referrals/", body, content_type=JSON)
    assert answer.status_code == 422
    assert any(field.startswith("parties") for field in answer.json()["error"]["fields"])
