"""What stands out in the record of a cell, as far as cases and shares have to be known for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.desk.rules import Found, rule
from kernel.clock import now
from kernel.viewer import Viewer
from referrals.models import Glass

REVIEWED_WITHIN: Final = timedelta(days=7)
BY_PERSON: Final = """
SELECT actor, day, sum(n)::int, (array_agg(agency ORDER BY case_id, agency))[1],
       CASE count(*) WHEN 1 THEN (array_agg(case_id))[1] END
  FROM referrals.unassigned_reads(%s, %s) GROUP BY actor, day
"""
"""Of which case is told where it is one."""


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


def unassigned(viewer: Viewer, since: date, until: date) -> Iterator[Found]:
    """Readings by a share, without a measure or a request of the reader's agency."""
    with connection.cursor() as cursor:
        cursor.execute(BY_PERSON, [since, until])
        rows = cursor.fetchall()
    for actor, day, n, agency, case_id in rows:
        seen_in = {"personne": actor, "evenement": "case.read", "du": day, "au": day}
        alone = {"dossier": case_id} if case_id else {}
        yield Found(
            actor,
            day,
            n,
            concerned=actor,
            agency=agency,
            case_id=case_id,
            seen_in=seen_in | alone,
        )


def glass_waiting(viewer: Viewer, since: date, until: date) -> Iterator[Found]:
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
            seen_in={"dossier": glass.case_id, "personne": glass.account_id},
            settled_at=reverse("referrals:glass_list"),
        )


def unused(viewer: Viewer, since: date, until: date) -> Iterator[Found]:
    """Agencies that have opened none of what they hold by shares, however long they do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.unused_shares()")
        rows = cursor.fetchall()
    for agency, day, shares in rows:
        yield Found(agency, day, shares, agency=agency, seen_in={"organisme": agency})
