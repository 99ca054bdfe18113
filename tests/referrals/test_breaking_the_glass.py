"""Breaking the glass: three hours, one person, a reason, a fresh factor, told and looked at."""

from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import psycopg
import pytest
from django.utils import timezone
from django.utils.formats import date_format

from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, StepUpRequired, TooMany, WrongState
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file, case_list
from referrals.casefile.services.give_orders import give_orders
from referrals.compartments import Compartment
from referrals.models import Case, Glass
from referrals.models.glass import Emergency
from referrals.sharing.audience import audience_of
from referrals.sharing.explaining import explain
from referrals.sharing.glass import by_week, own_open
from referrals.sharing.services.break_glass import break_glass, close_glass, conclude_glass
from tests.agencies.factories import a_person
from tests.referrals.test_who_sees import check_against_engine
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import Seated, World, lead_of, stale

pytestmark = pytest.mark.database

C = Compartment
WHY = "Appel du 3018 : l'élève est en danger ce soir."


def reference_of(world: World, case_id: UUID) -> str:
    with acting_as(world.coordinator.viewer):
        return str(Case.objects.get(pk=case_id).reference)


def broken(world: World, seat: Seated, case_id: UUID, *parts: Compartment, why: str = WHY) -> Glass:
    reference = reference_of(world, case_id)
    with acting_as(seat.viewer) as viewer:
        return break_glass(
            viewer,
            reference=reference,
            compartments=parts or (C.FACTS,),
            emergency=Emergency.DANGER,
            reason=why,
        )


def sees(seat: Seated, case_id: UUID) -> set[str] | None:
    with acting_as(seat.viewer) as viewer:
        try:
            return {part.code for part in case_file(viewer, case_id).compartments}
        except NotFound:
            return None


def owed(world: World, kind: str) -> dict[UUID, object]:
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT recipient, due_at FROM kernel_outbox WHERE cell_id = %s AND kind = %s",
            [world.cell.pk, kind],
        ).fetchall()
    return dict(rows)


def test_it_opens_those_parts_to_that_person_and_ends_by_itself(world):
    case_id = world.activated()
    colleague = lead_of(world.police)
    assert sees(world.police, case_id) is None
    glass = broken(world, world.police, case_id, C.FACTS, C.IDENTITY_TARGET)
    assert sees(world.police, case_id) == {"facts", "identity_target"}
    assert sees(colleague, case_id) is None
    assert glass.ends_at - glass.opened_at == timedelta(hours=3)
    check_against_engine(world, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        readers = audience_of(viewer, case_id).readers
        told = explain(viewer, case_id, world.police.viewer.seat_id)
    ways = {way.rule for r in readers for way in r.ways if r.seat.agency_kind == "police"}
    assert ways == {"glass"}
    assert dict(told.parts)[C.FACTS].rule == "glass"
    with admin(database_name()) as connection:
        connection.execute("ALTER TABLE referrals_case DISABLE TRIGGER USER")
        for table in ("grant", "case", "compartment", "party", "case_key", "milestone"):
            column = "valid_until" if table == "grant" else "recheck_at"
            key = "id" if table in ("grant", "case") else "case_id"
            about = glass.pk if table == "grant" else case_id
            connection.execute(
                f"UPDATE referrals_{table} SET {column} = now() - interval '1 second'"
                f" WHERE {key} = %s",
                [about],
            )
        connection.execute("ALTER TABLE referrals_case ENABLE TRIGGER USER")
        connection.commit()
    assert sees(world.police, case_id) is None
    assert sees(world.coordinator, case_id) is not None


def test_whoever_answers_for_it_is_told_at_once_and_has_it_on_monday(world):
    case_id = world.activated()
    dpo = a_person(world.coordinator.accession, "dpo")
    dpo.viewer()
    told = {world.coordinator, world.prosecutor, world.auditor}
    expected = {seat.viewer.account_id for seat in told} | {dpo.account_id}
    assert world.gendarme.viewer
    broken(world, world.police, case_id)
    assert set(owed(world, "glass.broken")) == expected
    assert all(due <= now() for due in owed(world, "glass.broken").values())
    later = owed(world, "glass.to_review")
    assert set(later) == {world.auditor.viewer.account_id, dpo.account_id}
    assert all(now() < due <= now() + timedelta(days=8) for due in later.values())
    assert {due.weekday() for due in later.values()} == {0}
    broken(world, world.gendarme, case_id)
    assert set(owed(world, "glass.to_review")) == set(later), "once a week"


@pytest.mark.parametrize("who", ["pilot", "coordinator", "prefecture", "auditor", "cell_admin"])
def test_who_has_no_such_right_is_refused_twice(world, who):
    case_id, seat = world.activated(), world.everybody()[who]
    with pytest.raises(NotAllowed):
        broken(world, seat, case_id)
    with injected(seat) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "SELECT referrals.break_glass(%s, %s, %s)",
            [uuid4(), reference_of(world, case_id), C.FACTS.mask],
        )


