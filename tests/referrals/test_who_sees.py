"""Who can see a case, a part and a thing in it: what the pages say is what each person finds."""

import io
import json
import secrets
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import transaction

from agencies.models import Membership
from agencies.operator import ALIAS
from agencies.services.open_session import open_session
from kernel.clock import now
from kernel.errors import NotFound
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from referrals.casefile.cases import visible_case
from referrals.casefile.selectors import case_file, case_list
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.models import CompartmentContent, Document, Feedback, Measure, Party
from referrals.models.access import Level
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.sharing.audience import audience_of, thing_for
from referrals.sharing.received import received
from referrals.sharing.services import answer
from referrals.sharing.sight import Part
from tests.agencies.factories import a_person, an_origin
from tests.referrals.test_expiry import offered_for
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.server import wait_for
from tests.support.walls import injected
from tests.support.world import Seated, World, in_days, lead_of

pytestmark = pytest.mark.database

C = Compartment
THINGS = {
    "referrals_compartment": CompartmentContent,
    "referrals_party": Party,
    "referrals_measure": Measure,
    "referrals_feedback": Feedback,
    "referrals_document": Document,
}


def a_busy_case(world: World) -> UUID:
    """Shares of every kind and state, a measure, people bound by secrecy and not."""
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS, C.IDENTITY_PRESUMED, level=Level.CONTRIBUTE)
    world.shared(case_id, world.gendarme, C.FEEDBACK)
    world.shared(case_id, world.victim_support, C.IDENTITY_TARGET, C.FEEDBACK, include_future=True)
    world.proposed(case_id, world.police)
    add(world, case_id, world.gendarme, "measure")
    return case_id


def add(world: World, case_id: UUID, owner: Seated, note: str) -> UUID:
    with acting_as(world.coordinator.viewer) as viewer:
        return add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=owner.accession_id,
            due_on=in_days(7),
            note=note,
        ).pk


def everybody(world: World) -> Iterator[tuple[str, Seated]]:
    yield from world.everybody().items()
    yield "lead", world.gendarme_lead


def found_by_engine(seat: Seated, case_id: UUID) -> dict[str, set[UUID]]:
    """What PostgreSQL lets this person find, without any of the house's Python."""
    with injected(seat) as connection:
        found = {
            table: {
                row[0]
                for row in connection.execute(
                    f"SELECT id FROM {table} WHERE case_id = %s", [case_id]
                ).fetchall()
            }
            for table in THINGS
        }
        seen = connection.execute("SELECT 1 FROM referrals_case WHERE id = %s", [case_id])
        return found | {"case": {case_id} if seen.fetchone() else set()}


def check_against_engine(world: World, case_id: UUID) -> None:
    """What the audience says of each person and thing is what that person finds."""
    check_seats(dict(everybody(world)), world.coordinator, case_id)


def check_seats(seats: dict[str, Seated], asks: Seated, case_id: UUID) -> None:
    """The same for these people, as one of them is told of all."""
    for seat in seats.values():
        assert seat.viewer
    with acting_as(asks.viewer) as viewer:
        audience = audience_of(viewer, case_id)
        things = [
            (table, thing_for(viewer, row_id))
            for table, model in THINGS.items()
            for row_id in model.objects.filter(case_id=case_id).values_list("id", flat=True)
        ]
    said = {reader.seat.seat_id for reader, _way in audience.of(Part())}
    told = {
        thing.id: {r.seat.seat_id for r, _way in audience.of(thing.part)} for _t, thing in things
    }
    for name, seat in seats.items():
        found = found_by_engine(seat, case_id)
        me = seat.viewer.seat_id
        assert (me in said) == bool(found["case"]), name
        for table, thing in things:
            assert (me in told[thing.id]) == (thing.id in found[table]), (name, table)


