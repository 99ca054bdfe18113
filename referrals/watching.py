"""What stands out in the record of a cell, as far as cases and shares have to be known for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.desk.rules import Found, rule
from kernel.clock import now
from kernel.viewer import Viewer
from referrals.models import Glass

REVIEWED_WITHIN: Final = timedelta(days=7)


def declare() -> None:
    """Called once, when the app is ready."""
    rule(
        "unassigned",
        _("Lecture sans mission"),
        _(
            "Une personne lit encore un dossier partagé il y a plus de 14 jours, et son organisme"
            " n'y a ni mesure à conduire ni demande. Le partage est peut-être devenu inutile."
        ),
        _("Lectures"),
        unassigned,
    )
    rule(
        "glass",
        _("Accès d'urgence non relu"),
        _(
            "Un dossier a été ouvert en urgence il y a plus de 7 jours et personne n'a conclu."
            " La conclusion se donne sur la page des accès d'urgence."
        ),
        _("Accès"),
        glass_waiting,
    )
    rule(
        "unused",
        _("Partages jamais utilisés"),
        _(
            "Un organisme a accepté des partages depuis plus de 14 jours et n'a ouvert aucun de ces"
            " dossiers. Des droits qui ne servent pas se retirent."
        ),
        _("Partages"),
        unused,
    )


def unassigned(viewer: Viewer, since: date) -> Iterator[Found]:
    """Readings by a share, without a measure or a request of the reader's agency."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.unassigned_reads(%s)", [since])
        rows = cursor.fetchall()
    by_person: dict[tuple[UUID, date], list[tuple[UUID, UUID, int]]] = {}
    for case_id, agency, actor, day, n in rows:
        by_person.setdefault((actor, day), []).append((case_id, agency, n))
    for (actor, day), read in by_person.items():
        case_id, agency, _n = read[0]
        on = {"du": day.isoformat(), "au": day.isoformat()}
        alone = {"dossier": str(case_id)} if len(read) == 1 else {}
        yield Found(
            actor,
            day,
            sum(n for _case, _agency, n in read),
            concerned=actor,
            agency=agency,
            case_id=case_id if len(read) == 1 else None,
            seen_in={"personne": str(actor), "evenement": "case.read"} | on | alone,
        )


def glass_waiting(viewer: Viewer, since: date) -> Iterator[Found]:
    """Emergency accesses that nobody has concluded within a week, however old they are."""
    waiting = Glass.objects.filter(
        cell_id=viewer.cell_id, conclusion="", opened_at__lt=now() - REVIEWED_WITHIN
    )
    for glass in waiting:
        yield Found(
            glass.pk,
            timezone.localdate(glass.opened_at),
            1,
            concerned=glass.account_id,
            case_id=glass.case_id,
            seen_in={"dossier": str(glass.case_id), "personne": str(glass.account_id)},
            settled_at=reverse("referrals:glass_list"),
        )


def unused(viewer: Viewer, since: date) -> Iterator[Found]:
    """Agencies that have opened none of what they hold by shares, however long they do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.unused_shares()")
        rows = cursor.fetchall()
    for agency, day, shares in rows:
        yield Found(agency, day, shares, agency=agency, seen_in={"organisme": str(agency)})
