"""A partner asks to see more of a case, or about it; coordination answers part by part."""

import pytest
from django.urls import reverse

from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.models import PartnerRequest, Share
from referrals.models.access import Level
from referrals.models.request import PartRefusal
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.answer_request import Verdict, answer_request
from referrals.sharing.services.ask import ask_access, ask_information, withdraw
from referrals.sharing.services.propose import propose
from referrals.tasks import lapse_requests
from tests.referrals.test_expiry import sees
from tests.support.database import admin
from tests.support.searching import database_name, tables_holding
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database
C = Compartment
FORBIDDEN, CHECKED, NOTHING = "42501", "23514", "no row"


def asked(seat, case_id, *parts, **options):
    with acting_as(seat.viewer) as viewer:
        return ask_access(
            viewer, case_id, compartments=parts, purpose=Purpose.PROTECTION, **options
        ).pk


def answered(seat, request_id, verdicts, **options):
    with acting_as(seat.viewer) as viewer:
        return answer_request(viewer, request_id, verdicts, **options)


def lines(seat, case_id):
    with acting_as(seat.viewer) as viewer:
        return case_file(viewer, case_id).requests


def outlived(request_id):
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE referrals_request SET lapses_at = now() WHERE id = %s", [request_id]
        )


def test_access_is_granted_part_by_part_and_opens_when_the_share_is_accepted(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    request_id = asked(world.gendarme, case_id, C.IDENTITY_TARGET, C.SCHOOL_STEPS)
    verdicts = {C.IDENTITY_TARGET: Verdict(), C.SCHOOL_STEPS: Verdict(PartRefusal.TOO_EARLY)}
    with pytest.raises(Invalid):
        answered(world.coordinator, request_id, {C.IDENTITY_TARGET: Verdict()})
    row = answered(world.coordinator, request_id, verdicts)
    assert sees(world.gendarme, case_id) == {"facts"}
    (line,) = lines(world.gendarme, case_id)
    assert [(a.part, a.granted, a.refusal) for a in line.answers] == [
        (C.IDENTITY_TARGET, True, None),
        (C.SCHOOL_STEPS, False, PartRefusal.TOO_EARLY),
    ]
    with acting_as(world.gendarme.viewer) as viewer:
        assert Share.objects.get(pk=row.share_id).scope == C.IDENTITY_TARGET.mask
        answer.accept(viewer, row.share_id)
    assert sees(world.gendarme, case_id) == {"facts", "identity_target"}
    with pytest.raises(WrongState):
        answered(world.coordinator, request_id, verdicts)


def test_less_may_be_granted_than_was_asked_and_never_more(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    request_id = asked(world.gendarme, case_id, C.SCHOOL_STEPS, level=Level.COMMENT)
    granted = {C.SCHOOL_STEPS: Verdict()}
    with pytest.raises(Invalid):
        answered(world.coordinator, request_id, granted, level=Level.CONTRIBUTE)
    address = reverse("referrals:request", args=[request_id])
    page = world.coordinator.browser.get(address).text
    assert 'name="answer-level" value="2"' in page
    assert 'name="answer-level" value="4"' not in page
    form = {"answer-verdict_school_steps": "grant", "answer-legal_basis": "protocol"}
    sent = world.coordinator.browser.post(address, form | {"answer-level": "2"})
    assert sent.status_code == 302
    with acting_as(world.gendarme.viewer):
        row = PartnerRequest.objects.get(pk=request_id)
        assert Share.objects.get(pk=row.share_id).level == Level.READ


def test_information_is_told_to_that_partner_alone_and_widens_nothing(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    world.shared(case_id, world.police, C.FACTS)
    with acting_as(world.gendarme.viewer) as viewer:
        request_id = ask_information(
            viewer, case_id, compartments=[C.FACTS], question="Quelles captures, CNRYquestion ?"
        ).pk
    answered(world.coordinator, request_id, {C.FACTS: Verdict(words="Deux, CNRYreponse.")})
    assert lines(world.gendarme, case_id)[0].answers[0].words == "Deux, CNRYreponse."
    assert lines(world.coordinator, case_id)[0].question == "Quelles captures, CNRYquestion ?"
    for seat in (world.police, world.pilot, world.prosecutor):
        assert lines(seat, case_id) == []
    assert sees(world.gendarme, case_id) == {"facts"}
    for word in ("CNRYquestion", "CNRYreponse"):
        assert tables_holding(word) == []
    page = world.gendarme.browser.get(reverse("referrals:case", args=[case_id])).text
    assert "CNRYreponse" in page


def test_who_knows_of_a_case_asks_and_nobody_else(world):
    case_id = world.activated()
    with pytest.raises(NotFound):
        asked(world.police, case_id, C.FACTS)
    for seat in (world.pilot, world.prosecutor, world.coordinator):
        with pytest.raises(NotAllowed):
            asked(seat, case_id, C.TERRITORIAL)
    with acting_as(world.coordinator.viewer) as viewer:
        stub = propose(
            viewer,
            case_id,
            to_accession=world.victim_support.accession_id,
            compartments=(),
            purpose=Purpose.SUPPORT,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        ).pk
    with acting_as(world.victim_support.viewer) as viewer:
        answer.accept(viewer, stub)
    for part in (C.JUDICIAL, C.IDENTITY_PRESUMED, C.HEALTH_SOCIAL, C.CELL):
        with pytest.raises(Invalid):
            asked(world.victim_support, case_id, part)
    page = world.victim_support.browser.get(reverse("referrals:case", args=[case_id])).text
    assert "Demander à voir une autre partie" in page
    asked(world.victim_support, case_id, C.IDENTITY_TARGET)
    with pytest.raises(WrongState):
        asked(world.victim_support, case_id, C.VICTIM_SUPPORT)


def test_a_request_is_withdrawn_by_who_made_it_and_lapses_by_itself(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    first = asked(world.gendarme, case_id, C.SCHOOL_STEPS)
    with pytest.raises(NotAllowed), acting_as(world.coordinator.viewer) as viewer:
        withdraw(viewer, first)
    with acting_as(world.gendarme.viewer) as viewer:
        withdraw(viewer, first)
    second = asked(world.gendarme, case_id, C.SCHOOL_STEPS)
    outlived(second)
    assert not lines(world.gendarme, case_id)[0].is_open
    with pytest.raises(WrongState):
        answered(world.coordinator, second, {C.SCHOOL_STEPS: Verdict()})
    with injected(world.coordinator) as connection:
        late = f"UPDATE referrals_request SET state = 'answered' WHERE id = '{second}'"
        assert refusal(connection, late) == FORBIDDEN
    assert lapse_requests() >= 1
    assert lines(world.gendarme, case_id)[0].row.state == "lapsed"
    with admin(database_name()) as connection:
        found = connection.execute(
            "SELECT case_id FROM audit_entry WHERE kind = 'request.lapsed' AND cell_id = %s",
            [world.cell.pk],
        ).fetchall()
    assert found == [(case_id,)], "that it lapsed is on record"


def test_the_database_keeps_requests_between_both_sides(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    request_id = asked(world.gendarme, case_id, C.SCHOOL_STEPS)
    seats = world.everybody()
    for who in seats:
        with injected(seats[who]) as connection:
            found = connection.execute("SELECT count(*) FROM referrals_request").fetchone()[0]
            assert found == (who in ("gendarme", "coordinator")), who
    new = (
        "INSERT INTO referrals_request (id, cell_id, case_id, kind, from_unit, to_unit,"
        " agency_name, scope, level, purpose, question, state, asked_by, asked_at, lapses_at,"
        " granted_scope, refusals, version, viewers, answers) SELECT gen_random_uuid(),"
        f" kernel.session_cell(), '{case_id}', '%s', %s, 0, '', %s, %s, 'protection', '\\x00',"
        " '%s', gen_random_uuid(), now(), now(), 0, '{}', 1, '{}', '\\x00'"
    )
    gendarmerie, police = (seats[who].accession.unit_id for who in ("gendarme", "police"))
    information, access = "information", "access"
    for who, values, answers in [
        ("gendarme", (information, gendarmerie, C.FACTS.mask, 2, "open"), "1 rows"),
        ("gendarme", (information, gendarmerie, C.SCHOOL_STEPS.mask, 2, "open"), CHECKED),
        ("gendarme", (access, gendarmerie, C.FACTS.mask, 2, "open"), CHECKED),
        ("gendarme", (access, gendarmerie, C.JUDICIAL.mask, 2, "open"), CHECKED),
        ("gendarme", (access, gendarmerie, C.TERRITORIAL.mask, 5, "open"), CHECKED),
        ("gendarme", (access, gendarmerie, C.HEALTH_SOCIAL.mask, 2, "open"), CHECKED),
        ("gendarme", (access, gendarmerie, C.TERRITORIAL.mask, 2, "answered"), CHECKED),
        ("gendarme", (access, police, C.TERRITORIAL.mask, 2, "open"), FORBIDDEN),
        ("police", (access, police, C.FACTS.mask, 2, "open"), FORBIDDEN),
        ("coordinator", (access, police, C.FACTS.mask, 2, "open"), FORBIDDEN),
    ]:
        with injected(seats[who]) as connection:
            assert refusal(connection, new % values) == answers, (who, values)
    change = f"UPDATE referrals_request SET %s WHERE id = '{request_id}'"
    for who, columns, answers in [
        ("gendarme", "state = 'answered', granted_scope = 16", FORBIDDEN),
        ("coordinator", "state = 'withdrawn'", FORBIDDEN),
        ("coordinator", "state = 'lapsed'", FORBIDDEN),
        ("coordinator", "state = 'answered', granted_scope = 4095", CHECKED),
        ("coordinator", "scope = 4095", FORBIDDEN),
        ("coordinator", "granted_scope = 16", FORBIDDEN),
        ("coordinator", "answers = '\\x00'", FORBIDDEN),
        ("coordinator", "viewers = '{1}'", FORBIDDEN),
        ("police", "state = 'withdrawn'", NOTHING),
        ("gendarme", "state = 'withdrawn'", "1 rows"),
        ("coordinator", "state = 'answered'", "1 rows"),
    ]:
        with injected(seats[who]) as connection:
            assert refusal(connection, change % columns) == answers, (who, columns)


def test_pages_and_api_lead_from_the_question_to_the_answer(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    gendarme, coordinator = world.gendarme.browser, world.coordinator.browser
    api = f"/api/v1/referrals/{case_id}/"
    made = gendarme.post(
        f"{api}requests/",
        {"kind": "access", "compartments": ["school_steps"], "question": "Pour l'audition"},
        content_type="application/json",
    )
    assert made.status_code == 201, made.text
    request_id = made.json()["id"]
    assert "Demandes de services" in coordinator.get("/").text
    address = reverse("referrals:request", args=[request_id])
    page = coordinator.get(address).text
    assert "Pour l&#x27;audition" in page
    assert coordinator.post(address, {"answer-legal_basis": "protocol"}).status_code == 422
    sent = coordinator.post(
        address, {"answer-verdict_school_steps": "grant", "answer-legal_basis": "protocol"}
    )
    assert sent.status_code == 302
    (line,) = gendarme.get(api).json()["requests"]
    assert (line["state"], line["answers"][0]["granted"]) == ("answered", True)
    assert "Partages proposés" in gendarme.get("/").text
    granted = "Accordé par un partage"
    case_page = reverse("referrals:case", args=[case_id])
    asker, steering = gendarme.get(case_page).text, coordinator.get(case_page).text
    assert granted in asker
    assert granted in steering
    assert asker.split(granted)[1].split("</dd>")[0].count('href="/partages/"') == 1
    assert "href" not in steering.split(granted)[1].split("</dd>")[0]
