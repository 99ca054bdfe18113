"""What the services beside the record refuse of their own accord, where the database might not.

The session is somebody's who controls access and leads an agency, with a factor just shown. The
services are told that the seat works on cases, or that the factor was shown an hour ago: what
refuses is the first wall.
"""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.desk.services.conclude import conclude
from audit.desk.services.views import forget_view, save_view
from audit.keeping.services.holding import lift_hold, place_hold
from audit.keeping.services.purging import propose, sign, withdraw
from audit.witnessing.cosigning import key_line
from audit.witnessing.selectors import cosigned_checkpoint, newest_checkpoint
from audit.witnessing.services import set_aside
from audit.witnessing.services.add_witness import add_witness, withdraw_witness
from kernel.errors import NotAllowed, NotFound, StepUpRequired
from kernel.ids import uuid7
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import seal

pytestmark = pytest.mark.database

EVERYTHING = ("auditor", "dpo", "cell_admin", "agency_lead")


def a_key():
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return key_line(f"temoin.{uuid7().hex[-12:]}.example", public)


def held(viewer):
    return place_hold(viewer, scope="cell", about=None, reason="judicial")


def kept(viewer):
    return save_view(viewer, label=uuid7().hex, query="nature=reads")


def concluded(viewer):
    nothing = {"rule": "bulk", "about": uuid7(), "day": date(2026, 1, 1), "n": 1}
    return conclude(viewer, **nothing, conclusion="justified")


@pytest.fixture(scope="module")
def ground(owner_of_everything):
    """A sealed cell with a hold, a view and a key of the one person in it."""
    cell = seats.a_cell()
    viewer = seats.a_seat(owner_of_everything, cell, *EVERYTHING)
    with acting_as(viewer) as fresh:
        made = SimpleNamespace(
            viewer=viewer, hold=held(fresh).id, view=kept(fresh), key=add_witness(fresh, a_key())
        )
    seal(cell)
    return made


ACTS = {
    "to conclude": (lambda g, v: concluded(v), NotFound),
    "to keep a view": (lambda g, v: kept(v), NotFound),
    "to forget a view": (lambda g, v: forget_view(v, g.view), NotFound),
    "to hold": (lambda g, v: held(v), NotFound),
    "to lift a hold": (lambda g, v: lift_hold(v, g.hold), NotFound),
    "to propose a purge": (lambda g, v: propose(v), NotFound),
    "to sign a purge": (lambda g, v: sign(v, uuid7()), NotFound),
    "to withdraw a purge": (lambda g, v: withdraw(v, uuid7()), NotFound),
    "to propose to set copies aside": (
        lambda g, v: set_aside.propose(v, reason="trial", shown="0" * 64),
        NotFound,
    ),
    "to sign that copies are set aside": (lambda g, v: set_aside.sign(v, uuid7()), NotFound),
    "to withdraw what would set them aside": (
        lambda g, v: set_aside.withdraw(v, uuid7()),
        NotFound,
    ),
    "to add a key": (lambda g, v: add_witness(v, a_key()), NotAllowed),
    "to withdraw a key": (lambda g, v: withdraw_witness(v, g.key), NotAllowed),
}
WITHOUT_A_FACTOR = {
    *("to conclude", "to hold", "to lift a hold", "to propose a purge"),
    *("to add a key", "to withdraw a key", "to propose to set copies aside"),
}


@pytest.mark.parametrize("what", ACTS)
def test_a_service_refuses_whoever_works_on_cases(ground, what):
    act, refusal = ACTS[what]
    with pytest.raises(refusal) as refused, acting_as(ground.viewer) as viewer:
        act(ground, replace(viewer, roles=frozenset({"cell_coordinator"})))
    assert type(refused.value) is refusal


@pytest.mark.parametrize("what", sorted(WITHOUT_A_FACTOR))
def test_a_service_asks_for_a_factor_first(ground, what):
    act, _refusal = ACTS[what]
    with pytest.raises(StepUpRequired), acting_as(ground.viewer) as viewer:
        act(ground, replace(viewer, factor_at=viewer.factor_at - timedelta(hours=1)))


def test_a_checkpoint_that_nobody_cosigned_is_not_there_to_be_taken(ground):
    with acting_as(ground.viewer) as viewer:
        newest = newest_checkpoint(viewer)
        assert newest
        with pytest.raises(NotFound):
            cosigned_checkpoint(viewer, newest.size)
