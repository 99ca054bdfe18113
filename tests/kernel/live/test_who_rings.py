"""A bell is rung by a session, in the rooms of its cell, whatever function of a room rings it."""

from tests.support.moment import REFUSED, answered, moment
from tests.support.sittings import sit

RING = "SELECT kernel.ring(%(room)s, 'thing.changed', NULL)"


def rung(room: str, token: str) -> str:
    """What the bell itself answers; rooms have functions of their own that call it."""
    with moment((), {}, token=token, role="") as connection:
        return answered(connection, RING, {"room": room})


def test_a_bell_is_rung_by_a_session_of_its_cell(database: None) -> None:
    one, other = sit(), sit()
    assert (one.ring(), other.ring()) == (1, 1)
    assert rung(one.room, one.token) == "2"
    assert rung(one.room, "") == REFUSED
    assert rung(one.room, "invented") == REFUSED
    assert rung(one.room, other.token) == REFUSED
