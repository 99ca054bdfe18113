"""Two people agree to somebody's new factors; the person, or they, can call it off at any time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies import events, policies
from agencies.models import Membership, Replacement
from audit import record
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

CLOSED = gettext_lazy("Cette demande est close.")
LEFT = gettext_lazy("Cette personne n'a plus de rôle dans la cellule. Annulez la demande.")


def open_requests(viewer: Viewer) -> list[Replacement]:
    """The open requests that the viewer may agree to or call off, oldest first."""
    if not policies.can_see_replacements(viewer):
        raise NotAllowed
    requests = _open(viewer).exclude(account_id=viewer.account_id)
    return [request for request in requests if policies.agrees_as(viewer, request)]


def my_request(viewer: Viewer) -> Replacement | None:
    """What is under way about the viewer's own factors in this cell."""
    return _open(viewer).filter(account_id=viewer.account_id).first()


def names_of(viewer: Viewer, accounts: Iterable[UUID]) -> dict[UUID, str]:
    """Who these people are in the viewer's cell."""
    places = Membership.objects.filter(cell_id=viewer.cell_id, account_id__in=set(accounts))
    return dict(places.values_list("account_id", "display_name"))


def agree(viewer: Viewer, request_id: UUID) -> datetime | None:
    """Agree as the first or the second of two; after the second, since when a link may be made.

    The waiting time starts with the second, by the database's clock. Raises NotAllowed for the
    person, for whoever has agreed already, and for a second agency lead.
    """
    request = _found(viewer, request_id)
    if policies.agrees_as(viewer, request) is None:
        raise NotAllowed
    require_fresh(viewer)
    _still_open(request)
    _still_there(request)
    if request.second_by is not None:
        raise WrongState(_("Deux personnes ont déjà approuvé cette demande."))
    if not policies.can_agree(viewer, request):
        raise NotAllowed(
            _("Il faut une seconde personne, et l'une des deux doit administrer la cellule.")
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.approve_replacement(%s)", [request.pk])
        opens_at: datetime | None = cursor.fetchone()[0]
    step = "second" if opens_at else "first"
    record(
        events.REPLACEMENT_AGREED,
        viewer=viewer,
        subject_id=request.pk,
        account=request.account_id,
        step=step,
    )
    _tell(viewer, request, "factor.replacement_waits" if opens_at else "factor.replacement_agreed")
    return opens_at


def hand_out_link(viewer: Viewer, request_id: UUID) -> str:
    """A token for the person, to be handed over by somebody who knows them. Shown this once.

    Only its hash is kept. It serves once and for a short time; a newer one takes its place.
    """
    request = _found(viewer, request_id)
    if not policies.can_hand_out_link(viewer, request):
        raise NotAllowed(_("Le lien est remis par une personne qui administre la cellule."))
    require_fresh(viewer)
    _still_open(request)
    _still_there(request)
    if request.opens_at is None:
        raise WrongState(_("Il manque un accord à cette demande."))
    if now() < request.opens_at:
        raise WrongState(_("Le délai d'attente n'est pas écoulé."))
    token = secrets.token_urlsafe(32)
    lasts = int(settings.FACTOR_LINK_LASTS.total_seconds())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT agencies.link_replacement(%s, %s, %s)", [request.pk, digest_of(token), lasts]
        )
    record(
        events.REPLACEMENT_LINKED,
        viewer=viewer,
        subject_id=request.pk,
        account=request.account_id,
    )
    _tell(viewer, request, "factor.replacement_linked")
    return token


def cancel(viewer: Viewer, request_id: UUID) -> None:
    """Call a request off: the person with one click, or whoever may agree to it."""
    request = _found(viewer, request_id)
    _still_open(request)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.cancel_replacement(%s)", [request.pk])
        if not cursor.fetchone()[0]:
            raise WrongState(CLOSED)
    record(
        events.REPLACEMENT_CANCELLED,
        viewer=viewer,
        subject_id=request.pk,
        account=request.account_id,
    )
    agreed = {request.first_by, request.second_by} - {None, viewer.account_id}
    people = {request.account_id, *(person for person in agreed if person)}
    _tell(viewer, request, "factor.replacement_cancelled", people)


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _open(viewer: Viewer) -> QuerySet[Replacement]:
    return Replacement.objects.filter(
        cell_id=viewer.cell_id, used_at=None, cancelled_at=None, expires_at__gt=now()
    ).order_by("asked_at", "pk")


def _found(viewer: Viewer, request_id: UUID) -> Replacement:
    """The request, if the viewer may know of it."""
    request = Replacement.objects.filter(cell_id=viewer.cell_id, pk=request_id).first()
    if request is None or (
        request.account_id != viewer.account_id and policies.agrees_as(viewer, request) is None
    ):
        raise NotFound
    return request


def _still_open(request: Replacement) -> None:
    if request.used_at or request.cancelled_at or request.expires_at <= now():
        raise WrongState(CLOSED)


def _still_there(request: Replacement) -> None:
    moment = now()
    places = Membership.objects.filter(
        cell_id=request.cell_id,
        account_id=request.account_id,
        valid_from__lte=moment,
        valid_until__gt=moment,
    )
    if not places.exists():
        raise WrongState(LEFT)


def _tell(
    viewer: Viewer, request: Replacement, kind: str, people: Iterable[UUID] | None = None
) -> None:
    enqueue(
        viewer,
        event_id=uuid7(),
        kind=kind,
        recipients=people or [request.account_id],
        subject_id=request.pk,
    )
