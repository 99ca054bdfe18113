"""Names as people bear them, and texts typed to do harm: kept as typed and found, or refused.

A slice of each class runs here, another one each time; the seed is printed. The whole corpus, and
its manifest:

    ./infra/bin/corpus tests/referrals/test_typed_texts.py
    python -m tests.support.typed SEED
"""

import os
import random
import resource
import time
import unicodedata
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from kernel.crypto.blind import normalised_name
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casefile.services.reveal import reveal
from referrals.searching.question import Question
from referrals.searching.search import search_within
from referrals.searching.words import Wanted
from tests.kernel.http.corpus import JSON
from tests.support.database import admin
from tests.support.escalating import body_of
from tests.support.searching import database_name, fingerprint
from tests.support.typed import KEPT, REFUSED, Item, injections, names

pytestmark = pytest.mark.corpus
SEED = int(os.environ.get("REMPART_SEED") or random.randrange(10**6))
WHOLE = os.environ.get("REMPART_CORPUS") == "whole"
SLICE, SECONDS, GROWTH, AT_ONCE = 120, 2.0, 64 * 1024, 75
BORN = date(2013, 4, 5)


@pytest.fixture(autouse=True)
def measured():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < GROWTH, f"{grown} KiB more"


def chosen(made: list[Item], expected: str) -> list[Item]:
    """The items of which this is expected, or some of them."""
    items = [one for one in made if one.expected == expected]
    return items if WHOLE else random.Random(SEED).sample(items, min(SLICE, len(items)))


def test_every_class_has_its_number():
    for made, number in ((names.corpus(SEED), 600), (injections.corpus(SEED), 800)):
        assert len(made) >= number
        assert len({one.name for one in made}) == len(made)


def post(browser: Client, path: str, body, **more):
    """An answer that took no longer than it may."""
    began = time.process_time()
    answer = browser.post(path, body, **more)
    assert time.process_time() - began < SECONDS, (path, ascii(body)[:200])
    assert answer.status_code < 500, (path, ascii(body)[:200])
    return answer


def refusals(world) -> int:
    with admin(database_name()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE cell_id = %s AND kind = 'access.refused'",
            [world.cell.pk],
        ).fetchone()
    return row[0]


def pupil(name: str) -> dict[str, object]:
    return {"role": "witness", "family_name": name, "given_name": "Nina", "birth_date": str(BORN)}


def sent(world, items) -> str:
    """One case with a witness for each name."""
    body = body_of()
    body["parties"] = [body["parties"][0], *(pupil(one.text) for one in items)]
    answer = post(world.pilot.browser, "/api/v1/referrals/", body, content_type=JSON)
    assert answer.status_code == 201, answer.content[:500]
    return answer.json()["id"]


