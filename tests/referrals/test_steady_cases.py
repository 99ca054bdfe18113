"""What is said of a case stays true, whatever somebody who reads it writes past the pages."""

from datetime import timedelta

import pytest

from kernel.clock import now
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import STORY, Compartment
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.models.access import Level
from referrals.models.history import FeedbackCode, MeasureKind
from tests.support.walls import injected, refusal
from tests.support.world import in_days

pytestmark = pytest.mark.database
FORBIDDEN = "42501"
FACTS, CELL = Compartment.FACTS.bit, Compartment.CELL.bit
LINE = (
    "INSERT INTO referrals_milestone (id, cell_id, case_id, bit, kind, detail, by_name,"
    " by_agency, created_at, viewers, editors, recheck_at) SELECT gen_random_uuid(),"
    " cell_id, id, {bit}, '{kind}', '', 'La procureure', 'Parquet', '2001-01-01',"
    " viewers, viewers, now() FROM referrals_case"
)


def test_a_line_of_the_timeline_is_signed_by_who_writes_it(world):
    """The gendarmerie says that it added something; it cannot say so in the prosecutor's name."""
    terms = {"level": Level.CONTRIBUTE, "include_future": True}
    world.shared(world.activated(), world.gendarme, Compartment.FACTS, **terms)
    mine = world.gendarme.viewer
    with injected(world.gendarme) as connection:
        line = LINE.format(bit=FACTS, kind="document.added") + " RETURNING by_name, by_agency"
        assert connection.execute(line).fetchone() == (mine.display_name, mine.agency_name)


def test_who_reads_a_case_tells_nobody_that_it_went_further(world):
    """A line says what happened: only who could do it says so, and shares say it themselves."""
    world.shared(world.activated(), world.gendarme, Compartment.FACTS, level=Level.CONTRIBUTE)
    steps = ("referral.closed", "referral.activated", "prosecutor.orders", "feedback.sent")
    told = [(seat, STORY, kind) for seat in (world.gendarme, world.pilot) for kind in steps]
    told += [(world.gendarme, STORY, kind) for kind in ("request.made", "measure.done")]
    told += [
        (world.gendarme, STORY, "referral.submitted"),
        (world.gendarme, STORY, "document.added"),
    ]
    told += [
        (seat, CELL, kind)
        for seat in (world.gendarme, world.coordinator, world.prosecutor)
        for kind in ("share.accepted", "glass.broken")
    ]
    for seat, bit, kind in told:
        with injected(seat) as connection:
            assert refusal(connection, LINE.format(bit=bit, kind=kind)) == FORBIDDEN, (bit, kind)


def test_nobody_overwrites_what_was_reported(world):
    """Neither the school that wrote it nor who completes or steers the case."""
    case_id = world.activated()
    world.shared(case_id, world.gendarme, Compartment.FACTS, level=Level.CONTRIBUTE)
    for seat in (world.pilot, world.gendarme, world.coordinator, world.prosecutor):
        with injected(seat) as connection:
            text = "UPDATE referrals_compartment SET content = '\\x00' WHERE case_id = %s"
            assert refusal(connection, text, case_id) == FORBIDDEN, seat.roles
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_file(viewer, case_id).contents["facts"]["facts"]


def test_a_measure_is_done_by_its_owner_and_nothing_else_becomes_of_it(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        owner = world.gendarme.accession_id
        kind, due_on = MeasureKind.SUPERVISION, in_days(3)
        made = add_measure(viewer, case_id, kind=kind, owner_accession=owner, due_on=due_on).pk
    change = "UPDATE referrals_measure SET {} WHERE id = %s"
    for said in ("state = 'cancelled'", "done_at = now()"):
        for seat in (world.gendarme, world.coordinator):
            with injected(seat) as connection:
                assert refusal(connection, change.format(said), made) == FORBIDDEN, said
    with injected(world.gendarme) as connection:
        done = change.format("state = 'done', done_at = '2001-01-01'") + " RETURNING done_at > %s"
        assert connection.execute(done, [made, now() - timedelta(minutes=5)]).fetchone() == (True,)
        again = change.format("state = 'planned', done_at = NULL")
        assert refusal(connection, again, made) == FORBIDDEN


def test_what_was_sent_and_what_the_school_was_told_stay_as_they_were(world):
    case_id = world.activated()
    header = f"UPDATE referrals_case SET {{}} WHERE id = '{case_id}'"
    for change in (
        "reference = '80-2026-99999'",
        "submitted_at = submitted_at - interval '1 day'",
        "danger = NOT danger",
        "feedback_at = now()",
    ):
        for seat in (world.coordinator, world.prosecutor):
            with injected(seat) as connection:
                assert refusal(connection, header.format(change)) == FORBIDDEN, change
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.TAKEN)
