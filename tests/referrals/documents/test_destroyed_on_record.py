"""No document goes but by an entry of that very moment, about that very document and its case."""

from uuid import uuid4

import psycopg
import pytest

from audit import payload
from referrals.compartments import Compartment
from tests.referrals.documents.test_copies import SAID, copied
from tests.referrals.documents.test_destroying import GONE, row_of
from tests.support.documents import a_document, a_pdf
from tests.support.walls import injected

pytestmark = pytest.mark.database

LEFT_OUT = "left_out"
ENTRY = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, case_id, subject_id,"
    " request, payload) SELECT kernel.session_cell(), 'document.destroyed', %s,"
    " kernel.session_account(), kernel.session_seat(), kernel.session_agency(), %s, %s,"
    " gen_random_uuid(), %s"
)


def said(connection, case_id, subject_id, outcome="done", **other):
    """An entry of a document that is destroyed, as whoever goes around the pages writes it."""
    facts = {"cause": "wrong_file", "before": "ready", "after": "destroyed"} | other
    told = {name: value for name, value in facts.items() if value != LEFT_OUT}
    connection.execute(ENTRY, [outcome, case_id, subject_id, payload.encode("page", told)])


def test_the_journal_says_which_document_went_and_of_which_case(world):
    case_id, other_case = world.activated(), world.activated()
    original = a_document(world.pilot, case_id, content=a_pdf(SAID))
    elsewhere = a_document(world.pilot, other_case)
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    copy = copied(world.coordinator, original, world.gendarme)
    lies = (
        {"case_id": other_case},
        {"case_id": None},
        {"subject_id": elsewhere},
        {"subject_id": uuid4()},
        {"outcome": "refused"},
        {"before": "pending"},
        {"before": LEFT_OUT},
        {"after": "ready"},
        {"after": LEFT_OUT},
    )
    with injected(world.coordinator) as connection:

        def ends(document_id, **other) -> None:
            connection.execute(GONE, [document_id])
            said(connection, **({"case_id": case_id, "subject_id": document_id} | other))
            connection.commit()

        for lie in lies:
            with pytest.raises(psycopg.errors.CheckViolation, match="without an entry"):
                ends(original, **lie)
            connection.rollback()
        with pytest.raises(psycopg.errors.CheckViolation, match="without an entry"):
            ends(copy, subject_id=original)
        connection.rollback()
        said(connection, case_id, copy)
        connection.commit()
        connection.execute(GONE, [copy])
        with pytest.raises(psycopg.errors.CheckViolation, match="without an entry"):
            connection.commit()
        connection.rollback()
        assert [row_of(each)[0] for each in (original, copy)] == ["ready", "ready"]
        ends(original)
    assert [row_of(each)[0] for each in (original, copy)] == ["destroyed", "destroyed"]
