"""The rows of people, invitations and one's own places."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.agencies.factories import a_number
from tests.authorisation.rows import (
    ADMIN,
    COORDINATION,
    EVERYBODY,
    PROSECUTION,
    act,
    call,
    fields,
    page,
)
from tests.authorisation.scene import Scene


def an_invitation(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """A body that invites somebody whom nobody has invited yet."""
    return {
        "accession": str(scene.world.gendarme.accession_id),
        "roles": ["agency_partner"],
        "address": f"invite{a_number()}@essais.exemple",
        "display_name": "Nouvelle Venue",
    }


def seat_of_coordination(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """A body that names a seat of the cell: it is taken by the person whose it is."""
    return {"seat": str(scene.world.coordinator.person.seat_id)}


PEOPLE_PAGES = (
    page("agencies:people", ADMIN),
    page("agencies:invite", ADMIN),
    act("agencies:invite", ADMIN, body=an_invitation),
    page("agencies:to_confirm", ADMIN | PROSECUTION | COORDINATION),
    page("agencies:person", ADMIN, "member"),
    page("agencies:change_roles", ADMIN, "member"),
    act("agencies:change_roles", ADMIN, "member", body=fields(roles=["agency_lead"])),
    page("agencies:invitation", ADMIN, "invited"),
    act("agencies:send_again", ADMIN, "invited"),
    act("agencies:withdraw_invitation", ADMIN, "invited"),
    act("agencies:confirm_invitation", ADMIN, "to confirm"),
    act("agencies:refuse_invitation", ADMIN, "to confirm"),
    act("agencies:confirm_change", ADMIN, "role change"),
    act("agencies:refuse_change", ADMIN, "role change"),
    act("agencies:withdraw_change", ADMIN, "role change"),
    page("agencies:switch", EVERYBODY),
    act("agencies:switch", COORDINATION, body=seat_of_coordination),
    page("agencies:take_up_again", EVERYBODY, answers=302),
)
PEOPLE_CALLS = (
    call("places", EVERYBODY, get=True),
    call("places", COORDINATION, body=seat_of_coordination),
)
