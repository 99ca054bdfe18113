"""Breaking the glass opens what is on record and nothing else, whoever goes around the pages."""

from uuid import uuid4

import psycopg
import pytest

from audit import payload
from kernel.errors import WrongState
from kernel.scope import acting_as
from referrals.casefile.services.give_orders import give_orders
from referrals.compartments import Compartment
from referrals.sharing.glass import by_week
from tests.referrals.documents.test_copies import SAID, copied, listed, taken
from tests.referrals.test_breaking_the_glass import broken, owed, reference_of, sees
from tests.referrals.test_who_sees import check_against_engine
from tests.support.database import admin
from tests.support.documents import a_document, a_pdf
from tests.support.searching import database_name
from tests.support.walls import injected

pytestmark = pytest.mark.database

C = Compartment
LEFT_OUT = "left_out"
ASK = "SELECT referrals.ask_glass(%s, %s, %s)"
BREAK = "SELECT referrals.break_glass(%s, %s, %s)"
ENTRY = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, case_id, subject_id,"
    " request, payload) SELECT kernel.session_cell(), 'glass.broken', 'done',"
    " kernel.session_account(), kernel.session_seat(), kernel.session_agency(), %s, %s,"
    " gen_random_uuid(), %s"
)


def entry_of(case_id, number, **other):
    """What the journal says of this emergency access."""
    facts = {"compartments": ["facts"], "emergency": "danger", "before": None, "after": "open"}
    said = {name: value for name, value in (facts | other).items() if value != LEFT_OUT}
    return case_id, number, payload.encode("page", said)


SEEN = (
    "SELECT (SELECT count(*) FROM referrals_case WHERE id = %(case)s)"
    " + (SELECT count(*) FROM referrals_compartment WHERE case_id = %(case)s)"
    " + (SELECT count(*) FROM referrals_case_key WHERE case_id = %(case)s)"
    " + (SELECT count(*) FROM referrals_milestone WHERE case_id = %(case)s)"
)


def told(world):
    with acting_as(world.coordinator.viewer) as viewer:
        return [line for week in by_week(viewer) for line in week.broken]


def test_what_can_still_be_undone_opens_nothing(world):
    """Asked and rolled back, again and again: not a row is seen meanwhile."""
    case_id = world.activated()
    reference, number = reference_of(world, case_id), uuid4()
    with injected(world.police) as connection:

        def seen() -> int:
            return connection.execute(SEEN, {"case": case_id}).fetchone()[0]

        connection.execute(ASK, [number, reference, C.FACTS.mask])
        connection.commit()
        for _turn in range(2):
            connection.execute(BREAK, [number, reference, C.FACTS.mask])
            connection.execute("SELECT referrals.say_why(%s, 'danger', %s)", [number, b"\0" * 49])
            connection.execute(ENTRY, entry_of(case_id, number))
            assert seen() == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute("SELECT referrals.open_glass(%s)", [number])
            connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT referrals.open_glass(%s)", [number])
        connection.rollback()
        assert seen() == 0


def test_whoever_goes_around_the_pages_is_on_record_and_told_of(world):
    """No entry, no commit; the letters are the database's; a reason of zeros is an alarm."""
    case_id = world.activated()
    assert world.prosecutor.viewer
    assert world.auditor.viewer
    reference, number = reference_of(world, case_id), uuid4()
    with injected(world.police) as connection:
        connection.execute(ASK, [number, reference, C.FACTS.mask])
        connection.commit()
        connection.execute(BREAK, [number, reference, C.FACTS.mask])
        connection.execute("SELECT referrals.say_why(%s, 'danger', %s)", [number, b"\0" * 49])
        with pytest.raises(psycopg.errors.CheckViolation, match="without an entry"):
            connection.commit()
        connection.rollback()
        connection.execute(BREAK, [number, reference, C.FACTS.mask])
        for code in ("bored", "", None):
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute(
                    "SELECT referrals.say_why(%s, %s, %s)", [number, code, b"\0" * 49]
                )
        connection.execute("SELECT referrals.say_why(%s, 'danger', %s)", [number, b"\0" * 49])
        connection.execute(ENTRY, entry_of(case_id, number))
        connection.commit()
        assert connection.execute(SEEN, {"case": case_id}).fetchone() == (0,)
        connection.rollback()
        seats = (world.coordinator, world.prosecutor, world.auditor)
        assert {seat.viewer.account_id for seat in seats} <= set(owed(world, "glass.broken"))
        assert set(owed(world, "glass.to_review")) == {world.auditor.viewer.account_id}
        (line,) = told(world)
        assert (line.reason, line.unreadable) == (None, True)
        connection.execute("SELECT referrals.open_glass(%s)", [number])
        connection.commit()
    assert sees(world.police, case_id) == {"facts"}
    assert "Motif illisible" in world.auditor.browser.get("/acces-urgents/").text