def test_what_it_never_opens(world):
    """Neither by the service nor by SQL: the prosecutor's parts, secrecy, the victim's side."""
    case_id = world.activated()
    reference = reference_of(world, case_id)
    refused = [
        (world.police, C.JUDICIAL),
        (world.police, C.LAW_ENFORCEMENT),
        (world.police, C.CELL),
        (world.police, C.HEALTH_SOCIAL),
        (world.victim_support, C.IDENTITY_PRESUMED),
    ]
    for seat, part in refused:
        with pytest.raises(Invalid):
            broken(world, seat, case_id, part)
        with injected(seat) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "SELECT referrals.break_glass(%s, %s, %s)", [uuid4(), reference, part.mask]
            )
    with pytest.raises(Invalid):
        broken(world, world.police, case_id, why="trop court")
    with injected(world.police) as connection:
        number = uuid4()
        for call in ("ask_glass", "break_glass"):
            connection.commit()
            connection.execute(
                f"SELECT referrals.{call}(%s, %s, %s)", [number, reference, C.FACTS.mask]
            )
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.commit()
    assert sees(world.police, case_id) is None


def test_it_stays_within_the_cell_and_says_nothing_of_cases(world, elsewhere):
    """Another cell's case, no case, a draft's, a closed part: the same answer."""
    mine, theirs = world.activated(), elsewhere.activated()
    closed = world.activated()
    world.closed(closed)
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(viewer, mine, freeze_acts=False, pause_interviews=False, closed=[C.FACTS])
    answers = set()
    references = [
        reference_of(elsewhere, theirs),
        reference_of(world, mine),
        reference_of(world, closed),
        "80-2019-99999",
    ]
    for reference in references:
        with acting_as(world.police.viewer) as viewer, pytest.raises(Invalid) as refusal:
            break_glass(
                viewer,
                reference=reference,
                compartments=[C.FACTS],
                emergency=Emergency.DANGER,
                reason=WHY,
            )
        answers.add(str(refusal.value.fields))
    assert len(answers) == 1
    assert broken(world, world.police, mine, C.SCHOOL_STEPS)


def test_what_the_prosecutor_closes_meanwhile_is_closed_at_once(world):
    case_id = world.activated()
    broken(world, world.police, case_id, C.FACTS, C.SCHOOL_STEPS)
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(viewer, case_id, freeze_acts=False, pause_interviews=False, closed=[C.FACTS])
    assert sees(world.police, case_id) == {"school_steps"}
    check_against_engine(world, case_id)


def test_a_fresh_factor_comes_first(world):
    case_id = world.activated()
    reference = reference_of(world, case_id)
    assert world.police.viewer
    stale(world.police.person)
    with acting_as(world.police.viewer) as viewer, pytest.raises(StepUpRequired):
        break_glass(
            viewer,
            reference=reference,
            compartments=[C.FACTS],
            emergency=Emergency.DANGER,
            reason=WHY,
        )
    with injected(world.police) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "SELECT referrals.break_glass(%s, %s, %s)", [uuid4(), reference, C.FACTS.mask]
        )


