"""Propose that an agency sees part of a case."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import Invalid
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals import events, partners, policies
from referrals.casefile.cases import locked_case, tell_live, too_late_or_not_theirs
from referrals.compartments import Compartment, scope_of
from referrals.models import Case, Share
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose, ShareState
from referrals.states import COORDINATION

DEFAULT_DAYS = 30
LONGEST_DAYS = 365


def propose(
    viewer: Viewer,
    case_id: UUID,
    *,
    to_accession: UUID,
    compartments: Collection[Compartment],
    purpose: Purpose,
    legal_basis: LegalBasis,
    until: date | None = None,
    level: Level = Level.READ,
    include_future: bool = False,
) -> Share:
    """Offer these compartments, for this purpose, until the end of that day (30 days unless said).

    Nothing opens before the agency accepts. Raises Invalid for what may never be shared: the
    judicial compartment, a presumed author with a victim-support agency, anything with a
    préfecture (rules of sharing: art. 11 CPP; L. 226-2-2 CASF), the steering of the case, what is
    under professional secrecy unless both sides are bound by it.
    """
    case = locked_case(viewer, case_id)
    share = draft_share(
        viewer,
        case,
        to_accession=to_accession,
        compartments=compartments,
        purpose=purpose,
        legal_basis=legal_basis,
        until=until,
        level=level,
        include_future=include_future,
    )
    Share.objects.bulk_create([share])
    record(
        events.SHARE_PROPOSED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=share.pk,
        compartments=[part.code for part in parts.compartments_in(share.scope)],
        purpose=str(purpose),
        to_agency=share.to_agency_id,
        expires_on=timezone.localdate(share.expires_at),
        before=None,
        after=share.state,
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="share.proposed",
        recipients=partners.recipients_for_units(viewer, {share.to_unit}),
        subject_id=share.pk,
    )
    tell_live(viewer, case, {share.to_unit, share.from_unit})
    return share


def draft_share(
    viewer: Viewer,
    case: Case,
    *,
    to_accession: UUID,
    compartments: Collection[Compartment],
    purpose: Purpose,
    legal_basis: LegalBasis,
    until: date | None = None,
    level: Level = Level.READ,
    include_future: bool = False,
) -> Share:
    """The share as it would be proposed, checked in the same way and kept nowhere."""
    if not policies.can_share(viewer, case):
        raise too_late_or_not_theirs(viewer, COORDINATION, case.pk)
    partner = partners.partner(viewer, to_accession)
    if partner is None or not partners.can_receive(viewer, partner):
        raise Invalid(fields={"to_accession": [_("Choisissez un service de la liste.")]})
    if level == Level.STEER:
        raise Invalid(fields={"level": [_("La conduite du dossier ne se partage pas.")]})
    scope = scope_of(compartments)
    _check_scope(viewer, scope, partner, level)
    if closed := parts.compartments_in(scope & case.closed_scope):
        named = ", ".join(str(part.label) for part in closed)
        sentence = _("Le parquet a fermé cette partie à tout nouveau partage : %(part)s.")
        raise Invalid(fields={"compartments": [sentence % {"part": named}]})
    expires_at = end_of(until)
    open_already = Share.objects.filter(
        case_id=case.pk,
        to_unit=partner.unit_id,
        state__in=[ShareState.PROPOSED, ShareState.ACCEPTED],
        expires_at__gt=now(),
        scope=scope,
    )
    if open_already.exists():
        raise Invalid(_("Un partage des mêmes parties avec ce service est déjà en cours."))
    return Share(
        id=uuid7(),
        cell_id=case.cell_id,
        case=case,
        from_unit=partners.coordination_unit(viewer),
        to_unit=partner.unit_id,
        to_secrecy_unit=partner.secrecy_unit_id if scope & parts.SECRET else None,
        to_agency_id=partner.agency_id,
        to_agency_kind=partner.kind,
        to_agency_name=partner.name,
        purpose=purpose,
        legal_basis=legal_basis,
        scope=scope,
        level=level,
        include_future=include_future,
        starts_at=now(),
        expires_at=expires_at,
        proposed_by=viewer.seat_id,
        proposed_at=now(),
    )


def shareable_by(viewer: Viewer) -> int:
    """The compartments that this coordinator can share; secrecy is shared by who is bound by it."""
    return parts.SHAREABLE_BY_COORDINATION | (parts.SECRET if viewer.bound_by_secrecy else 0)


def _check_scope(viewer: Viewer, scope: int, partner: partners.Partner, level: Level) -> None:
    kind = partner.kind
    reasons: list[object] = []
    if scope & parts.SECRET and not viewer.bound_by_secrecy:
        reasons.append(_("Le secret professionnel se partage entre personnes qui y sont tenues."))
    elif scope & parts.SECRET and not partners.somebody_holds(viewer, partner.secrecy_unit_id):
        reasons.append(_("Personne dans ce service n'est tenu au secret professionnel."))
    if scope & parts.NEVER_SHARED:
        reasons.append(_("La partie judiciaire ne se partage pas : le parquet la communique."))
    if kind == "victim_support" and scope & parts.NOT_FOR_VICTIM_SUPPORT:
        reasons.append(_("Une association d'aide aux victimes ne voit pas les auteurs présumés."))
    if kind == "prefecture":
        reasons.append(_("Une préfecture ne reçoit que des chiffres d'ensemble."))
    if scope & ~parts.SHAREABLE_BY_COORDINATION & ~parts.NEVER_SHARED & ~parts.SECRET:
        reasons.append(_("Vous ne pouvez partager que les parties que vous suivez."))
    if not scope and level != Level.STUB:
        reasons.append(_("Choisissez au moins une partie du dossier."))
    if scope and level == Level.STUB:
        reasons.append(_("L'existence du dossier se partage sans aucune de ses parties."))
    if reasons:
        raise Invalid(fields={"compartments": reasons})


def end_of(until: date | None) -> datetime:
    """The last second of a share's last day. Raises Invalid for one more than a year away."""
    today = timezone.localdate()
    last_day = until or today + timedelta(days=DEFAULT_DAYS)
    if not today <= last_day <= today + timedelta(days=LONGEST_DAYS):
        raise Invalid(fields={"until": [_("La date de fin est entre aujourd'hui et dans un an.")]})
    return timezone.make_aware(datetime.combine(last_day, time(23, 59, 59))).astimezone(UTC)
