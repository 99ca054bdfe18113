"""The case as another agency receives it: the same rows, opened and printed in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import FOREVER, now
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals import events, partners, policies
from referrals.casefile.cases import refuse_while_frozen, scope_now, visible_case
from referrals.casefile.motive import motive
from referrals.casefile.selectors import CaseFile, open_for
from referrals.compartments import Compartment, compartments_in
from referrals.documents.selectors import HOLDS_DOCUMENTS
from referrals.models import Case, Share
from referrals.models.access import Level
from referrals.models.share import ShareState
from referrals.sharing import grants
from referrals.sharing.audience import part_of
from referrals.sharing.services.propose import draft_share
from referrals.sharing.sight import Way, scope_of_ways, way_to, ways_of
from referrals.states import COORDINATION

NOT_RUNNING = _("Ce partage est terminé : ce service ne voit plus rien par lui.")


@dataclass(frozen=True, slots=True)
class Preview:
    """The case in the eyes of somebody of another agency.

    ``reader`` stands in for them in policies and wording and opens nothing: it has no token.
    ``unseen`` names what they see and the person who looks does not, so that it is left out.
    """

    share: Share
    reader: Viewer
    file: CaseFile
    fillable: list[Compartment]
    unseen: list[Compartment]
    bound_alone: list[Compartment]
    """What only people bound by secrecy see of it."""


def preview_of_draft(
    viewer: Viewer, case_id: UUID, *, bound_by_secrecy: bool = True, **terms: Any
) -> Preview:
    """What the agency would receive by a share on these terms, which is kept nowhere. Recorded.

    Refuses what ``propose`` refuses.
    """
    case = visible_case(viewer, case_id)
    refuse_while_frozen(case.pk)
    share = draft_share(viewer, case, **terms)
    return _preview(viewer, case, share, _ways_of_draft(share), bound_by_secrecy)


def preview_of_share(viewer: Viewer, share_id: UUID, *, bound_by_secrecy: bool = True) -> Preview:
    """What the agency will receive by a proposal, or sees now by a running share. Recorded."""
    share = Share.objects.filter(pk=share_id, cell_id=viewer.cell_id).first()
    if share is None or not set(share.viewers) & set(viewer.units):
        raise NotFound
    if not viewer.has(*COORDINATION) or share.from_unit not in viewer.units:
        raise NotAllowed(case_id=share.case_id)
    case = visible_case(viewer, share.case_id)
    if share.expires_at <= now():
        raise WrongState(NOT_RUNNING, case_id=case.pk)
    if share.state == ShareState.PROPOSED:
        return _preview(viewer, case, share, _ways_of_draft(share), bound_by_secrecy)
    if share.state == ShareState.ACCEPTED:
        return _preview(viewer, case, share, [], bound_by_secrecy)
    raise WrongState(NOT_RUNNING, case_id=case.pk)


def _ways_of_draft(share: Share) -> list[Way]:
    """The grants that accepting the share would make at this moment."""
    moment = now()
    until = FOREVER if share.include_future else moment
    opened = {share.to_unit: share.scope & ~parts.SECRET}
    if share.to_secrecy_unit is not None and share.scope & parts.SECRET:
        opened[share.to_secrecy_unit] = share.scope & parts.SECRET
    return [
        Way(
            unit, "", "share", share.to_agency_name, scope, share.level if scope else Level.STUB,
            moment, share.expires_at, until, share.pk,
        )
        for unit, scope in opened.items()
    ]  # fmt: skip


def _preview(
    viewer: Viewer, case: Case, share: Share, added: list[Way], bound_by_secrecy: bool
) -> Preview:
    reader = _reader(viewer, case, share, bound_by_secrecy)
    units = {*reader.units, *(way.unit_id for way in added if bound_by_secrecy)}
    reader = replace(reader, units=tuple(sorted(units)))
    ways = ways_of(units, [*grants.grants_on(case.pk), *added], now())
    scope = scope_of_ways(ways)
    editing = [way for way in ways if way.level >= Level.CONTRIBUTE]
    file = open_for(
        reader,
        case,
        scope,
        Level(max((way.level for way in ways), default=Level.STUB)),
        sees=lambda row: way_to(part_of(row), ways) is not None,
        edits=lambda row: way_to(part_of(row), editing) is not None,
        shared=lambda unit: _shared_with(unit, ways),
    )
    if added:
        file = replace(file, shares=_as_accepted(file.shares, share))
    unseen = compartments_in(scope & ~scope_now(case))
    record(
        events.SHARE_PREVIEWED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=share.pk,
        compartments=[part.code for part in compartments_in(scope)],
        to_agency=share.to_agency_id,
        **motive(viewer, case),
    )
    filled = compartments_in(scope_of_ways(editing))
    fillable = [part for part in filled if part in HOLDS_DOCUMENTS]
    secret = compartments_in(scope & parts.SECRET)
    return Preview(share, reader, file, fillable, unseen, secret)


def _shared_with(unit: int, ways: Iterable[Way]) -> int | None:
    """What shares with that unit hold open; None where none runs."""
    mine = [way for way in ways if way.unit_id == unit and way.share_id is not None]
    return scope_of_ways(mine) if mine else None


def _as_accepted(shares: list[Share], share: Share) -> list[Share]:
    """The recipient's own list of shares once this one is accepted."""
    mine = next((each for each in shares if each.pk == share.pk), share)
    mine.state, mine.version = ShareState.ACCEPTED, mine.version + 1
    return shares if mine is not share else [share, *shares]


def _reader(viewer: Viewer, case: Case, share: Share, bound_by_secrecy: bool) -> Viewer:
    """Somebody of the agency who works on cases there, as far as policies and wording go."""
    partner = next(iter(partners.partners_by_units(viewer, {share.to_unit})), None)
    if partner is None:
        raise WrongState(_("Cet organisme ne participe plus à la cellule."), case_id=case.pk)
    units = [partner.unit_id, *([partner.secrecy_unit_id] if bound_by_secrecy else [])]
    return replace(
        viewer,
        account_id=UUID(int=0),
        seat_id=UUID(int=0),
        agency_id=partner.agency_id,
        agency_kind=partner.kind,
        agency_name=partner.name,
        roles=frozenset(_ROLES.get(partner.kind, policies.PARTNER)),
        units=tuple(units),
        bound_by_secrecy=bound_by_secrecy,
        display_name="",
        token="",
    )


_ROLES: Mapping[str, frozenset[str]] = {partners.PROSECUTOR: frozenset({"prosecutor"})}
