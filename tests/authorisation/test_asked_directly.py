"""Policies and services asked themselves, without the page and the tables that would refuse too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from agencies.models import Absence, AbsenceState, Membership, Replacement
from agencies.policies import agrees_as
from agencies.services import my_factors
from agencies.services.confirm_factor import Confirmed
from agencies.services.cover import may_stop
from agencies.services.origin import Origin
from agencies.services.renew_session import renew_session
from audit.selectors import Filters, journal, latest_checkpoint
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, StepUpRequired
from kernel.viewer import Viewer

ORIGIN = Origin(address="10.0.0.1", user_agent="a test's browser", request_id=uuid4())
HERE, THERE = uuid4(), uuid4()
"""Two agencies."""


def somebody(*roles: str, agency: UUID = HERE, cell: int = 1) -> Viewer:
    """A person with these roles who has just signed in."""
    moment = now()
    return Viewer(
        account_id=uuid4(),
        seat_id=uuid4(),
        cell_id=cell,
        agency_id=agency,
        agency_kind="other",
        roles=frozenset(roles),
        units=(1,),
        bound_by_secrecy=False,
        display_name="Une personne",
        agency_name="Un service",
        cell_name="Une cellule",
        factor_at=moment,
        version=1,
        charter_signed=True,
        idle_seconds=900,
        idle_until=moment + timedelta(minutes=15),
        expires_at=moment + timedelta(hours=8),
        channel="page",
        request_id=uuid4(),
        token="x",
    )


@pytest.mark.parametrize(
    ("viewer", "role"),
    [
        (somebody("cell_admin", agency=THERE), "cell_admin"),
        (somebody("cell_admin", cell=2), None),
        (somebody("agency_lead"), "agency_lead"),
        (somebody("agency_lead", agency=THERE), None),
        (somebody("agency_lead", cell=2), None),
        (somebody("agency_partner"), None),
    ],
)
def test_who_agrees_to_new_factors(viewer: Viewer, role: str | None) -> None:
    request = Replacement(cell_id=1, account_id=uuid4(), agency_id=HERE)
    assert agrees_as(viewer, request) == role
    assert agrees_as(replace(viewer, account_id=request.account_id), request) is None


@pytest.mark.parametrize(
    ("viewer", "at_court", "may"),
    [
        (somebody("cell_admin", agency=THERE), True, True),
        (somebody("prosecutor", agency=THERE), True, True),
        (somebody("prosecutor", agency=THERE), False, False),
        (somebody("agency_lead"), False, True),
        (somebody("agency_lead", agency=THERE), False, False),
        (somebody("agency_partner"), False, False),
        (somebody("agency_partner"), True, False),
    ],
)
def test_who_stops_a_cover(viewer: Viewer, at_court: bool, may: bool) -> None:
    roles = ["prosecutor_delegate" if at_court else "agency_partner"]
    absence = Absence(
        state=AbsenceState.CONFIRMED,
        agency_id=HERE,
        membership=Membership(account_id=uuid4(), roles=roles),
        deputy=Membership(account_id=uuid4(), roles=roles),
    )
    assert may_stop(viewer, absence) is may


def test_a_factor_of_somebody_else_renews_no_session() -> None:
    shown = Confirmed(account_id=uuid4(), factor_at=now(), factor="totp", seats=())
    with pytest.raises(NotAllowed):
        renew_session(ORIGIN, somebody("agency_partner"), shown, token="y")


@pytest.mark.parametrize("read", [lambda who: journal(who, Filters()), latest_checkpoint])
@pytest.mark.parametrize("role", ["cell_admin", "cell_coordinator", "prosecutor"])
def test_the_record_is_for_those_who_control_access(
    role: str, read: Callable[[Viewer], object]
) -> None:
    with pytest.raises(NotFound):
        read(somebody(role))


OF_ONES_OWN: dict[str, Callable[[Viewer], object]] = {
    "an application": lambda who: my_factors.begin_authenticator(
        who, ORIGIN, password="", name="Mon téléphone"
    ),
    "its first code": lambda who: my_factors.confirm_authenticator(who, 1, "000000"),
    "a passkey's question": my_factors.ask_for_passkey,
    "a passkey": lambda who: my_factors.add_passkey(
        who, ORIGIN, password="", name="Ma clé", answer="{}"
    ),
    "codes on paper": lambda who: my_factors.print_codes(who, ORIGIN, password=""),
    "one factor less": lambda who: my_factors.remove(who, "totp", 1),
}


@pytest.mark.parametrize("act", OF_ONES_OWN)
def test_no_factor_comes_or_goes_on_the_word_of_a_stale_one(act: str) -> None:
    stale = replace(somebody("agency_partner"), factor_at=now() - timedelta(minutes=6))
    with pytest.raises(StepUpRequired):
        OF_ONES_OWN[act](stale)
