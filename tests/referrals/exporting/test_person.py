"""What a pupil is given holds that pupil's data and nobody else's, whatever the form."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from kernel.errors import Invalid, WrongState
from kernel.outbox.relay import do_work, drain
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.exporting import person
from referrals.models.export import ExportPurpose
from referrals.models.history import MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services.answer import accept
from referrals.sharing.services.propose import propose
from tests.support.database import admin
from tests.support.documents import a_document, a_pdf
from tests.support.exports import asked, line_of, made, taken, words_in
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import Seated, World, in_days

pytestmark = pytest.mark.database
C = Compartment
OWN = {
    "target": ("CibleMot", "AlbaMot", "2013"),
    "presumed_perpetrator": ("PresumeMot", "BrumeMot", "2012"),
    "witness": ("TemoinMot", "CormeMot", "5eC"),
}
"""What each pupil of a case is called, and something else that is theirs alone."""
NOBODYS = (
    "Insultesrépétées",
    "Deuxentretiens",
    "FE-1234",
    "Surlecôté",
    "procès",
    "A.C.",
    "B.P.",
    "C.T.",
)
"""What others wrote, and how others are called."""


def a_full_case(world: World):
    """A case with everything in it that could be somebody else's."""
    case_id = world.activated(mark="Mot")
    a_document(world.pilot, case_id, content=a_pdf("secret"), name="procès Mot.pdf")
    world.shared(case_id, world.gendarme, C.FACTS, C.IDENTITY_TARGET)
    with acting_as(world.coordinator.viewer) as viewer:
        share = propose(
            viewer,
            case_id,
            to_accession=world.victim_support.accession_id,
            compartments=[C.IDENTITY_TARGET],
            purpose=Purpose.SUPPORT,
            legal_basis=LegalBasis.PROTOCOL,
        )
    with acting_as(world.victim_support.viewer) as viewer:
        accept(viewer, share.pk)
    with acting_as(world.coordinator.viewer) as viewer:
        add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.gendarme.accession_id,
            due_on=in_days(7),
            note="Sur le côté Mot",
        )
    return case_id


def parties(world, case_id):
    with acting_as(world.coordinator.viewer) as viewer:
        return {party.role: party.id for party in case_file(viewer, case_id).parties}


@pytest.mark.parametrize("form", ["json", "pdf", "csv"])
def test_nobody_elses_data_is_in_it(world, form):
    case_id = a_full_case(world)
    for role, party_id in parties(world, case_id).items():
        export_id = made(world.coordinator, case_id, form, party_id=party_id)
        words = "".join(words_in(taken(world.coordinator, export_id), form).split())
        assert [each for each in OWN[role] if each not in words] == []
        others = [each for other in OWN if other != role for each in OWN[other]]
        hidden = [*others, *NOBODYS, world.gendarme.viewer.agency_name.replace(" ", "")]
        assert [each for each in hidden if each in words] == [], (role, form)
        for sentence in person.LEFT_OUT:
            assert "".join(str(sentence).split()) in words


def test_it_says_who_received_the_identity_but_not_who_investigates(world):
    case_id = a_full_case(world)
    party_id = parties(world, case_id)["target"]
    content = json.loads(
        taken(world.coordinator, made(world.coordinator, case_id, party_id=party_id))
    )["person"]
    named = [each["agency"] for each in content["recipients"]]
    assert named == [world.victim_support.viewer.agency_name]
    assert content["steps"] == ["target_interview", "parents_interview"]
    assert content["facts"][0].keys() == {"kind", "place", "began_on", "ended_on"}


def test_only_coordination_makes_one_and_for_no_other_purpose(world):
    case_id = world.activated()
    found = parties(world, case_id)
    for seat in (world.pilot, world.prosecutor):
        with pytest.raises(Invalid):
            asked(seat, case_id, party_id=found["target"])
    with pytest.raises(Invalid):
        asked(world.coordinator, case_id, party_id=found["target"], purpose=ExportPurpose.MEETING)
    with pytest.raises(Invalid):
        asked(world.coordinator, case_id, purpose=ExportPurpose.RIGHTS)
    elsewhere = parties(world, world.activated())
    with pytest.raises(Invalid):
        asked(world.coordinator, case_id, party_id=elsewhere["target"])