def test_five_a_day_and_nothing_that_is_open_already(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    with pytest.raises(WrongState):
        broken(world, world.gendarme, case_id, C.FACTS)
    for _turn in range(5):
        glass = broken(world, world.gendarme, case_id, C.SCHOOL_STEPS)
        with acting_as(world.gendarme.viewer) as viewer:
            close_glass(viewer, glass.pk)
    with pytest.raises(TooMany):
        broken(world, world.gendarme, case_id, C.SCHOOL_STEPS)


def test_it_can_be_closed_before_its_time_by_whose_it_is(world):
    case_id = world.activated()
    glass = broken(world, world.police, case_id)
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(NotAllowed):
        close_glass(viewer, glass.pk)
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(NotFound):
        close_glass(viewer, glass.pk)
    with acting_as(world.police.viewer) as viewer:
        assert [line.glass.pk for line in own_open(viewer)] == [glass.pk]
        close_glass(viewer, glass.pk)
    assert sees(world.police, case_id) is None
    with acting_as(world.police.viewer) as viewer:
        assert case_list(viewer).cases == []
        with pytest.raises(WrongState):
            close_glass(viewer, glass.pk)


def test_those_who_watch_read_the_reason_conclude_once_and_see_nothing_of_the_case(world):
    case_id = world.activated()
    glass = broken(world, world.police, case_id)
    for seat in (world.auditor, world.coordinator, world.prosecutor):
        with acting_as(seat.viewer) as viewer:
            (week,) = by_week(viewer)
            (line,) = week.broken
        assert (line.reason, line.open, line.glass.conclusion) == (WHY, True, "")
        assert line.reference == reference_of(world, case_id)
    assert sees(world.auditor, case_id) is None
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(NotAllowed):
        conclude_glass(viewer, glass.pk, conclusion="justified")
    assert "à relire : 1" in world.auditor.browser.get("/").text
    with acting_as(world.auditor.viewer) as viewer:
        conclude_glass(viewer, glass.pk, conclusion="justified")
        with pytest.raises(WrongState):
            conclude_glass(viewer, glass.pk, conclusion="unjustified")
    assert "à relire :" not in world.auditor.browser.get("/").text
    page = world.auditor.browser.get("/acces-urgents/").content.decode()
    assert "Justifié" in page
    assert "3018" in page
    for seat in (world.pilot, world.gendarme, world.cell_admin):
        assert seat.browser.get("/acces-urgents/").status_code == 403
        with injected(seat) as connection:
            assert connection.execute("SELECT count(*) FROM referrals_glass").fetchone() == (0,)
    with admin(database_name()) as connection:
        (sealed,) = connection.execute(
            "SELECT reason FROM referrals_glass WHERE id = %s", [glass.pk]
        ).fetchone()
    assert b"3018" not in bytes(sealed)


def test_by_hand_on_the_page(world):
    case_id = world.activated()
    browser = world.police.browser
    shown = browser.get("/acces-urgent/").content.decode()
    assert "Judiciaire" not in shown
    form = {
        "reference": reference_of(world, case_id),
        "compartments": ["facts"],
        "emergency": "deadline",
        "reason": WHY,
    }
    for said in ({"emergency": ""}, {"emergency": "bored"}):
        assert browser.post("/acces-urgent/", form | said).status_code == 422
    short = browser.post("/acces-urgent/", form | {"reason": "urgent"})
    assert short.status_code == 422
    assert form["reference"] in short.content.decode()
    done = browser.post("/acces-urgent/", form)
    assert (done.status_code, done["Location"]) == (302, f"/dossiers/{case_id}/")
    shown = browser.get(done["Location"]).text
    with acting_as(world.police.viewer):
        glass = Glass.objects.get()
    number, until = glass.pk, date_format(timezone.localtime(glass.ends_at), "H:i")
    assert "Accès d'urgence : ce dossier vous est ouvert pour un temps" in unescape(shown)
    assert until in shown
    assert f"/acces-urgents/{number}/refermer/" in shown
    steering = unescape(world.coordinator.browser.get(done["Location"]).text)
    assert "Un accès d'urgence à ce dossier est en cours" in steering
    assert world.police.viewer.display_name in steering
    assert "refermer" not in steering
    assert "Accès d'urgence" not in unescape(world.pilot.browser.get(done["Location"]).text)
    assert browser.post(f"/acces-urgents/{number}/refermer/").status_code == 302
    assert browser.get(f"/dossiers/{case_id}/").status_code == 404


def test_the_api_does_the_same_by_the_same_service(world):
    case_id = world.activated()
    body = {
        "reference": reference_of(world, case_id),
        "compartments": ["facts"],
        "emergency": "in_person",
        "reason": WHY,
    }

    def sent(seat, address, body=None):
        return seat.browser.post(
            f"/api/v1/emergencies/{address}", body or {}, content_type="application/json"
        )

    short = sent(world.police, "", body | {"reason": "urgent"})
    assert (short.status_code, *short.json()["error"]["fields"]) == (422, "reason")
    for said in ({"emergency": "bored"}, {"emergency": None}):
        other = sent(world.police, "", body | said)
        assert (other.status_code, *other.json()["error"]["fields"]) == (422, "emergency")
    assert sent(world.coordinator, "", body).status_code == 403
    assert sent(world.police, "", body | {"reference": "80-2026-99999"}).status_code == 422
    opened = sent(world.police, "", body)
    assert (opened.status_code, opened.json()["referral"]) == (201, str(case_id))
    assert sees(world.police, case_id) == {"facts"}
    number = opened.json()["id"]
    own = world.police.browser.get("/api/v1/emergencies/").json()
    assert ([one["id"] for one in own["open"]], own["weeks"]) == ([number], [])
    assert own["in_vain"] == []
    watched = world.auditor.browser.get("/api/v1/emergencies/").json()
    assert [asked["reference"] for asked in watched["in_vain"]] == ["80-2026-99999"]
    ((line,),) = [week["emergencies"] for week in watched["weeks"]]
    assert (line["emergency"], line["reason"]) == ("in_person", WHY)
    assert (line["open"], line["conclusion"]) == (True, None)
    conclusion = {"conclusion": "justified"}
    assert sent(world.police, f"{number}/conclude/", conclusion).status_code == 403
    assert sent(world.auditor, f"{number}/conclude/", conclusion).status_code == 200
    assert sent(world.auditor, f"{number}/conclude/", conclusion).status_code == 409
    assert sent(world.coordinator, f"{number}/close/").status_code == 403
    assert sent(world.police, f"{number}/close/").status_code == 200
    assert sees(world.police, case_id) is None
