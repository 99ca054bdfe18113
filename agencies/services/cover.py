"""Standing in for somebody: a deputy of the same agency, from one day to another."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies import events, giving, leavers, second_person
from agencies.models import Absence, AbsenceState, Membership, PlaceKind
from agencies.roles import AT_PROSECUTORS, CONFIRMED, Role
from agencies.services.ask_second import ask_second
from audit import EventKind, record
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

LONGEST_DAYS = 366
CANNOT_ANY_MORE = _(
    "Cette personne ne peut plus assurer ce remplacement. Refusez-le et prévoyez-en un autre."
)
TOO_LATE = _(
    "Ce remplacement n'a pas été confirmé à temps : il est abandonné. Prévoyez-en un nouveau s'il "
    "le faut."
)
PROPOSER_CANNOT_ANY_MORE = _(
    "La personne qui a prévu ce remplacement ne pourrait plus le prévoir aujourd'hui. Refusez-le "
    "et prévoyez-en un autre."
)


def coverable(viewer: Viewer, place_id: UUID) -> Membership:
    """The place of somebody who will be away, for who may say so. Raises NotFound, NotAllowed."""
    who = leavers.leaver(viewer, place_id)
    if who.place.kind != PlaceKind.PERSON or who.place.valid_until <= now():
        raise NotFound
    return who.place


def possible_deputies(viewer: Viewer, away: Membership) -> QuerySet[Membership]:
    """Colleagues of the same agency, in places of their own; magistrates for magistrates."""
    found = (
        leavers.live_places(viewer)
        .filter(accession_id=away.accession_id, kind=PlaceKind.PERSON)
        .exclude(account_id=away.account_id)
        .order_by("display_name", "id")
    )
    if set(away.roles) & AT_PROSECUTORS:
        found = found.filter(roles__overlap=sorted(AT_PROSECUTORS))
    return found


def gained(away: Membership, deputy: Membership, starts_at: datetime) -> frozenset[str]:
    """What the deputy does not do already in that agency when the cover begins."""
    if deputy.valid_from > max(starts_at, now()):
        return frozenset(away.roles)
    return frozenset(away.roles) - set(deputy.roles)


def wants_second_person(
    viewer: Viewer, away: Membership, deputy: Membership, starts_at: datetime
) -> bool:
    """Whether somebody else confirms: for what the viewer gives nobody alone, and to oneself."""
    new, agency = gained(away, deputy, starts_at), away.agency
    return giving.wants_second_person(viewer, agency.pk, agency.kind, new, secrecy=False) or (
        bool(new) and deputy.account_id == viewer.account_id
    )


def name_deputy(
    viewer: Viewer, place_id: UUID, *, deputy_id: UUID, starts_at: datetime, ends_at: datetime
) -> Absence:
    """Have a colleague take these roles between two moments, in a seat of its own.

    A role that the deputy does not hold waits for a second person when the viewer could not give it
    alone in that agency, or when the deputy is who asks. Raises Invalid for somebody who cannot
    stand in, or for dates that do not fit.
    """
    away = coverable(viewer, place_id)
    require_fresh(viewer)
    deputy = possible_deputies(viewer, away).filter(pk=deputy_id).first()
    if deputy is None:
        raise Invalid(fields={"deputy": [_("Choisissez une personne de la liste.")]})
    _check_dates(viewer, away, deputy, starts_at, ends_at)
    number = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT agencies.name_deputy(%s, %s, %s, %s, %s)",
            [number, away.pk, deputy.pk, starts_at, ends_at],
        )
        confirmed = cursor.fetchone()[0] == AbsenceState.CONFIRMED
    if confirmed and wants_second_person(viewer, away, deputy, starts_at):
        raise NotAllowed
    record(
        events.DEPUTY_NAMED,
        viewer=viewer,
        subject_id=number,
        account=away.account_id,
        deputy=deputy.account_id,
        starts_on=timezone.localdate(starts_at),
        ends_on=timezone.localdate(ends_at),
        before=None,
        after=str(AbsenceState.CONFIRMED if confirmed else AbsenceState.PROPOSED),
    )
    _tell(viewer, "deputy.named", {away.account_id, deputy.account_id})
    if not confirmed:
        asked = who_confirms(viewer, away, deputy, starts_at)
        ask_second(viewer, "deputy.asked", asked, subject_id=None)
    return Absence.objects.get(pk=number)


def confirm_deputy(viewer: Viewer, absence_id: UUID) -> Absence:
    """Say, as a second person, that the deputy may have these roles."""
    absence = _absence(viewer, absence_id)
    if not may_confirm(viewer, absence):
        raise NotAllowed
    require_fresh(viewer)
    if absence.lapsed:
        raise WrongState(TOO_LATE)
    if absence.state != AbsenceState.PROPOSED:
        raise WrongState(_("Ce remplacement n'attend plus de confirmation."))
    if not _still_names(viewer, absence):
        raise WrongState(PROPOSER_CANNOT_ANY_MORE)
    if not possible_deputies(viewer, absence.membership).filter(pk=absence.deputy_id).exists():
        raise WrongState(CANNOT_ANY_MORE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.confirm_deputy(%s)", [absence_id])
    _record(viewer, events.DEPUTY_CONFIRMED, absence, AbsenceState.CONFIRMED)
    _tell(viewer, "deputy.named", {absence.membership.account_id, absence.deputy.account_id})
    return absence


def end_cover(viewer: Viewer, absence_id: UUID) -> None:
    """Stop a cover now, or turn down one that waits. The deputy's sessions in it end at once."""
    absence = _absence(viewer, absence_id)
    if not may_stop(viewer, absence):
        raise NotAllowed
    if absence.state == AbsenceState.ENDED or absence.valid_until <= now() or absence.lapsed:
        raise WrongState(_("Ce remplacement est déjà terminé."))
    # Written before the end: a deputy who stops from the deputy's seat has no session afterwards.
    _record(viewer, events.DEPUTY_ENDED, absence, AbsenceState.ENDED)
    _tell(viewer, "deputy.ended", {absence.membership.account_id, absence.deputy.account_id})
    with connection.cursor() as cursor:
        cursor.execute("SELECT agencies.end_cover(%s)", [absence_id])