def test_what_is_said_of_everybody_is_what_each_finds(world):
    """Before, while and after shares run; with what is added later; once the case is closed."""
    case_id = a_busy_case(world)
    check_against_engine(world, case_id)
    add(world, case_id, world.victim_support, "later")
    with acting_as(world.coordinator.viewer) as viewer:
        later = give_feedback(viewer, case_id, code=FeedbackCode.TAKEN).pk
    check_against_engine(world, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        told = audience_of(viewer, case_id).of(thing_for(viewer, later).part)
    kinds = {reader.seat.agency_kind for reader, _way in told}
    assert "victim_support" in kinds
    assert "gendarmerie" not in kinds
    world.closed(case_id)
    check_against_engine(world, case_id)


def test_an_ended_share_is_said_of_nobody_before_anybody_tidies(world):
    case_id, _share_id = ends_in_a_moment(world)
    check_against_engine(world, case_id)
    with acting_as(world.gendarme.viewer) as viewer:
        found = received(viewer)
    assert [line.share.scope for line in found.running] == [C.SCHOOL_STEPS.mask]
    assert [line.share.case_id for line in found.ended] == [case_id]


def ends_in_a_moment(world: World) -> tuple[UUID, UUID]:
    """A case of which one share with the gendarmerie has just ended by itself; another runs."""
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.SCHOOL_STEPS)
    share_id = offered_for(world, case_id, 1.5, C.FACTS, C.IDENTITY_PRESUMED)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)

    def ended() -> bool:
        return not found_by_engine(world.gendarme, case_id)["referrals_party"]

    wait_for(ended, within=6, what="the share has ended")
    return case_id, share_id


def test_those_bound_by_secrecy_are_told_apart(world):
    case_id = a_busy_case(world)
    with admin(database_name()) as connection:
        connection.execute(
            "INSERT INTO referrals_grant SELECT gen_random_uuid(), cell_id, case_id, %s, %s, 2,"
            " valid_from, valid_until, items_until, share_id FROM referrals_grant"
            " WHERE case_id = %s AND unit_id = %s",
            [
                world.gendarme.accession.secrecy_unit_id,
                C.HEALTH_SOCIAL.mask,
                case_id,
                world.gendarme.accession.unit_id,
            ],
        )
        connection.execute("SELECT referrals.sync_case(%s)", [case_id])
    bound = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    for _name, seat in everybody(world):
        assert seat.viewer
    bound.viewer()
    with acting_as(world.coordinator.viewer) as viewer:
        audience = audience_of(viewer, case_id)
    secret = {reader.seat.seat_id for reader, _way in audience.of(Part(C.HEALTH_SOCIAL.bit))}
    assert secret == {bound.seat_id}


def test_the_core_is_told_of_everybody_and_others_of_their_own_agency(world):
    case_id = a_busy_case(world)
    colleague = lead_of(world.gendarme)
    for _name, seat in everybody(world):
        assert seat.viewer
    assert colleague.viewer
    with acting_as(world.prosecutor.viewer) as viewer:
        whole = audience_of(viewer, case_id)
    assert whole.whole
    assert {reader.seat.agency_kind for reader in whole.readers} == {
        "school", "dsden", "prosecutor", "gendarmerie", "victim_support",
    }  # fmt: skip
    for seat in (world.gendarme, world.pilot):
        with acting_as(seat.viewer) as viewer:
            own = audience_of(viewer, case_id)
        assert not own.whole
        assert {reader.seat.agency_id for reader in own.readers} == {viewer.agency_id}
        assert {way.unit_id for way in own.ways} <= set(viewer.units)
    page = world.gendarme.browser.get(f"/dossiers/{case_id}/qui-voit/").content.decode()
    assert colleague.viewer.display_name in page
    for other in (world.victim_support, world.prosecutor, world.police):
        assert other.accession.agency.name not in page
    for seat in (world.police, world.other_pilot, world.auditor):
        with acting_as(seat.viewer) as viewer, pytest.raises(NotFound):
            audience_of(viewer, case_id)