def test_what_the_prosecutor_keeps_here_leaves_for_nobody(world):
    """Neither asked for, nor made, nor taken while it holds; what one reads is one's own."""
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme, C.FACTS)
    found = parties(world, case_id)["presumed_perpetrator"]
    ready = made(world.coordinator, case_id, party_id=found)
    handed = made(world.coordinator, case_id, share_id=share_id)
    waiting = asked(world.coordinator, case_id, party_id=found)

    def ordered(*, freeze=False, closed=()):
        with acting_as(world.prosecutor.viewer) as viewer:
            give_orders(viewer, case_id, freeze_acts=freeze, pause_interviews=False, closed=closed)

    def answers(export_id):
        address = reverse("referrals:download_export", args=[export_id])
        return world.coordinator.browser.get(address).status_code

    ordered(closed=[C.FACTS])
    with pytest.raises(WrongState) as refused:
        asked(world.coordinator, case_id, party_id=found)
    assert refused.value.code == "part_closed"
    assert (answers(ready), answers(handed)) == (409, 200)
    ordered(freeze=True)
    for options in ({"party_id": found}, {"share_id": share_id}):
        with pytest.raises(WrongState) as refused:
            asked(world.coordinator, case_id, **options)
        assert refused.value.code == "acts_frozen"
    assert (answers(ready), answers(handed)) == (409, 409)
    do_work()
    assert line_of(world.coordinator, waiting).export.state == "failed"
    with injected(world.coordinator) as connection:
        new = (
            "INSERT INTO referrals_export (id, cell_id, case_id, seat_id, account_id, party_id,"
            " recipient_name, form, purpose, receipt, state, progress, failure, scope, size,"
            " sha256, factor_at, asked_at) SELECT gen_random_uuid(), cell_id, id, created_by,"
            " created_by, %s, '', 'pdf', 'rights', 'r-x', 'requested', 0, '', 0, 0, '', now(),"
            " now() FROM referrals_case WHERE id = %s"
        )
        assert refusal(connection, new, found, case_id) == "23514"
    assert made(world.coordinator, case_id)
    ordered()
    assert (answers(ready), answers(handed)) == (200, 200)


def test_a_name_is_shown_to_the_work_only_while_the_factor_is_fresh(world):
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id, party_id=parties(world, case_id)["target"])
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE referrals_export SET factor_at = %s WHERE id = %s",
            [world.coordinator.viewer.factor_at - timedelta(minutes=6), export_id],
        )
    do_work()
    assert line_of(world.coordinator, export_id).export.failure == "factor_old"


def test_who_answers_for_data_protection_asks_and_sees_nothing_of_the_case(world):
    """The notice leads coordination to the export; no name goes through it, nobody else may ask."""
    case_id = world.activated()
    dpo = Seated(world.coordinator.accession, "dpo")
    with acting_as(world.coordinator.viewer) as viewer:
        reference = case_file(viewer, case_id).case.reference
    address = reverse("referrals:person_wanted")
    asked_for = dpo.browser.post(address, {"reference": reference})
    assert (asked_for.status_code, asked_for["Location"]) == (302, address)
    with admin(database_name()) as connection:
        (mine,) = connection.execute(
            "SELECT array_agg(DISTINCT recipient) FROM kernel_outbox"
            " WHERE kind = 'person.wanted' AND cell_id = %s AND subject_id = %s",
            [world.cell.pk, case_id],
        ).fetchone()
        recorded = connection.execute(
            "SELECT actor, payload FROM audit_entry WHERE kind = 'person.wanted' AND case_id = %s",
            [case_id],
        ).fetchall()
    assert mine == [world.coordinator.viewer.account_id]
    assert [actor for actor, _payload in recorded] == [dpo.viewer.account_id]
    assert json.loads(bytes(recorded[0][1]))["facts"] == {"goal": "rights"}
    drain()
    news = world.coordinator.browser.get("/").text
    assert reverse("referrals:ask_export", args=[case_id]) in news
    assert dpo.browser.get(reverse("referrals:case", args=[case_id])).status_code == 404
    unknown = dpo.browser.post(address, {"reference": str(case_id).replace("0", "1")})
    assert unknown.status_code == 422
    for seat in (world.auditor, world.coordinator, world.pilot):
        assert seat.browser.post(address, {"reference": reference}).status_code == 403
        with injected(seat) as connection:
            owed = (
                "INSERT INTO kernel_outbox (cell_id, event_id, recipient, channel, kind,"
                " subject_id, created_at, due_at, attempts, last_error) VALUES (%s,"
                " gen_random_uuid(), %s, 'inbox', 'person.wanted', %s, now(), now(), 0, '')"
            )
            to = world.gendarme.viewer.account_id
            assert refusal(connection, owed, world.cell.pk, to, case_id) == "42501"
