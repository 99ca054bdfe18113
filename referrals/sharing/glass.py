"""Emergency accesses: those that are one's own, and those to look at after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from audit import references
from kernel.clock import now
from kernel.crypto.cases import CaseCipher
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import NotAllowed, NotFound
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.cases import opened
from referrals.casefile.motive import note_list
from referrals.models import Case, Glass, GlassAsk

TABLE, COLUMN = "referrals_glass", "reason"
MOST = 200


@dataclass(frozen=True, slots=True)
class Broken:
    """One emergency access as it is looked at: ``reason`` is None once the case is destroyed.

    ``unreadable`` is a reason that no page has written: somebody went around them.
    """

    glass: Glass
    reference: str
    reason: str | None
    open: bool
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """The accesses of one week, from a Monday, the newest first."""

    monday: date
    broken: list[Broken]


def visible_glass(viewer: Viewer, glass_id: UUID) -> Glass:
    """An emergency access that is one's own or that one answers for. Raises NotFound."""
    found = Glass.objects.filter(pk=glass_id, cell_id=viewer.cell_id).first()
    if found is None or not _may_see(viewer, found):
        raise NotFound
    return found


def _may_see(viewer: Viewer, glass: Glass) -> bool:
    """The rule of its row security, in Python."""
    steers = bool(set(glass.told) & set(viewer.units))
    return glass.seat_id == viewer.seat_id or steers or viewer.has(*policies.WATCHES)


def own_open(viewer: Viewer) -> list[Broken]:
    """The accesses that this seat has opened and that still run."""
    if not policies.can_break_glass(viewer):
        return []
    mine = Glass.objects.filter(
        cell_id=viewer.cell_id, seat_id=viewer.seat_id, ends_at__gt=now()
    ).order_by("-opened_at")
    cases = [glass.case_id for glass in mine]
    names = dict(Case.objects.filter(pk__in=cases).values_list("pk", "reference"))
    return [Broken(glass, names.get(glass.case_id) or "", None, True) for glass in mine]


def read_own(viewer: Viewer) -> list[Broken]:
    """The same for somebody who asks for that alone. Recorded."""
    found = own_open(viewer)
    note_list(viewer, "glass", len(found))
    return found


def running_on(viewer: Viewer, case: Case) -> list[Glass]:
    """The emergency accesses to a case that run now: one's own, and those that one answers for."""
    found = Glass.objects.filter(cell_id=viewer.cell_id, case=case, ends_at__gt=now())
    return [glass for glass in found.order_by("ends_at", "id") if _may_see(viewer, glass)]


def answers_for(viewer: Viewer) -> bool:
    """Whether this viewer reads the reasons after: those who watch, and those who steer cases."""
    return viewer.has(*policies.WATCHES, *policies.CELL_CORE)


def waiting_review(viewer: Viewer) -> int:
    """How many accesses wait for a conclusion of this viewer: never one's own."""
    if not viewer.has(*policies.WATCHES):
        return 0
    waiting = Glass.objects.filter(cell_id=viewer.cell_id, conclusion="")
    return waiting.exclude(account_id=viewer.account_id).count()


def by_week(viewer: Viewer) -> list[Week]:
    """Every emergency access that this viewer answers for, by week. Recorded.

    Raises NotAllowed for all but those who watch and those who steer; these read of the cases that
    were theirs. The reason is all that they read: of the case nothing is opened by it.
    """
    if not answers_for(viewer):
        raise NotAllowed
    rows = Glass.objects.filter(cell_id=viewer.cell_id)
    if not viewer.has(*policies.WATCHES):
        rows = rows.filter(told__overlap=[*viewer.units])
    found = list(rows.order_by("-opened_at", "-id")[:MOST])
    cases = {glass.case_id for glass in found}
    names = (
        dict(references.references_of(viewer, cases))
        if viewer.has(*policies.WATCHES)
        else dict(Case.objects.filter(pk__in=cases).values_list("pk", "reference"))
    )
    moment = now()
    weeks: dict[date, Week] = {}
    for glass in found:
        reason, unreadable = _reason(glass)
        name, runs = names.get(glass.case_id) or "", glass.ends_at > moment
        line = Broken(glass, name, reason, runs, unreadable)
        monday = monday_of(glass.opened_at)
        weeks.setdefault(monday, Week(monday, [])).broken.append(line)
    note_list(viewer, "glass", len(found))
    return list(weeks.values())


def asked_in_vain(viewer: Viewer) -> list[GlassAsk]:
    """What was asked in the last month and has opened nothing, the newest first; for who watches.

    Somebody who tries references or parts is seen here.
    """
    if not viewer.has(*policies.WATCHES):
        return []
    opened = Glass.objects.filter(cell_id=viewer.cell_id, pk=OuterRef("pk"))
    asked = GlassAsk.objects.filter(cell_id=viewer.cell_id).exclude(Exists(opened))
    return list(asked.order_by("-asked_at", "-id")[:MOST])


def monday_of(moment: datetime) -> date:
    """The Monday of the week in which something happened, where people live."""
    day = timezone.localdate(moment)
    return day - timedelta(days=day.weekday())


def reason_cipher(glass_id: UUID) -> CaseCipher:
    """The key of a reason, for who said it and who answers for it. Raises NotFound once destroyed.

    Whoever seals with it holds the case, so that the key is not replaced meanwhile.
    """
    case_id = _key_of(glass_id)[0]
    try:
        return CaseCipher.read(case_id, lambda: _key_of(glass_id)[1:])
    except CannotDecrypt as error:
        raise NotFound from error


def _key_of(glass_id: UUID) -> tuple[UUID, UUID, bytes, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.reason_key(%s)", [glass_id])
        row: tuple[UUID, UUID, bytes, int] | None = cursor.fetchone()
    if row is None:
        raise NotFound
    return row


def _reason(glass: Glass) -> tuple[str | None, bool]:
    """The reason, and whether there is one that nobody can read: no page has written it."""
    try:
        cipher = reason_cipher(glass.pk)
    except NotFound:
        return None, False
    try:
        return opened(cipher, glass, TABLE, COLUMN), False
    except CannotDecrypt:
        return None, True
