"""A person's own sessions: what is open, and ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from agencies import events
from agencies.services.devices import device_in_words
from agencies.services.origin import SIGNIN, Origin
from audit import record
from kernel.clock import now
from kernel.errors import NotFound
from kernel.http.sessions import token_hash
from kernel.models import ScopeSession, Seat
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One open session in words: on which device, from where, in which place, since when."""

    number: UUID
    device: str
    network: str
    same_network: bool
    agency_name: str
    opened_at: datetime
    ends_at: datetime
    current: bool


def sessions_of(viewer: Viewer, origin: Origin) -> list[OwnSession]:
    """What is open under this account, the present session first, then the newest."""
    rows = list(_mine(viewer).order_by("-created_at"))
    names = dict(
        Seat.objects.using(SIGNIN)
        .filter(pk__in={row.seat_id for row in rows})
        .values_list("pk", "agency_name")
    )
    here, place = token_hash(viewer.token), origin.digest()
    found = [
        OwnSession(
            number=row.number,
            device=device_in_words(row.user_agent),
            network=row.network,
            same_network=bytes(row.address_hmac or b"") == place,
            agency_name=names.get(row.seat_id, ""),
            opened_at=row.created_at,
            ends_at=min(row.idle_until, row.expires_at),
            current=bytes(row.pk) == here,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.current)


def end_session(viewer: Viewer, number: UUID) -> None:
    """End one of one's own other sessions; its pages and sockets stop within seconds.

    Raises NotFound for a session that is over, is somebody else's or is the present one.
    """
    if not _end(viewer, _others(viewer).filter(number=number)):
        raise NotFound


def end_others(viewer: Viewer) -> int:
    """End every session of this account but the present one; how many there were."""
    return _end(viewer, _others(viewer))


def _mine(viewer: Viewer) -> QuerySet[ScopeSession]:
    moment = now()
    return ScopeSession.objects.using(SIGNIN).filter(
        account_id=viewer.account_id,
        channel="page",
        idle_until__gt=moment,
        expires_at__gt=moment,
    )


def _others(viewer: Viewer) -> QuerySet[ScopeSession]:
    return _mine(viewer).exclude(pk=token_hash(viewer.token))


def _end(viewer: Viewer, sessions: QuerySet[ScopeSession]) -> int:
    with transaction.atomic(using=SIGNIN):
        ended, _by_table = sessions.delete()
        if ended:
            record(events.SESSIONS_ENDED, viewer=viewer, sessions=ended)
    return ended