def test_the_journal_says_what_was_opened_and_why_as_the_row_does(world):
    """Another case, code or part, none, or a second entry beside the true one: no commit."""
    case_id = world.activated()
    reference, number = reference_of(world, case_id), uuid4()
    lies = (
        {"case_id": uuid4()},
        {"case_id": None},
        {"before": "closed"},
        {"before": LEFT_OUT},
        {"after": "closed"},
        {"after": LEFT_OUT},
        {"emergency": "in_person"},
        {"emergency": LEFT_OUT},
        {"compartments": ["cell"]},
        {"compartments": ["facts", "cell"]},
        {"compartments": LEFT_OUT},
    )
    with injected(world.police) as connection:
        connection.execute(ASK, [number, reference, C.FACTS.mask])
        connection.commit()

        def opened(*entries) -> None:
            connection.execute(BREAK, [number, reference, C.FACTS.mask])
            connection.execute("SELECT referrals.say_why(%s, 'danger', %s)", [number, b"\0" * 49])
            for other in entries:
                said = {"case_id": case_id, "number": number} | other
                connection.execute(ENTRY, entry_of(**said))
            connection.commit()

        for entries in [(lie,) for lie in lies] + [({}, lies[0]), (lies[1], {})]:
            with pytest.raises(psycopg.errors.CheckViolation, match="says the same"):
                opened(*entries)
            connection.rollback()
        opened({})
    assert [line.unreadable for line in told(world)] == [True]


@pytest.mark.parametrize("beside", [False, True])
def test_what_the_journal_said_in_another_transaction_opens_nothing(world, beside):
    """Written before, to the letter, and alone or beside an entry of that moment: no commit."""
    case_id = world.activated()
    reference, number = reference_of(world, case_id), uuid4()
    with injected(world.police) as connection:
        connection.execute(ASK, [number, reference, C.FACTS.mask])
        connection.execute(ENTRY, entry_of(case_id, number))
        connection.commit()
        connection.execute(BREAK, [number, reference, C.FACTS.mask])
        connection.execute("SELECT referrals.say_why(%s, 'danger', %s)", [number, b"\0" * 49])
        if beside:
            connection.execute(ENTRY, entry_of(case_id, number))
        with pytest.raises(psycopg.errors.CheckViolation, match="says the same"):
            connection.commit()
    assert told(world) == []


def test_a_share_without_later_items_gains_none(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    late = a_document(world.coordinator, case_id)
    assert taken(world.gendarme, late).status_code == 404
    glass = broken(world, world.gendarme, case_id, C.FACTS, C.SCHOOL_STEPS)
    assert glass.scope == C.SCHOOL_STEPS.mask
    assert sees(world.gendarme, case_id) == {"facts", "school_steps"}
    assert taken(world.gendarme, late).status_code == 404
    check_against_engine(world, case_id)


def test_a_copy_made_for_an_agency_stays_what_it_sees(world):
    case_id = world.activated()
    original = a_document(world.pilot, case_id, content=a_pdf(SAID))
    copy = copied(world.coordinator, original, world.gendarme)
    broken(world, world.gendarme, case_id, C.FACTS)
    assert listed(world.gendarme, case_id) == {copy}
    assert taken(world.gendarme, original).status_code == 404
    with injected(world.gendarme) as connection:
        rows = connection.execute("SELECT id FROM referrals_document").fetchall()
    assert rows == [(copy,)]
    broken(world, world.police, case_id, C.FACTS)
    assert listed(world.police, case_id) == {original}
    check_against_engine(world, case_id)


@pytest.mark.parametrize("how", ["the case ends", "the prosecutor closes it"])
def test_it_ends_with_what_it_opened(world, how):
    case_id = world.activated()
    glass = broken(world, world.police, case_id, C.FACTS)
    if how == "the case ends":
        world.closed(case_id)
    else:
        with acting_as(world.prosecutor.viewer) as viewer:
            give_orders(
                viewer, case_id, freeze_acts=False, pause_interviews=False, closed=[C.FACTS]
            )
    assert sees(world.police, case_id) is None
    with admin(database_name()) as connection:
        left = connection.execute(
            "SELECT count(*) FROM referrals_grant WHERE id = %s", [glass.pk]
        ).fetchone()
    assert left == (0,)
    assert [line.open for line in told(world)] == [False]


def test_what_is_open_already_says_nothing_of_what_is_closed(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    for closed in ([], [C.FACTS]):
        with acting_as(world.prosecutor.viewer) as viewer:
            give_orders(viewer, case_id, freeze_acts=False, pause_interviews=False, closed=closed)
        with pytest.raises(WrongState):
            broken(world, world.gendarme, case_id, C.FACTS)