def test_the_page_and_the_api_name_agency_parts_rule_and_end(world):
    case_id = a_busy_case(world)
    assert world.gendarme.viewer
    page = world.coordinator.browser.get(f"/dossiers/{case_id}/qui-voit/").content.decode()
    for word in (
        world.gendarme.viewer.display_name,
        world.gendarme.accession.agency.name,
        "Un partage accepté",
        "Identité des auteurs présumés",
        "Le parquet saisi",
    ):
        assert word in page, word
    readers = world.coordinator.browser.get(f"/api/v1/referrals/{case_id}/readers/").json()
    mine = next(
        line for line in readers["readers"] if line["seat"] == str(world.gendarme.viewer.seat_id)
    )
    assert mine["compartments"] == ["identity_presumed", "facts", "feedback"]
    assert [way["rule"] for way in mine["ways"]] == ["share", "share"]
    part = world.coordinator.browser.get(f"/dossiers/{case_id}/qui-voit/school_steps/")
    assert world.gendarme.viewer.display_name not in part.content.decode()


def test_what_an_agency_has_received_is_what_it_finds(world):
    """Open: as many things as PostgreSQL finds. Ended: the reference stays, and nothing else."""
    case_id = a_busy_case(world)
    share_id = world.shared(world.activated(), world.gendarme, C.SCHOOL_STEPS)
    refused = world.proposed(world.activated(), world.gendarme)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.refuse(viewer, refused, reason="too_much")
    with acting_as(world.coordinator.viewer) as viewer:
        ended = answer.revoke(viewer, share_id).case_id
    with acting_as(world.gendarme.viewer) as viewer:
        found = received(viewer)
        assert {line.share.case_id for line in found.running} == {case_id}
        parts = {part.code for part in case_file(viewer, case_id).compartments}
        with pytest.raises(NotFound):
            visible_case(viewer, ended)
    line = found.running[0]
    engine = found_by_engine(world.gendarme, case_id)
    assert line.elements == sum(len(rows) for name, rows in engine.items() if name != "case")
    assert parts == {"facts", "identity_presumed", "feedback"}
    (gone,) = found.ended
    assert (gone.share.case_id, gone.elements) == (ended, 0)
    assert gone.reference.startswith(world.cell.code)
    assert [measure.case_id for measure, _reference in found.measures] == [case_id]
    page = world.gendarme.browser.get("/partages/recus/").content.decode()
    assert gone.reference in page
    assert str(ended) not in page
    answers = world.gendarme.browser.get("/api/v1/shares/received/").json()
    assert [each["open"] for each in answers["shares"]] == [True, True, False]
    with acting_as(world.police.viewer) as viewer:
        nothing = received(viewer)
    assert (nothing.running, nothing.ended, nothing.measures) == ([], [], [])


def test_of_all_people_of_the_demo(database):
    """The invented cell as anybody can start it: every case, every person, every thing."""
    out = io.StringIO()
    call_command("load_demo", json=True, stdout=out)
    call_command("load_demo_cases", stdout=io.StringIO())
    emails = [person["email"] for person in json.loads(out.getvalue())["people"]]
    places = Membership.objects.using(ALIAS).filter(
        account__email__in=emails, cell__code="80", valid_until__gt=now()
    )
    seats = {
        f"{place.display_name} {place.pk}": SimpleNamespace(viewer=viewer_of(place))
        for place in places
    }
    assert len(seats) > 12
    asks = next(s for s in seats.values() if s.viewer.has("cell_coordinator"))
    with acting_as(asks.viewer) as viewer:
        cases = [case.pk for case in case_list(viewer).cases]
    assert len(cases) >= 3
    for case_id in cases:
        check_seats(seats, asks, case_id)


def viewer_of(place: Membership) -> Viewer:
    token = secrets.token_hex(32)
    open_session(
        an_origin(),
        account_id=place.account_id,
        seat_id=place.pk,
        token=token,
        factor_at=now(),
    )
    with transaction.atomic():
        viewer = bind(token)
    assert viewer is not None
    return viewer