def absences_for(viewer: Viewer) -> list[Absence]:
    """Covers to come or running that this person takes part in, may stop or has to confirm."""
    found = (
        Absence.objects.filter(cell_id=viewer.cell_id, valid_until__gt=now())
        .exclude(state=AbsenceState.ENDED)
        .select_related("membership", "deputy", "membership__agency")
        .order_by("valid_from", "id")
    )
    open_ones = [one for one in found if not one.lapsed]
    return [one for one in open_ones if may_stop(viewer, one) or may_confirm(viewer, one)]


def covers_to_confirm(viewer: Viewer) -> list[Absence]:
    """Those that this person can be the second one for, the first to begin first."""
    return [one for one in absences_for(viewer) if may_confirm(viewer, one)]


def may_stop(viewer: Viewer, absence: Absence) -> bool:
    """Both people, those who lead their agency, and whoever would have had to confirm."""
    return (
        viewer.account_id in (absence.membership.account_id, absence.deputy.account_id)
        or viewer.has(Role.CELL_ADMIN)
        or (viewer.has(Role.AGENCY_LEAD) and viewer.agency_id == absence.agency_id)
        or (_at_court(absence.membership) and viewer.has(Role.PROSECUTOR))
        or _answers(viewer, absence, besides=[])
    )


def may_confirm(viewer: Viewer, absence: Absence) -> bool:
    """Who answers for these roles in this agency: neither of the two, nor who proposed it."""
    proposer = _proposer(absence)
    return proposer is not None and _answers(viewer, absence, besides=[proposer])


