"""From one of one's places to another, without signing in again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.oidc.through import through_of
from agencies.roles import WANTING_FRESH_FACTOR
from agencies.rules import idle_time
from agencies.services.confirm_factor import SeatChoice, seats_of
from agencies.services.origin import SIGNIN
from audit import record_signin
from kernel.clock import now
from kernel.errors import NotFound, SignInRequired
from kernel.http.kept import reseal
from kernel.http.sessions import token_hash
from kernel.models import ScopeSession
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

NOT_YOURS = _("Ce rôle n'est pas le vôtre ou n'est plus valable.")


def switch_seat(viewer: Viewer, seat_id: UUID, rotate: Callable[[], str]) -> SeatChoice:
    """Leave this seat and take another of the same person, under a new token.

    The session keeps its factor, its longest life and what waits in it. The token of the seat that
    is left opens nothing any more, and every socket of it ends. Each cell's record says what
    happened there and nothing of the other one.
    ``rotate`` gives the browser session a new key and returns the token made of it.

    Raises NotFound for a seat that is not this person's now, StepUpRequired when what it may do
    wants a factor shown a moment ago.
    """
    through = through_of(viewer.token)
    places = seats_of(viewer.account_id, through)
    seat = next((place for place in places if place.id == seat_id), None)
    if seat is None:
        raise NotFound(NOT_YOURS)
    if seat.id == viewer.seat_id:
        return seat
    if WANTING_FRESH_FACTOR & set(seat.roles):
        require_fresh(viewer)
    token = rotate()
    with transaction.atomic(using=SIGNIN):
        mine = ScopeSession.objects.using(SIGNIN).filter(pk=token_hash(viewer.token))
        session = mine.select_for_update().first()
        if session is None or now() >= min(session.idle_until, session.expires_at):
            raise SignInRequired
        idle = idle_time(seat.cell_id, using=SIGNIN)
        mine.update(
            token_hash=token_hash(token),
            renewed_from=None,
            seat_id=seat.id,
            idle_seconds=int(idle.total_seconds()),
            idle_until=now() + idle,
        )
        reseal(viewer.token, token)
        _record(viewer, seat)
    return seat


def _record(viewer: Viewer, seat: SeatChoice) -> None:
    record_signin(
        events.SEAT_LEFT,
        account_id=viewer.account_id,
        seat_id=viewer.seat_id,
        agency_id=viewer.agency_id,
        cell_id=viewer.cell_id,
        request_id=viewer.request_id,
    )
    record_signin(
        events.SEAT_TAKEN,
        account_id=viewer.account_id,
        seat_id=seat.id,
        agency_id=seat.agency_id,
        cell_id=seat.cell_id,
        request_id=viewer.request_id,
        roles=list(seat.roles),
    )
