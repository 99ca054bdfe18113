"""What stands out in the record of a cell, as far as cases and shares have to be known for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.desk.rules import Asked, Found, rule
from kernel.clock import now
from kernel.viewer import Viewer

REVIEWED_WITHIN: Final = timedelta(days=7)
BY_PERSON: Final = """
SELECT actor AS about, day, sum(n)::int AS n, (array_agg(agency ORDER BY case_id, agency))[1],
       CASE count(*) WHEN 1 THEN (array_agg(case_id))[1] END
  FROM referrals.unassigned_reads(%s, %s) GROUP BY actor, day
"""
"""Of which case is told where it is one."""
WAITING: Final = """
SELECT g.id AS about, (g.opened_at AT TIME ZONE 'Europe/Paris')::date AS day, 1 AS n,
       g.account_id, g.case_id
  FROM referrals_glass g WHERE g.cell_id = %s AND g.conclusion = '' AND g.opened_at < %s
"""
UNUSED: Final = """
SELECT s.agency AS about, s.since AS day, s.shares AS n FROM referrals.unused_shares() s
"""


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
        unassigned_of,
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
        glass_of,
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
        unused_by,
    )


def unassigned(viewer: Viewer, since: date, until: date) -> Asked:
    """Readings by a share, without a measure or a request of the reader's agency."""
    return BY_PERSON, [since, until]


def unassigned_of(actor: UUID, day: date, n: int, agency: UUID, case_id: UUID | None) -> Found:
    """Of one person in a day, and of one case where it is one."""
    alone = {"dossier": case_id} if case_id else {}
    return Found(
        actor,
        day,
        n,
        concerned=actor,
        agency=agency,
        case_id=case_id,
        seen_in={"personne": actor, "evenement": "case.read", "du": day, "au": day, **alone},
    )


def glass_waiting(viewer: Viewer, since: date, until: date) -> Asked:
    """Emergency accesses that nobody has concluded within a week, however old they are."""
    return WAITING, [viewer.cell_id, now() - REVIEWED_WITHIN]


def glass_of(glass: UUID, day: date, n: int, account: UUID, case_id: UUID) -> Found:
    """One access, which is concluded on a page of its own."""
    return Found(
        glass,
        day,
        n,
        concerned=account,
        case_id=case_id,
        seen_in={"dossier": case_id, "personne": account},
        settled_at=reverse("referrals:glass_list"),
    )


def unused(viewer: Viewer, since: date, until: date) -> Asked:
    """Agencies that have opened none of what they hold by shares, however long they do."""
    return UNUSED, []


def unused_by(agency: UUID, day: date, shares: int) -> Found:
    """Whatever of the agency is in the journal: nothing that it has read."""
    return Found(agency, day, shares, agency=agency, seen_in={"organisme": agency})
