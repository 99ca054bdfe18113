"""No copy is set aside, nor a proposal thrown out, without an entry that says all of it."""

from hashlib import sha256
from types import SimpleNamespace

import pytest

from audit import payload
from audit.health import health_of
from audit.witnessing import aside
from kernel.ids import uuid7
from kernel.scope import acting_as
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database

STANDS = "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 12, 2, %s)"
ENTRY = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, subject_id, request,"
    " payload) SELECT kernel.session_cell(), %s, %s, kernel.session_account(),"
    " kernel.session_seat(), kernel.session_agency(), %s, gen_random_uuid(), %s"
)
PROPOSE = "SELECT audit.propose_aside(%s, 'trial', %s)"
SIGN, WITHDRAW = "SELECT audit.sign_aside(%s)", "SELECT audit.withdraw_aside(%s)"
AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"
AS = "SELECT set_config('app.token', %s, false)"


class Ground:
    """Two copies contradict the log of a cell; what the entries of a proposal say of them."""

    def __init__(self, cell, owner):
        self.which = str(uuid7())
        notes = ["log\n5\nroot", "log\n12\nroot"]
        owner.execute(STANDS, [cell, notes[::-1]])
        self.shown = aside.shown_by([aside.Kept(note) for note in notes])
        self.about = {
            "aside": self.which,
            "aside_reason": "trial",
            "copies": [sha256(note.encode()).hexdigest() for note in notes],
            "copy_sizes": [5, 12],
        }
        self.withdrawn = {"aside": self.which, "before": "proposed", "after": "withdrawn"}

    def moved(self, before, after):
        return self.about | {"before": before, "after": after}

    def proposed(self, viewer):
        """Proposes, as an injection can do as well as the page."""
        with injected(SimpleNamespace(viewer=viewer)) as connection:
            connection.execute(PROPOSE, [self.which, self.shown])
            self.entry(connection, self.moved(None, "proposed"))
            connection.commit()

    def entry(self, connection, facts, *, to=None, outcome="done", subject=None, by=None):
        kind = f"witness.aside_{to or facts['after']}"
        given = [kind, outcome, subject or self.which, payload.encode("page", facts)]
        [mine] = connection.execute("SELECT current_setting('app.token')").fetchone()
        if by:
            connection.execute(AS, [by.token])
        connection.execute(ENTRY, given)
        connection.execute(AS, [mine])


@pytest.fixture
def ground(cell, owner_of_everything):
    return Ground(cell, owner_of_everything)


def refused(ground, viewer, act, facts, lies, *given):
    """None of these lies stands for the entry of an act, nor one of before; the truth does."""
    with injected(SimpleNamespace(viewer=viewer)) as connection:
        ground.entry(connection, facts)
        connection.commit()
        for lie in (None, *lies):
            assert connection.execute(act, [ground.which, *given]).fetchone() == (True,)
            if lie:
                of_the_entry = {key: lie[key] for key in lie.keys() - facts.keys() - {"more"}}
                said = {key: value for key, value in lie.items() if key not in of_the_entry}
                ground.entry(connection, facts | said, **{"to": facts["after"]} | of_the_entry)
            assert refusal(connection, AT_ONCE) == "23514", (act, lie)
        assert connection.execute(act, [ground.which, *given]).fetchone() == (True,)
        ground.entry(connection, facts)
        connection.commit()


def lies_about_an_act(*others):
    return (
        {"to": "lapsed"},
        {"outcome": "refused"},
        {"subject": str(uuid7())},
        {"aside": str(uuid7())},
        {"before": "signed"},
        {"after": "lapsed"},
        {"more": 1},
        *({"by": other} for other in others),
    )


def lies_about_copies(ground):
    digests = ground.about["copies"]
    return (
        {"aside_reason": "restored"},
        {"copies": digests[:1]},
        {"copies": digests[::-1]},
        {"copies": None},
        {"copy_sizes": [5, 7]},
        {"copy_sizes": [12, 5]},
        {"copy_sizes": None},
    )


@pytest.fixture
def strangers(auditor, seat, cell):
    """Whose entries say nothing of what somebody else does."""
    return SimpleNamespace(
        colleague=seat("auditor"), elsewhere=seat("auditor", "cell_admin", cell_id=cell - 1)
    )


def test_nothing_is_proposed_without_an_entry_that_says_the_same(ground, auditor, strangers):
    others = (strangers.colleague, strangers.elsewhere)
    lies = (*lies_about_an_act(*others), *lies_about_copies(ground))
    refused(ground, auditor, PROPOSE, ground.moved(None, "proposed"), lies, ground.shown)


def test_nothing_is_signed_without_an_entry_of_who_signs(ground, auditor, seat, strangers):
    ground.proposed(auditor)
    others = (auditor, strangers.elsewhere)
    lies = (*lies_about_an_act(*others), *lies_about_copies(ground))
    refused(ground, seat("cell_admin"), SIGN, ground.moved("proposed", "signed"), lies)


def test_nothing_is_withdrawn_without_an_entry_of_who_withdraws(ground, auditor, strangers):
    ground.proposed(auditor)
    lies = lies_about_an_act(auditor, strangers.elsewhere)
    refused(ground, strangers.colleague, WITHDRAW, ground.withdrawn, lies)


def test_the_page_says_of_each_size_how_many_copies_there_are(cell, auditor, owner_of_everything):
    notes = ["log\n5\nroot", "log\n5\nother", "log\n12\nroot", "\n12\n"]
    owner_of_everything.execute(STANDS, [cell, notes])
    with acting_as(auditor) as viewer:
        found = health_of(viewer)
    assert (found.copies, found.copy_sizes, found.without_a_copy) == ([5, 5, 12], [5, 12], [12])
