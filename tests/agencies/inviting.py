"""Proposals for tests, and the link as the invited person receives it."""

from __future__ import annotations

import re
from uuid import UUID

from django.conf import settings
from django.core import mail
from django_otp.oath import TOTP

from agencies.models import Accession, Authenticator, Invitation
from agencies.operator import ALIAS
from agencies.services.change_roles import Wanted, change_roles
from agencies.services.handle_invitation import confirm_invitation
from agencies.services.invite import Proposal, invite
from kernel.clock import FOREVER
from kernel.outbox.relay import drain
from kernel.scope import acting_as
from tests.agencies.factories import Person, a_number, a_person, an_accession
from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.world import World

GOOD_PASSWORD = "trois chevaux sous la pluie"
CONFIRM = "UPDATE agencies_invitation SET state = 'sent', confirmed_by = %s WHERE id = %s"
INSERT = (
    "INSERT INTO agencies_invitation (id, cell_id, accession_id, agency_id, roles,"
    " bound_by_secrecy, address, display_name, job_title, valid_until, state, invited_by,"
    " sending, created_at) VALUES (gen_random_uuid(), %s, %s, %s, %s, false,"
    " 'x@y.exemple', 'X', '', '9999-12-31', %s, %s, 0, now())"
)


def a_proposal(accession, *roles, **values):
    """A proposal to somebody new."""
    chosen = {
        "address": f"invite{a_number()}@essais.exemple",
        "display_name": "Nouvelle Venue",
        **values,
    }
    return Proposal(accession_id=accession.pk, roles=roles or ("agency_partner",), **chosen)


def invited_by(person: Person, proposal: Proposal) -> Invitation:
    """The invitation, by a session with a fresh factor."""
    with acting_as(person.viewer()) as viewer:
        return invite(viewer, proposal)


def sent_by(person: Person, proposal: Proposal) -> Invitation:
    """The same, agreed to by somebody else who administers the cell where two are needed."""
    invitation = invited_by(person, proposal)
    if invitation.state == Invitation.State.WAITING:
        accession = Accession.objects.using(ALIAS).get(pk=proposal.accession_id)
        second = a_person(an_accession(accession.cell, kind="rectorate"), "cell_admin")
        with acting_as(second.viewer()) as viewer:
            confirm_invitation(viewer, invitation.pk)
    return invitation


def sent(world: World, *roles: str) -> UUID:
    """Somebody is invited to the police of the cell, and the letter has left."""
    return sent_by(_proposer(world), a_proposal(world.police.accession, *roles)).pk


def invited(world: World, *roles: str) -> UUID:
    """Somebody is invited to the police of the cell by one of those who administer it."""
    return invited_by(_proposer(world), a_proposal(world.police.accession, *roles)).pk


def role_change_proposed(world: World) -> UUID:
    """A change that wants a second person, for somebody of the police."""
    member = a_person(world.police.accession, "agency_partner")
    wanted = Wanted(("departmental_officer",), bound_by_secrecy=False, valid_until=FOREVER)
    with acting_as(_proposer(world).viewer()) as viewer:
        return change_roles(viewer, member.seat_id, wanted).pk


def _proposer(world: World) -> Person:
    return a_person(world.cell_admin.accession, "cell_admin")


def letters_to(address: str) -> list[str]:
    """The bodies of the letters that have reached this address."""
    drain()
    return [message.body for message in mail.outbox if address in message.to]


def link_to(address: str) -> str:
    """The path of the newest link that has reached this address."""
    body = letters_to(address)[-1]
    return re.search(re.escape(settings.PUBLIC_ADDRESS) + r"(/invitation/\S+/)", body)[1]


def token_in(path: str) -> str:
    """The token of a link."""
    return path.strip("/").split("/")[-1]


def code_of(account_id) -> str:
    """What the application shows that is being linked."""
    device = Authenticator.objects.using("signin").get(user_id=account_id)
    return f"{TOTP(device.bin_key).token():06d}"


def stored(invitation):
    """The row as it is, whoever may see it."""
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT state, confirmed_by, token_hash, address FROM agencies_invitation"
            " WHERE id = %s",
            [invitation.pk],
        ).fetchone()


def as_second(person, act, invitation):
    """What somebody else decides about it, with a fresh factor."""
    with acting_as(person.viewer()) as viewer:
        return act(viewer, invitation.pk)


def as_page(person):
    """What an injection in this person's page could do, with a factor just shown."""
    connection = as_role("runtime")
    connection.execute("SELECT set_config('app.token', %s, false)", [person.viewer().token])
    connection.commit()
    return connection
