"""Somebody who has lost every factor says so, from the sign-in page."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from agencies import events
from agencies.models import Account
from agencies.services import throttle
from agencies.services.confirm_factor import seats_of
from agencies.services.create_account import as_address
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from agencies.services.sign_in import Wait
from agencies.services.telling import tell, tell_those_who_agree
from kernel.ids import uuid7


class _Nothing(Exception):
    """There is nothing to ask for: what was written for the sake of the time it takes goes."""


def ask_replacement(origin: Origin, *, email: str) -> None:
    """Ask, in each cell where this person has a place, for new factors.

    Whoever asks gets the same answer after the same work: for an address without an account, or
    with a request that is open already, the same rows are written and taken back. Raises Wait when
    this has been tried too often.
    """
    address = as_address(email)[:254]
    turn = throttle.take("lost", address, origin)
    account = Account.objects.using(SIGNIN).filter(email=address, is_active=True).first()
    if turn.wait_until is not None:
        if turn.first_refusal:
            record_step(events.REPLACEMENT_ASKED, origin, account, refused="too_many")
        raise Wait(turn.wait_until)
    person = account.pk if account else uuid7()
    places = {seat.cell_id: seat.agency_id for seat in seats_of(person)}
    with transaction.atomic(using=SIGNIN):
        try:
            with transaction.atomic(using=SIGNIN):
                asked = [_ask(person, *place) for place in (places or {0: uuid7()}).items()]
                tell("factor.replacement_asked", person)
                if not places or not any(asked):
                    raise _Nothing
        except _Nothing:
            refused = "already_asked" if places else "nobody"
            record_step(events.REPLACEMENT_ASKED, origin, account, refused=refused)
        else:
            record_step(events.REPLACEMENT_ASKED, origin, account)


def _ask(person: UUID, cell_id: int, agency_id: UUID) -> bool:
    """Whether a request was made; one that is open already stays as it is."""
    number = uuid7()
    wait = int(settings.FACTOR_REPLACEMENT_WAIT.total_seconds())
    kept = int(settings.FACTOR_REPLACEMENT_KEPT.total_seconds())
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(
            "SELECT agencies.ask_replacement(%s, %s, %s, %s, %s, %s)",
            [number, person, cell_id, agency_id, wait, kept],
        )
        made = bool(cursor.fetchone()[0])
    tell_those_who_agree("factor.replacement_to_agree", cell_id, subject_id=number, besides=person)
    return made
