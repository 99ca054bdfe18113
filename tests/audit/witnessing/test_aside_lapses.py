"""A proposal to set copies aside that nobody signs is given up, as one to purge is."""

import json
from uuid import uuid4

import pytest

from audit.tasks import carry_out_purges
from audit.witnessing import aside
from audit.witnessing.services import set_aside
from kernel.errors import WrongState
from kernel.scope import acting_as
from tests.support.database import without_triggers

pytestmark = pytest.mark.database

STANDS = "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 3, 1, %s)"
WAITING = (
    "INSERT INTO audit_aside (id, cell_id, state, reason, copies, proposed_by, proposed_at)"
    " VALUES (%s, %s, 'proposed', 'trial', %s, %s, now() - interval '14 days' + %s::interval)"
)
COPIES = ["\n3\n"]


@pytest.fixture
def waiting(cell, auditor):
    """Makes a proposal that lapses after so long."""

    def make(left):
        which = uuid4()
        without_triggers(WAITING, values=[which, cell, COPIES, auditor.account_id, left])
        return which

    return make


def test_one_that_nobody_signed_within_fourteen_days_is_given_up(
    waiting, cell, seat, auditor, owner_of_everything
):
    admin = seat("cell_admin")
    owner_of_everything.execute(STANDS, [cell, COPIES])
    old = waiting("-1 minute")

    def state(which):
        with acting_as(auditor) as viewer:
            return aside.aside_of(viewer, which).state

    def signed(which):
        with acting_as(admin) as viewer:
            return set_aside.sign(viewer, which).state

    with pytest.raises(WrongState):
        signed(old)
    carry_out_purges()
    assert state(old) == "lapsed"
    with acting_as(auditor) as viewer, pytest.raises(WrongState):
        set_aside.withdraw(viewer, old)
    assert set_aside.lapse() == 0
    rows = owner_of_everything.execute(
        "SELECT kind, subject_id, payload FROM audit_entry"
        " WHERE cell_id = %s AND kind LIKE 'witness.aside%%'",
        [cell],
    ).fetchall()
    facts = {"aside": str(old), "before": "proposed", "after": "lapsed"}
    [(kind, subject, content)] = rows
    assert (kind, subject, json.loads(content)["facts"]) == ("witness.aside_lapsed", old, facts)
    with acting_as(auditor) as viewer:
        assert [copy.note for copy in aside.standing(viewer)] == COPIES, "the alarm stands"
        shown = aside.shown_by(aside.standing(viewer))
        again = set_aside.propose(viewer, reason="trial", shown=shown).id
    assert signed(again) == "signed", "another one takes its place"


def test_one_of_thirteen_days_is_signed(waiting, cell, seat, auditor):
    young = waiting("1 minute")
    assert set_aside.lapse() == 0
    with acting_as(seat("cell_admin")) as viewer:
        assert set_aside.sign(viewer, young).state == "signed"