def spelt_otherwise(chance: random.Random, name: str) -> str:
    """As somebody else would type it: other case, other code points, or without accents."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC")]
    return chance.choice([*forms, name.upper(), name.lower(), bare])


def test_a_name_comes_back_as_it_was_typed_and_is_found_however_it_is_spelt(world, items):
    typed_names = chosen(names.corpus(SEED), KEPT)
    items("N1", len(typed_names))
    chance, wrong, case_of = random.Random(SEED), [], {}
    for start in range(0, len(typed_names), AT_ONCE):
        some = typed_names[start : start + AT_ONCE]
        case_id = sent(world, some)
        with acting_as(world.coordinator.viewer) as viewer:
            witnesses = [p for p in case_file(viewer, case_id).parties if p.role == "witness"]
            kept = [reveal(viewer, party.id).family_name for party in witnesses]
        wrong += [(one.name, ascii(k)) for one, k in zip(some, kept, strict=True) if k != one.text]
        for one in some:
            case_of.setdefault(normalised_name(one.text), set()).add(case_id)
    assert wrong == []
    for one in typed_names:
        typed, key = spelt_otherwise(chance, one.text), normalised_name(one.text)
        asked = Question(family_name=typed, given_name="NINA", birth_date=BORN)
        if not key or normalised_name(typed) != key:
            continue
        with acting_as(world.coordinator.viewer) as viewer:
            found = {str(result.case.pk) for result in search_within(viewer, asked).results}
        if not case_of[key] <= found:
            wrong.append((one.name, ascii(typed)))
    assert wrong == []


def test_a_spelling_without_accents_names_the_same_person(world):
    """Otherwise the loop above would pass over what it is about."""
    chance = random.Random(SEED)
    same = [one for one in names.corpus(SEED) if one.expected == KEPT]
    told = [
        normalised_name(spelt_otherwise(chance, n.text)) == normalised_name(n.text) for n in same
    ]
    assert sum(told) > 0.9 * len(told)


def test_what_is_no_name_is_refused_at_every_door_and_each_time_on_record(world, items):
    no_names = chosen(names.corpus(SEED), REFUSED)
    items("N1", len(no_names))
    browser, wrong = world.pilot.browser, []
    before, page = refusals(world), reverse("referrals:within")
    for number, one in enumerate(no_names):
        named = {"family_name": one.text, "given_name": "Nina", "birth_date": str(BORN)}
        doors = [("/api/v1/referrals/within/", named)]
        if number % 6 == 0:
            body = body_of()
            body["parties"] = [body["parties"][0], pupil(one.text)]
            doors.append(("/api/v1/referrals/", body))
        for path, body in doors:
            status = post(browser, path, body, content_type=JSON).status_code
            if status != 422:
                wrong.append((one.name, path, status))
                before -= 1
            before += 1
        if one.text.isprintable() or "\ud7ff" < max(one.text, default="a") < "\ue000":
            continue
        # A form that was never complete is no attempt at anything, and is not on record: but for
        # a name of blanks, which is no name to the form and half a pupil to the search.
        status = post(browser, page, named).status_code
        before += not one.text.strip()
        if status != 422 and one.text.strip() == one.text:
            wrong.append((one.name, page, status))
    assert wrong == []
    assert refusals(world) == before


def test_a_text_that_means_something_elsewhere_is_a_text_here(world, items):
    texts = chosen(injections.corpus(SEED), KEPT)
    items("Q1", len(texts))
    case_id = sent(world, [])
    browser, page = world.coordinator.browser, reverse("referrals:within")
    browser.get(page)
    before, wrong = fingerprint(), []
    for number, one in enumerate(texts):
        wanted = Wanted(one.text)
        fit = 200 if wanted and not _controls(one.text) else 422
        doors = [
            lambda t=one.text: post(
                browser, "/api/v1/referrals/within/", {"words": t}, content_type=JSON
            ),
            lambda t=one.text: post(browser, page, {"words": t}),
            lambda t=one.text: browser.get("/api/v1/referrals/", {t: "1", "ordering": t}),
            lambda t=one.text: browser.get("/api/v1/referrals/", {"filter": f"{t}x"}),
            lambda t=one.text: browser.get(reverse("referrals:cases"), {"avant": f"{t}x"}),
            lambda t=one.text: post(
                browser, "/api/v1/referrals/within/", {f"{t}x": "1"}, content_type=JSON
            ),
        ]
        expected = [fit, fit, 200, 422, 422, 422]
        door = number % len(doors)
        answer = doors[door]()
        if answer.status_code != expected[door]:
            wrong.append((one.name, door, answer.status_code, ascii(one.text)))
        if door == 0 and fit == 200 and answer.json()["count"]:
            wrong.append((one.name, "found", ascii(one.text)))
        shown = answer.content.decode() if "html" in answer["Content-Type"] else ""
        if "<script>alert" in shown or "<img src=x" in shown:
            wrong.append((one.name, "not escaped"))
    assert wrong == []
    assert fingerprint() == before
    assert browser.get(f"/api/v1/referrals/{case_id}/").status_code == 200


def _controls(text: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


def test_such_texts_are_kept_as_they_were_typed_and_shown_as_texts(world):
    """Thirty facts to a case: what was told comes back, in the API and escaped on the page."""
    items = [one.text for one in injections.corpus(SEED) if not _controls(one.text)]
    told = random.Random(SEED).sample(items, 90 if WHOLE else 15)
    for start in range(0, len(told), 30):
        body, some = body_of(), told[start : start + 30]
        body["facts"] = [body["facts"][0] | {"narrative": text} for text in some]
        made = post(world.pilot.browser, "/api/v1/referrals/", body, content_type=JSON)
        assert made.status_code == 201, made.content[:300]
        address = f"/api/v1/referrals/{made.json()['id']}/"
        kept = world.coordinator.browser.get(address).json()["contents"]["facts"]["facts"]
        assert [fact["narrative"] for fact in kept] == [text.strip() for text in some]
        text = world.coordinator.browser.get(f"/dossiers/{made.json()['id']}/").content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
