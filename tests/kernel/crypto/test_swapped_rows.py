"""Somebody with the database in hand moves sealed values about: the house shows none of it."""

import pytest

from kernel.crypto.keyring import CannotDecrypt
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casefile.services.reveal import reveal
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database


def tamper(statement: str, *values: object) -> None:
    with admin(database_name()) as connection:
        assert connection.execute(statement, values).rowcount > 0


def opened(world, case_id):
    with acting_as(world.coordinator.viewer) as viewer:
        return case_file(viewer, case_id)


SWAPS = {
    "the contents of two compartments": (
        "UPDATE referrals_compartment t SET content = o.content FROM referrals_compartment o"
        " WHERE t.case_id = %s AND o.case_id = t.case_id AND o.bit <> t.bit"
    ),
    "a label and an identity": ("UPDATE referrals_party SET label = identity WHERE case_id = %s"),
    "the labels of two pupils": (
        "UPDATE referrals_party t SET label = o.label FROM referrals_party o"
        " WHERE t.case_id = %s AND o.case_id = t.case_id AND o.bit <> t.bit"
    ),
    "one bit of a content": (
        "UPDATE referrals_compartment SET content = set_byte(content, 20,"
        " get_byte(content, 20) # 1) WHERE case_id = %s"
    ),
    "a content cut short": (
        "UPDATE referrals_compartment SET content = substring(content FROM 1 FOR 20)"
        " WHERE case_id = %s"
    ),
    "no content at all": "UPDATE referrals_compartment SET content = '' WHERE case_id = %s",
}


@pytest.mark.parametrize("swap", SWAPS)
def test_what_was_moved_does_not_open(world, swap):
    case_id = world.submitted()
    assert opened(world, case_id).contents
    tamper(SWAPS[swap], case_id)
    with pytest.raises(CannotDecrypt):
        opened(world, case_id)


def test_an_identity_moved_to_another_pupil_is_not_shown(world):
    """Otherwise a share of the presumed author's name would show the target's."""
    case_id = world.submitted()
    party = next(p for p in opened(world, case_id).parties if p.role == "presumed_perpetrator")
    tamper(
        "UPDATE referrals_party t SET identity = o.identity FROM referrals_party o"
        " WHERE t.id = %s AND o.case_id = t.case_id AND o.role = 'target'",
        party.id,
    )
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(CannotDecrypt):
        reveal(viewer, party.id)


def test_the_key_of_another_case_does_not_open_a_case(world):
    case_id, other = world.submitted(), world.submitted()
    assert opened(world, case_id).contents
    assert opened(world, other).contents
    tamper(
        "UPDATE referrals_case_key t SET wrapped = o.wrapped FROM referrals_case_key o"
        " WHERE t.case_id = %s AND o.case_id = %s",
        case_id,
        other,
    )
    with pytest.raises(CannotDecrypt):
        opened(world, case_id)
    assert opened(world, other).contents


def test_a_whole_case_moved_under_another_key_does_not_open(world):
    """Rows and key together: the key is bound to its case."""
    case_id, other = world.submitted(), world.submitted()
    tamper(
        "UPDATE referrals_compartment t SET content = o.content FROM referrals_compartment o"
        " WHERE t.case_id = %s AND o.case_id = %s AND o.bit = t.bit",
        case_id,
        other,
    )
    tamper(
        "UPDATE referrals_case_key t SET wrapped = o.wrapped, period_key_id = o.period_key_id"
        " FROM referrals_case_key o WHERE t.case_id = %s AND o.case_id = %s",
        case_id,
        other,
    )
    with pytest.raises(CannotDecrypt):
        opened(world, case_id)