def who_confirms(
    viewer: Viewer, away: Membership, deputy: Membership, starts_at: datetime
) -> set[UUID]:
    """Who is asked to confirm."""
    besides = [away.account_id, deputy.account_id, viewer.account_id]
    if not _at_court(away):
        new = gained(away, deputy, starts_at)
        return second_person.possible_confirmers(viewer, away.agency, new, besides)
    places = second_person.valid_places(viewer.cell_id, now()).exclude(account_id__in=besides)
    places = places.filter(roles__contains=[Role.PROSECUTOR])
    own = places.filter(agency_id=away.agency_id)
    return set((own if own.exists() else places).values_list("account_id", flat=True))


def _answers(viewer: Viewer, absence: Absence, *, besides: list[UUID]) -> bool:
    """Whether this viewer answers for what waits; a magistrate's roles are a magistrate's."""
    away, agency_id = absence.membership, absence.agency_id
    concerned = [away.account_id, absence.deputy.account_id, *besides]
    if absence.state != AbsenceState.PROPOSED or viewer.account_id in concerned:
        return False
    own = second_person.own_confirmers(viewer, agency_id, concerned)
    if _at_court(away):
        here = viewer.agency_id == agency_id
        return viewer.has(Role.PROSECUTOR) and (here or Role.PROSECUTOR not in own)
    new = gained(away, absence.deputy, absence.valid_from)
    return giving.can_confirm(viewer, agency_id, away.agency.kind, new, by_own=own)


def _still_names(viewer: Viewer, absence: Absence) -> bool:
    """Whether who proposed this could name a deputy today, in whatever seat."""
    away, proposer = absence.membership, _proposer(absence)
    if proposer is None:
        return False
    places = second_person.valid_places(viewer.cell_id, now()).filter(account_id=proposer)
    return any(
        proposer == away.account_id
        or Role.CELL_ADMIN in held
        or (
            Role.AGENCY_LEAD in held
            and agency_id == absence.agency_id
            and not CONFIRMED & set(away.roles)
        )
        for agency_id, held in places.values_list("agency_id", "roles")
    )


def _at_court(away: Membership) -> bool:
    return bool(set(away.roles) & AT_PROSECUTORS)


def _check_dates(
    viewer: Viewer, away: Membership, deputy: Membership, starts: datetime, ends: datetime
) -> None:
    if ends <= max(starts, now()):
        raise Invalid(fields={"ends_on": [_("Le dernier jour vient après le premier.")]})
    if (ends - starts).days > LONGEST_DAYS or (starts - now()).days > LONGEST_DAYS:
        raise Invalid(fields={"ends_on": [_("Un remplacement dure un an au plus.")]})
    busy = Absence.objects.filter(
        Q(membership_id__in=[away.pk, deputy.pk]),
        cell_id=viewer.cell_id,
        valid_from__lt=ends,
        valid_until__gt=starts,
    ).exclude(state=AbsenceState.ENDED)
    for other in (one for one in busy if not one.lapsed):
        if other.membership_id == away.pk:
            raise Invalid(fields={"starts_on": [_("Un remplacement est déjà prévu à ces dates.")]})
        raise Invalid(fields={"deputy": [_("Cette personne est elle-même absente à ces dates.")]})


def _proposer(absence: Absence) -> UUID | None:
    found = Membership.objects.filter(pk=absence.proposed_by, cell_id=absence.cell_id)
    return found.values_list("account_id", flat=True).first()


def _absence(viewer: Viewer, absence_id: UUID) -> Absence:
    found = (
        Absence.objects.select_related("membership", "deputy", "membership__agency")
        .filter(pk=absence_id, cell_id=viewer.cell_id)
        .first()
    )
    if found is None or not (may_stop(viewer, found) or may_confirm(viewer, found)):
        raise NotFound
    return found


def _record(viewer: Viewer, kind: EventKind, absence: Absence, after: AbsenceState) -> None:
    record(
        kind,
        viewer=viewer,
        subject_id=absence.pk,
        account=absence.membership.account_id,
        deputy=absence.deputy.account_id,
        before=str(absence.state),
        after=str(after),
    )


def _tell(viewer: Viewer, kind: str, accounts: set[UUID]) -> None:
    enqueue(viewer, event_id=uuid7(), kind=kind, recipients=accounts, subject_id=None)
