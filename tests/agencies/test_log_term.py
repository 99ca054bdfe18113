"""What the rules of a cell keep of its record nobody purges, whatever a page is made to ask for."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from psycopg import errors

from agencies.models.policy import RETENTION
from agencies.services.set_rules import set_rules
from agencies.sql.log_term import DEFAULT_MONTHS
from audit.keeping.services import purging
from kernel.errors import WrongState
from kernel.ids import uuid7
from kernel.scope import acting_as
from tests.agencies.test_administering import rules_input
from tests.support.walls import injected

PROPOSE, SIGN = "SELECT audit.propose_purge(%s, %s)", "SELECT audit.sign_purge(%s)"


def asked(seat, query, *given, for_good=False):
    """What a function answers to a session, as an injection would call it."""
    with injected(seat) as connection:
        answer = connection.execute(query, given).fetchone()
        if for_good:
            connection.commit()
    return answer


def kept_for(world, months):
    with acting_as(world.cell_admin.viewer) as viewer:
        set_rules(viewer, rules_input(log_months=months))


def test_a_cell_that_has_set_nothing_keeps_a_year(world):
    assert RETENTION["log_months"].default == DEFAULT_MONTHS
    with pytest.raises(errors.CheckViolation, match="for longer"):
        asked(world.auditor, PROPOSE, str(uuid7()), 11)
    assert asked(world.auditor, PROPOSE, str(uuid7()), 12) == (True,)


def test_what_a_cell_has_set_counts_for_who_proposes_and_for_who_signs(world, monkeypatch):
    kept_for(world, 24)
    with pytest.raises(errors.CheckViolation, match="for longer"):
        asked(world.auditor, PROPOSE, str(uuid7()), 23)
    purge = str(uuid7())
    assert asked(world.auditor, PROPOSE, purge, 24, for_good=True) == (True,)
    kept_for(world, 30)
    with pytest.raises(errors.CheckViolation, match="for longer"):
        asked(world.cell_admin, SIGN, purge)
    # Also when that is set between the look of the page and the answer of the database.
    monkeypatch.setattr(purging, "months_of", lambda cell_id: SimpleNamespace(ordinary=24))
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(WrongState) as told:
        purging.sign(viewer, UUID(purge))
    assert "plus longtemps" in str(told.value.message)
    kept_for(world, 6)
    assert asked(world.cell_admin, SIGN, purge) == (True,)
