"""What a cell has when it has worked for a while: a row in every table that pages read or write."""

from uuid import uuid4

from agencies.models import CoverFunction
from agencies.rules import default_rules
from agencies.services.add_protocol import PartyInput, add_protocol
from agencies.services.assign_communes import assign_communes
from agencies.services.set_rules import RulesInput, set_rules
from kernel.http.idempotency import once
from kernel.scope import acting_as
from meetings.services.enter import enter
from referrals.casefile.selectors import case_file
from referrals.documents.services.upload import begin_upload, receive_part
from tests.authorisation.scene import Scene
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import World, in_days

ENTRIES = 256
"""So many entries fill a tile of the record."""


def furnish(scene: Scene) -> None:
    """Let the scene's cell be administered, met in, written to and read, then seal its record."""
    world = scene.world
    _administered(world)
    with acting_as(world.gendarme.viewer) as viewer:
        enter(viewer, scene.the("sitting"), uuid4())
    with acting_as(world.pilot.viewer) as viewer:
        upload = begin_upload(viewer, scene.the("activated"), 100).pk
        receive_part(viewer, upload, offset=0, content=bytes(10))
        once(viewer, str(uuid4()), "tests.furnish", b"digest", uuid4)
    _told(world)
    for _number in range(ENTRIES):
        with acting_as(world.coordinator.viewer) as viewer:
            case_file(viewer, scene.the("activated"))
    scene.seal()


def _administered(world: World) -> None:
    accession_id = world.gendarme.accession_id
    with acting_as(world.cell_admin.viewer) as viewer:
        add_protocol(
            viewer,
            title="Protocole",
            signed_on=in_days(-3),
            valid_from=in_days(-2),
            valid_until=None,
            parties=[PartyInput("Le recteur", in_days(-3), party_name="Rectorat")],
        )
        rules = default_rules()
        set_rules(
            viewer,
            RulesInput(
                rules.activation,
                rules.reporting,
                dict(rules.retention),
                dict(rules.hours),
            ),
        )
        assign_communes(
            viewer,
            function=CoverFunction.LAW_ENFORCEMENT,
            accession_id=accession_id,
            communes=[commune.insee for commune in world.communes],
        )


def _told(world: World) -> None:
    """A line in the inbox of everybody, as the worker leaves them."""
    with admin(database_name()) as connection:
        for seat in world.everybody().values():
            connection.execute(
                "INSERT INTO kernel_notice (cell_id, event_id, account_id, kind, created_at)"
                " VALUES (%s, %s, %s, 'share.revoked', now())",
                [world.cell.pk, uuid4(), seat.viewer.account_id],
            )
