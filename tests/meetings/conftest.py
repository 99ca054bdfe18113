"""Meetings brought to any step by the services that lead there."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings

from kernel.clock import now
from kernel.scope import acting_as
from meetings.services import conduct
from meetings.services.convene import convene
from referrals.compartments import Compartment
from referrals.models.access import Level
from tests.support.ear import Ear
from tests.support.server import Server, web_server
from tests.support.world import Seated, World


def a_shared_case(world: World, *guests: Seated, level: Level = Level.CONTRIBUTE) -> UUID:
    """An activated case whose facts are open to the guests."""
    case_id = world.activated()
    for guest in guests:
        world.shared(case_id, guest, Compartment.FACTS, level=level)
    return case_id


def a_meeting(world: World, case_id: UUID, *guests: Seated) -> UUID:
    """A planned meeting about the case, an hour from now."""
    with acting_as(world.coordinator.viewer) as viewer:
        return convene(
            viewer,
            case_id,
            starts_at=now() + timedelta(hours=1),
            agencies=[guest.accession_id for guest in guests],
        ).pk


def opened(world: World, meeting_id: UUID) -> UUID:
    """The meeting, once coordination has opened it."""
    with acting_as(world.coordinator.viewer) as viewer:
        conduct.open_meeting(viewer, meeting_id)
    return meeting_id


def ear_of(server: Server, seated: Seated) -> Ear:
    """The socket of a page that this person has open in their own browser."""
    return Ear(server, seated.browser.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture(scope="module")
def server(database: None) -> Iterator[Server]:
    with web_server() as running:
        yield running


@pytest.fixture
def ears(server: Server) -> Iterator["Ears"]:
    """Opens sockets that are closed at the end."""
    with ExitStack() as stack:
        yield Ears(server, stack)


class Ears:
    """Opens the sockets of people's pages."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self._server, self._stack = server, stack

    def of(self, seated: Seated) -> Ear:
        """A page of this person."""
        ear = ear_of(self._server, seated)
        self._stack.callback(ear.close)
        return ear
