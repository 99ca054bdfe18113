"""Tokens of an agency's own system: made once, shown once, ended at once."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies import events, leavers, selectors
from agencies.models import Accession, AgencyKind, Token
from agencies.roles import Role
from agencies.services.origin import SIGNIN
from audit import record
from kernel.clock import now
from kernel.errors import Invalid, NotFound, WrongState
from kernel.http import bearer
from kernel.http.sessions import token_hash
from kernel.ids import uuid7
from kernel.models import ScopeSession
from kernel.outbox import enqueue
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

LONGEST_DAYS: Final = 365
MOST_NETWORKS: Final = 20
WITHOUT_TOKENS: Final = frozenset({AgencyKind.PROSECUTOR, AgencyKind.SCHOOL})
"""Kinds of agency whose systems call nothing: what they hold is for people."""

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When the second factor of a token was shown: it never was."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new token. ``secret`` exists here and nowhere else."""

    id: UUID
    secret: str


def may_keep_tokens(viewer: Viewer) -> bool:
    """Those who lead an agency, and the cell's administration, which lists and revokes."""
    return viewer.has(Role.CELL_ADMIN, Role.AGENCY_LEAD)


def agencies_with_tokens(viewer: Viewer) -> QuerySet[Accession]:
    """The agency for whose systems this viewer may make tokens: the one that they lead.

    None for a prosecutor's office or a school, and none for the administration of the cell.
    """
    found = selectors.accessions_of(viewer)
    if not viewer.has(Role.AGENCY_LEAD):
        return found.none()
    return found.filter(agency_id=viewer.agency_id).exclude(agency__kind__in=WITHOUT_TOKENS)


def tokens_of(viewer: Viewer) -> QuerySet[Token]:
    """The tokens that this viewer keeps, those that still open something first."""
    found = Token.objects.filter(cell_id=viewer.cell_id).defer("secret_digest")
    if not viewer.has(Role.CELL_ADMIN):
        found = found.filter(agency_id=viewer.agency_id)
    if not may_keep_tokens(viewer):
        found = found.none()
    return (
        found.defer("secret_digest", "window_started_at", "window_calls")
        .select_related("seat", "seat__agency", "seat__accession")
        .order_by("revoked_at", "-created_at")
    )


def make_token(
    viewer: Viewer,
    *,
    accession_id: UUID,
    called: str,
    may: Iterable[str],
    days: int,
    networks: Sequence[str] = (),
) -> Made:
    """Give a system of an agency a secret of its own for these operations.

    The session that the secret opens is minted by the sign-in role; until the seat is there, and
    should it never come to be, that session opens nothing. Raises Invalid for a scope, a length or
    a network that cannot be, NotFound for another agency, StepUpRequired without a fresh factor.
    """
    signed = agencies_with_tokens(viewer).filter(pk=accession_id).first()
    if signed is None:
        raise NotFound
    require_fresh(viewer)
    codes = sorted(set(may))
    if not codes or not set(codes) <= {scope.code for scope in bearer.scopes()}:
        raise Invalid(fields={"may": [_("Choisissez au moins une opération de la liste.")]})
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(fields={"days": [_("Un jeton vaut un an au plus.")]})
    places = _networks(networks)
    number = uuid7()
    shown = f"rpt_{number.hex[-12:]}"
    secret = f"{shown}_{secrets.token_hex(32)}"
    mine = (
        leavers.live_places(viewer).filter(pk=viewer.seat_id).values_list("valid_until", flat=True)
    )
    ends_at = min(now() + timedelta(days=days), signed.valid_until, mine.get())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT agencies.make_token(%s, %s, %s, %s, %s, %s, %s, %s)",
            [number, signed.pk, called, shown, token_hash(secret), codes, places, ends_at],
        )
        seat_id = cursor.fetchone()[0]
    record(
        events.KEY_MADE,
        viewer=viewer,
        subject_id=number,
        agency=signed.agency_id,
        scope=codes,
        ends_on=timezone.localdate(ends_at),
        networks=len(places),
    )
    _tell(viewer, signed.agency_id)
    account_id = leavers.account_of(viewer, seat_id)
    _mint(secret, seat_id, account_id, ends_at)
    return Made(number, secret)


def revoke_token(viewer: Viewer, token_id: UUID) -> Token:
    """End a token now. Raises NotFound, or WrongState when it has ended."""
    token = tokens_of(viewer).filter(pk=token_id).first()
    if token is None:
        raise NotFound
    if token.revoked_at is not None or token.seat.valid_until <= now():
        raise WrongState(_("Ce jeton ne sert déjà plus."))
    record(events.KEY_REVOKED, viewer=viewer, subject_id=token.pk, agency=token.agency_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.revoke_token(%s)", [token_id])
    return token


def _mint(secret: str, seat_id: UUID, account_id: UUID, ends_at: datetime) -> None:
    moment = now()
    seconds = int((ends_at - moment).total_seconds()) + 1
    with transaction.atomic(using=SIGNIN):
        ScopeSession.objects.using(SIGNIN).create(
            token_hash=token_hash(secret),
            seat_id=seat_id,
            account_id=account_id,
            channel=bearer.CHANNEL,
            factor=bearer.CHANNEL,
            factor_at=NEVER,
            created_at=moment,
            idle_seconds=seconds,
            idle_until=ends_at,
            expires_at=ends_at,
        )


def _networks(typed: Sequence[str]) -> list[str]:
    found: list[str] = []
    for text in typed:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            sentence = _("« %(text)s » n'est ni une adresse ni un réseau.") % {"text": text[:60]}
            raise Invalid(fields={"networks": [sentence]}) from None
    if len(found) > MOST_NETWORKS:
        raise Invalid(fields={"networks": [_("Vingt réseaux au plus.")]})
    return found


def _tell(viewer: Viewer, agency_id: UUID) -> None:
    """Those who lead the agency and those who administer the cell hear of it."""
    places = leavers.live_places(viewer)
    leads = places.filter(agency_id=agency_id, roles__contains=[Role.AGENCY_LEAD])
    admins = places.filter(roles__contains=[Role.CELL_ADMIN])
    told = set(leads.values_list("account_id", flat=True))
    told |= set(admins.values_list("account_id", flat=True))
    enqueue(viewer, event_id=uuid7(), kind="key.made", recipients=told, subject_id=None)
