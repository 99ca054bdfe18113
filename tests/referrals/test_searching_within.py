"""Searching in one's own cases: everything that is open to whoever searches, and nothing else."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from kernel.errors import Invalid, NotAllowed
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose
from referrals.searching.question import Question
from referrals.searching.search import search_within
from referrals.sharing.services.answer import accept
from referrals.sharing.services.propose import propose
from referrals.states import State
from tests.kernel.http.corpus import JSON
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import without_row_security
from tests.support.world import World

pytestmark = pytest.mark.database
C = Compartment
WORD = "Épouvantée"


class Ground:
    """Three cases of one school: one shared with the gendarmerie, one proposed, one not."""

    def __init__(self) -> None:
        self.world = World()
        self.shared = self.world.activated(mark=f" {WORD} élèves")
        self.world.shared(self.shared, self.world.gendarme, C.FACTS, C.IDENTITY_PRESUMED)
        self.offered = self.world.activated(mark=f" {WORD}")
        self.world.proposed(self.offered, self.world.gendarme)
        self.other = self.world.submitted(mark=" épouvantail")


@pytest.fixture(scope="module")
def ground(database) -> Ground:
    return Ground()


def found_by(seat, **asked):
    """What a search finds: cases in their order, and how many are counted."""
    with acting_as(seat.viewer) as viewer:
        answer = search_within(viewer, Question(**asked))
        ids = [result.case.pk for result in answer.results]
        assert answer.count == len(ids)
        return ids


def test_accents_case_and_the_end_of_a_word_do_not_count(ground):
    """The best match comes first: the whole word before its beginning."""
    for words in ("epouvantee", "ÉPOUVANTÉE", "E\u0301pouvante\u0301e"):
        found = found_by(ground.world.coordinator, words=words)
        assert set(found[:2]) == {ground.shared, ground.offered}, words
    assert found_by(ground.world.coordinator, words="epouvantail")[0] == ground.other
    for words in ("epouvant", "épouv insult", "répét"):
        assert len(found_by(ground.world.coordinator, words=words)) == 3
    assert found_by(ground.world.coordinator, words="epouvantee eleves") == [ground.shared]
    assert found_by(ground.world.coordinator, words="pouvantee") == []
    assert found_by(ground.world.coordinator, words="epouvantee absent") == []


def test_codes_and_names_of_fields_are_no_words_of_a_case(ground):
    for words in ("narrative", "verbal", "yard", "told_by_target", "facts", "target_interview"):
        assert found_by(ground.world.coordinator, words=words) == [], words


def test_each_finds_what_is_open_to_them_and_counts_nothing_else(ground):
    world = ground.world
    everything = {ground.shared, ground.offered, ground.other}
    assert set(found_by(world.pilot, words="epouvant")) == everything
    assert set(found_by(world.prosecutor, words="epouvant")) == everything
    assert found_by(world.gendarme, words="insultes") == [ground.shared]
    # The steps of the school were not shared, and hold these words too.
    assert found_by(world.gendarme, words="entretiens") == []
    for seat in (world.other_pilot, world.police, world.victim_support, world.prefecture):
        assert found_by(seat, words="epouvant") == []
    for seat in (world.auditor, world.cell_admin):
        with acting_as(seat.viewer) as viewer, pytest.raises(NotAllowed):
            search_within(viewer, Question(words="epouvant"))


def test_a_pupil_is_found_by_a_combination_and_only_where_the_identity_is_open(ground):
    world, named = ground.world, {"family_name": f"PRESUMÉ {WORD} eleves"}
    given, born = (
        {"given_name": f"brume{WORD}élèves"},
        {"birth_date": timezone.datetime(2012, 1, 9).date()},
    )
    for asked in (named | given, named | born, named | given | born):
        for seat in (world.coordinator, world.gendarme, world.pilot):
            assert found_by(seat, **asked) == [ground.shared], asked
        assert found_by(world.police, **asked) == []
    target = {"family_name": f"Cible {WORD} élèves", "given_name": f"Alba {WORD} élèves"}
    assert found_by(world.coordinator, **target) == [ground.shared]
    assert found_by(world.gendarme, **target) == []
    for alone in (named, given, born, given | born):
        with acting_as(world.coordinator.viewer) as viewer, pytest.raises(Invalid):
            search_within(viewer, Question(**alone))


def test_what_stands_on_the_header_is_searched_by_equality_and_by_dates(ground):
    world = ground.world
    case = world.coordinator.browser.get(f"/api/v1/referrals/{ground.other}/").json()
    today = timezone.localdate()
    first = [ground.other, ground.offered, ground.shared]
    for asked, expected in (
        ({"reference": case["reference"].lower()}, [ground.other]),
        ({"reference": "80-1999-00001"}, []),
        ({"school": case["school"]["uai"]}, first),
        ({"school": case["school"]["name"][:6].upper()}, first),
        ({"school": "nulle part"}, []),
        ({"states": (State.SUBMITTED,)}, [ground.other]),
        ({"states": (State.SUBMITTED,), "words": "epouvantee"}, []),
        ({"urgency": "high"}, [ground.offered, ground.shared]),
        ({"since": today, "until": today}, first),
        ({"since": today + timedelta(days=1)}, []),
        ({"until": today - timedelta(days=1)}, []),
    ):
        assert found_by(world.coordinator, **asked) == expected, asked
    assert found_by(world.police, reference=case["reference"]) == []


def test_who_merely_knows_of_a_case_finds_nothing_of_it(ground):
    """Neither its school nor its state nor its dates answer to them."""
    world = ground.world
    case_id = world.activated(mark=" Pivoine")
    with acting_as(world.coordinator.viewer) as viewer:
        offered = propose(
            viewer,
            case_id,
            to_accession=world.police.accession_id,
            compartments=(),
            purpose=Purpose.INVESTIGATION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        )
    with acting_as(world.police.viewer) as viewer:
        accept(viewer, offered.pk)
    case = world.coordinator.browser.get(f"/api/v1/referrals/{case_id}/").json()
    assert world.police.browser.get(f"/dossiers/{case_id}/").status_code == 200
    for asked in (
        {"reference": case["reference"]},
        {"school": case["school"]["uai"]},
        {"states": (State.ACTIVATED,)},
        {"urgency": "high"},
        {"since": timezone.localdate()},
        {"words": "pivoine"},
        {"reference": case["reference"], "states": (State.ACTIVATED,)},
    ):
        assert found_by(world.police, **asked) == [], asked


def test_another_cell_is_never_searched(ground, elsewhere):
    own = elsewhere.submitted(mark=f" {WORD}")
    assert found_by(elsewhere.coordinator, words="epouvantee") == [own]
    assert own not in found_by(ground.world.coordinator, words="epouvantee")


def test_the_house_finds_the_same_without_row_security(ground):
    world, asked = ground.world, {"family_name": f"Presume {WORD} élèves"}
    asked["given_name"] = f"Brume {WORD} élèves"
    questions = ({"words": "epouvant"}, {"words": "entretiens"}, asked, {"urgency": "high"})

    def answers():
        seats = [world.pilot, world.coordinator, world.gendarme, world.police, world.other_pilot]
        return [found_by(seat, **question) for seat in seats for question in questions]

    together = answers()
    with without_row_security():
        assert answers() == together


def test_an_expired_share_is_not_searched(ground):
    world = ground.world
    case_id = world.activated(mark=" Tempête")
    share = world.shared(case_id, world.police)
    assert found_by(world.police, words="tempete") == [case_id]
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE referrals_grant SET valid_until = now() WHERE share_id = %s", [share]
        )
        for table, key in (("compartment", "case_id"), ("party", "case_id"), ("case", "id")):
            connection.execute(
                f"UPDATE referrals_{table} SET recheck_at = now() WHERE {key} = %s", [case_id]
            )
    assert found_by(world.police, words="tempete") == []
    assert found_by(world.coordinator, words="tempete") == [case_id]
    with admin(database_name()) as connection:
        connection.execute("SELECT referrals.sync_case(%s)", [case_id])


def test_a_long_search_goes_on_where_it_was_and_ends_with_the_same(ground):
    """One case at a time, brought back by the page, as it would be with tens of thousands."""
    world, question = ground.world, Question(words="epouvantee")
    go_on, steps = "", []
    while True:
        with acting_as(world.pilot.viewer) as viewer:
            answer = search_within(viewer, question, go_on=go_on, seconds=0, at_once=1)
        steps.append((answer.read, answer.of))
        go_on = answer.next
        if not go_on:
            break
    total = steps[-1][1]
    assert steps == [(number, total) for number in [*range(1, total + 1), total]]
    with acting_as(world.pilot.viewer) as viewer:
        whole = search_within(viewer, question)
    assert [one.case.pk for one in answer.results] == [one.case.pk for one in whole.results]
    assert answer.count == whole.count == 2


def test_a_search_is_gone_on_with_only_by_whoever_began_it_and_with_the_same_words(ground):
    world, question = ground.world, Question(words="epouvantee")
    with acting_as(world.pilot.viewer) as viewer:
        begun = search_within(viewer, question, seconds=0, at_once=1).next
        assert begun
    tampered = begun[:-3] + ("aaa" if not begun.endswith("aaa") else "bbb")
    for seat, asked, text in (
        (world.coordinator, question, begun),
        (world.pilot, Question(words="insultes"), begun),
        (world.pilot, question, tampered),
        (world.pilot, question, "x"),
    ):
        with acting_as(seat.viewer) as viewer, pytest.raises(Invalid):
            search_within(viewer, asked, go_on=text)


def test_it_is_on_record_that_somebody_searched_and_not_for_what(ground):
    world = ground.world
    asked = {"words": f"{WORD} secretissime", "family_name": "Secretissime", "given_name": "Nom"}
    page = world.gendarme.browser.post(reverse("referrals:within"), asked)
    answer = world.gendarme.browser.post("/api/v1/referrals/within/", asked, content_type=JSON)
    assert page.status_code == answer.status_code == 200
    with admin(database_name()) as connection:
        entries = connection.execute(
            "SELECT convert_from(payload, 'UTF8'), case_id FROM audit_entry"
            " WHERE cell_id = %s AND kind = 'case.searched_within' AND actor = %s"
            " ORDER BY id DESC LIMIT 2",
            [world.cell.pk, world.gendarme.person.account_id],
        ).fetchall()
    for (payload, case_id), channel in zip(entries, ("api", "page"), strict=True):
        told = json.loads(payload)
        assert told["channel"] == channel
        counted = {"hits": 0, "of": 0, "read": 0}
        assert told["facts"] == {"criteria": ["words", "pupil"], "right": "share", **counted}
        assert case_id is None


def test_the_page_shows_what_was_found_and_in_which_part(ground):
    world = ground.world
    page = world.coordinator.browser.post(reverse("referrals:within"), {"words": "entretiens"})
    text = page.content.decode()
    assert page.status_code == 200
    assert f"/dossiers/{ground.shared}/" in text
    assert "Démarches de l&#x27;établissement" in text
    # What is written there stays in the case, whose opening is recorded.
    assert "Deux entretiens" not in text
    for wrong in ({}, {"words": "é"}, {"given_name": "Nina"}, {"reference": "12"}, {"next": "x"}):
        answer = world.coordinator.browser.post(reverse("referrals:within"), wrong)
        assert answer.status_code == 422, wrong
    missed = world.coordinator.browser.post(reverse("referrals:within"), {"words": "introuvable"})
    assert "Aucun dossier ne correspond" in missed.content.decode()


OPERATORS = ("=(text,text)", "=(uuid,uuid)", "=(bytea,bytea)", "=(integer,integer)")
RANGES = [f"{sign}(timestamptz,timestamptz)" for sign in ("<", ">", ">=", "<=", "=")]


@pytest.mark.parametrize("operator", [*OPERATORS, *RANGES, "<(uuid,uuid)"])
def test_a_condition_of_a_search_tells_nothing_of_a_hidden_row(database, operator):
    with admin(database_name()) as connection:
        leakproof = connection.execute(
            "SELECT p.proleakproof FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode"
            " WHERE o.oid = %s::regoperator",
            [operator],
        ).fetchone()
    assert leakproof == (True,)
