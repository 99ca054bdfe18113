"""Python and PostgreSQL give the same answer, each of them with the other switched off."""

import pytest

from kernel.errors import NotAllowed, NotFound
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file, case_list
from referrals.casefile.services.reveal import reveal
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.models.access import Level
from referrals.models.history import MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.explaining import explain
from referrals.sharing.received import received
from referrals.sharing.selectors import awaiting_answer, running_for
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose
from tests.authorisation.scene import Scene
from tests.support.database import admin
from tests.support.documents import a_document
from tests.support.searching import database_name
from tests.support.walls import injected, refusal, without_row_security
from tests.support.world import in_days

pytestmark = pytest.mark.database
C = Compartment
PARTS = ("compartment", "party", "measure", "feedback", "milestone", "share")


@pytest.fixture(scope="module")
def ground(database) -> Scene:
    """Cases at several steps; nobody changes them."""
    scene = Scene()
    for name in ("draft", "submitted", "activated", "told", "offer", "measure", "target"):
        scene.the(name)
    return scene


def by_python(seat, case_id):
    """What the house shows of a case, as identifiers."""
    with acting_as(seat.viewer) as viewer:
        try:
            opened = case_file(viewer, case_id)
        except NotFound:
            return None
        shown = {
            "compartment": set(opened.contents),
            "party": {party.id for party in opened.parties},
            "measure": {measure.pk for measure, _note in opened.measures},
            "feedback": {feedback.pk for feedback in opened.feedbacks},
            "milestone": {milestone.pk for milestone in opened.milestones},
            "share": {share.pk for share in opened.shares},
        }
        return {part: len(ids) for part, ids in shown.items()}


def by_database(seat, case_id):
    """What SQL without any condition finds of a case."""
    with injected(seat) as connection:
        exists = connection.execute("SELECT 1 FROM referrals_case WHERE id = %s", [case_id])
        if exists.fetchone() is None:
            return None
        return {
            part: connection.execute(
                f"SELECT count(*) FROM referrals_{part} WHERE case_id = %s", [case_id]
            ).fetchone()[0]
            for part in PARTS
        }


@pytest.mark.parametrize("about", ["draft", "submitted", "activated", "told"])
def test_both_walls_agree_and_each_stands_alone(ground, about):
    case_id = ground.the(about)
    seats = ground.world.everybody()
    together = {who: by_python(seat, case_id) for who, seat in seats.items()}
    assert together["pilot"] is not None
    assert together["auditor"] is None
    assert {who: by_database(seat, case_id) for who, seat in seats.items()} == together
    with without_row_security():
        # The switch is really off: SQL finds everything.
        assert by_database(seats["auditor"], case_id) == by_database(seats["police"], case_id)
        assert by_database(seats["auditor"], case_id) is not None
        alone = {who: by_python(seat, case_id) for who, seat in seats.items()}
    assert alone == together


def test_without_row_security_lists_and_acts_are_still_refused(ground):
    seats = ground.world.everybody()
    outside = [seats[who] for who in ("police", "other_pilot", "victim_support", "auditor")]
    with without_row_security():
        for seat in outside:
            with acting_as(seat.viewer) as viewer:
                assert case_list(viewer).cases == []
                assert awaiting_answer(viewer) == []
                assert running_for(viewer) == []
                for act in (
                    lambda v: reveal(v, ground.the("target")),
                    lambda v: answer.accept(v, ground.the("offer")),
                    lambda v: finish_measure(v, ground.the("measure")),
                ):
                    with pytest.raises(NotFound):
                        act(viewer)
        with acting_as(seats["gendarme"].viewer) as viewer:
            with pytest.raises(NotFound):
                reveal(viewer, ground.the("target"))
            with pytest.raises(NotAllowed):
                answer.revoke(viewer, ground.the("offer"))


def test_without_row_security_nobody_is_told_of_what_is_kept_from_them(world):
    """What ended, what came later, what is counted: the same with row security and without."""
    case_id = world.activated()
    world.shared(case_id, world.police, C.FACTS)
    ended = world.shared(case_id, world.gendarme, C.FACTS)
    with acting_as(world.coordinator.viewer) as viewer:
        terms = {"kind": MeasureKind.SUPERVISION, "due_on": in_days(3)}
        add_measure(viewer, case_id, owner_accession=world.gendarme.accession_id, **terms)
        answer.revoke(viewer, ended)
    a_document(world.pilot, case_id)

    def told():
        with acting_as(world.gendarme.viewer) as viewer:
            entrusted = len(received(viewer).measures)
        with acting_as(world.police.viewer) as viewer:
            missing = explain(viewer, case_id).missing
            return entrusted, [line.elements for line in received(viewer).running], missing

    together = told()
    assert together == (0, [1], [])
    with without_row_security():
        assert told() == together


