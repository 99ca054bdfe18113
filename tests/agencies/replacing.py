"""Brings a request to replace somebody's factors to any step."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from agencies.models import Replacement
from agencies.services.agree_replacement import agree
from agencies.services.ask_replacement import ask_replacement
from kernel.scope import acting_as
from tests.agencies.factories import Person, a_person, an_origin
from tests.support.database import admin
from tests.support.searching import database_name

if TYPE_CHECKING:
    from tests.support.world import World


def asked_to_replace(person: Person) -> UUID:
    """A request that has just been made; whatever was open about this person is over."""
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE agencies_replacement SET cancelled_at = now() WHERE account_id = %s"
            " AND used_at IS NULL AND cancelled_at IS NULL",
            [person.account_id],
        )
    ask_replacement(an_origin(), email=person.email)
    open_ones = Replacement.objects.using("signin").filter(
        account_id=person.account_id, used_at=None, cancelled_at=None
    )
    return open_ones.get().pk


def agreed_to_replace(world: World, person: Person, *, waited: bool = True) -> UUID:
    """A request that two people who administer the cell have agreed to; the wait is over."""
    request_id = asked_to_replace(person)
    for _ in range(2):
        other = a_person(world.cell_admin.accession, "cell_admin")
        with acting_as(other.viewer()) as viewer:
            agree(viewer, request_id)
    if waited:
        wait_is_over(request_id)
    return request_id


def wait_is_over(request_id: UUID) -> None:
    """A day later, as far as this request is concerned."""
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE agencies_replacement SET opens_at = now() WHERE id = %s",
            [request_id],
        )