def test_without_row_security_another_cell_is_still_refused(ground, elsewhere):
    with without_row_security():
        for seat in (elsewhere.coordinator, elsewhere.prosecutor, elsewhere.gendarme):
            assert by_python(seat, ground.the("activated")) is None
            with acting_as(seat.viewer) as viewer:
                assert case_list(viewer).cases == []
                with pytest.raises(NotFound):
                    answer.accept(viewer, ground.the("offer"))


def add_later(world, case_id) -> None:
    """Something that comes after the share: a new part, and one more presumed author."""
    with injected(world.coordinator) as connection:
        connection.execute(
            "INSERT INTO referrals_compartment (id, cell_id, case_id, bit, content, version,"
            " created_at, updated_at, viewers, editors, recheck_at) SELECT gen_random_uuid(),"
            " cell_id, id, %s, '\\x00', 1, now(), now(), '{}', '{}', now() FROM referrals_case"
            " WHERE id = %s",
            [C.VICTIM_SUPPORT.bit, case_id],
        )
        connection.execute(
            "INSERT INTO referrals_party (id, cell_id, case_id, role, number, bit, label,"
            " identity, created_at, viewers, editors, recheck_at) SELECT gen_random_uuid(),"
            " cell_id, id, 'presumed_perpetrator', 9, %s, '\\x00', '\\x00', now(), '{}', '{}',"
            " now() FROM referrals_case WHERE id = %s",
            [C.IDENTITY_PRESUMED.bit, case_id],
        )
        connection.commit()


@pytest.mark.parametrize(("include_future", "parts", "parties"), [(False, 1, 1), (True, 2, 2)])
def test_what_comes_later_is_shared_only_when_that_was_said(world, include_future, parts, parties):
    case_id = world.activated()
    scope = (C.FACTS, C.VICTIM_SUPPORT, C.IDENTITY_PRESUMED)
    world.shared(case_id, world.gendarme, *scope, include_future=include_future)
    add_later(world, case_id)
    found = by_database(world.gendarme, case_id)
    assert (found["compartment"], found["party"]) == (parts, parties)
    assert by_database(world.coordinator, case_id)["compartment"] == 3
    with admin(database_name()) as connection:
        drift = connection.execute("SELECT count(*) FROM referrals.drift()").fetchone()
        assert drift == (0,)


@pytest.mark.parametrize(
    ("level", "written"),
    [(Level.READ, "no row"), (Level.COMMENT, "no row"), (Level.CONTRIBUTE, "1 rows")],
)
def test_only_a_share_to_contribute_writes(world, level, written):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS, level=level, include_future=True)
    with injected(world.gendarme) as connection:
        change = "UPDATE referrals_compartment SET version = version + 1"
        assert refusal(connection, change) == written
        assert refusal(connection, "UPDATE referrals_case SET urgency = 'watch'") == "no row"
        for bit in (C.FACTS.bit, C.CELL.bit, C.JUDICIAL.bit):
            new = (
                "INSERT INTO referrals_compartment (id, cell_id, case_id, bit, content, version,"
                " created_at, updated_at, viewers, editors, recheck_at) SELECT gen_random_uuid(),"
                f" cell_id, id, {bit}, '\\x00', 1, now(), now(), '{{}}', '{{}}', now()"
                " FROM referrals_case"
            )
            # 23505: the part exists already, which only somebody who may write it gets to know.
            may = level == Level.CONTRIBUTE and bit == C.FACTS.bit
            assert refusal(connection, new) == ("23505" if may else "42501")


def test_a_stub_shows_that_there_is_a_case_and_nothing_of_it(world):
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        share_id = propose(
            viewer,
            case_id,
            to_accession=world.gendarme.accession_id,
            compartments=(),
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        ).pk
    with acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)
    found = by_database(world.gendarme, case_id)
    assert found == by_python(world.gendarme, case_id)
    assert (found["compartment"], found["party"], found["measure"]) == (0, 0, 0)
