"""Coordination answers what a partner asks, part by part."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import Conflict, Invalid, NotAllowed, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners
from referrals.casefile.cases import cipher_of, milestone, tell_live, visible_case
from referrals.compartments import Compartment, compartments_in
from referrals.models import PartnerRequest
from referrals.models.access import Level
from referrals.models.request import PartRefusal, RequestKind, RequestState
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.requests import TABLE
from referrals.sharing.services.ask import CLOSED, LONGEST, held_request
from referrals.sharing.services.propose import propose
from referrals.states import COORDINATION


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about one part: refused for a reason, or granted, for information in words."""

    refusal: PartRefusal | None = None
    words: str = ""


def asked_of(viewer: Viewer, request_id: UUID) -> PartnerRequest:
    """A request made to this coordination, answered or not. Raises NotFound or NotAllowed."""
    row = held_request(viewer, request_id)
    if not viewer.has(*COORDINATION) or row.to_unit not in viewer.units:
        raise NotAllowed(case_id=row.case_id)
    return row


def may_answer(viewer: Viewer, request_id: UUID) -> PartnerRequest:
    """A request that waits for this coordination. Raises NotFound, NotAllowed or WrongState."""
    row = asked_of(viewer, request_id)
    if row.state != RequestState.OPEN or row.lapses_at <= now():
        raise WrongState(CLOSED, case_id=row.case_id)
    return row


def answer_request(
    viewer: Viewer,
    request_id: UUID,
    verdicts: Mapping[Compartment, Verdict],
    *,
    legal_basis: LegalBasis = LegalBasis.PROTOCOL,
    until: date | None = None,
    level: Level | None = None,
    version: int | None = None,
) -> PartnerRequest:
    """Say for each part that was asked whether it is granted, or why not.

    Parts of a case that are granted go into one share, which the partner accepts as any other:
    at the level that was asked, or at a lower one.
    Information is written for that partner alone, under the key of the case. Raises Invalid unless
    every part has its answer.
    """
    row = may_answer(viewer, request_id)
    if version is not None and version != row.version:
        raise Conflict(version=row.version, case_id=row.case_id)
    asked = compartments_in(row.scope)
    if set(verdicts) != set(asked):
        raise Invalid(_("Répondez pour chaque partie demandée."), case_id=row.case_id)
    if level is not None and level not in grantable(row):
        raise Invalid(fields={"level": [_("N'accordez pas plus que ce qui est demandé.")]})
    granted = [part for part in asked if verdicts[part].refusal is None]
    if row.kind == RequestKind.INFORMATION:
        _write_answers(viewer, row, {part: verdicts[part].words for part in granted})
    elif granted:
        row.share_id = _propose(viewer, row, granted, legal_basis, until, level or Level(row.level))
    row.granted_scope = sum(part.mask for part in granted)
    row.refusals = {
        part.code: str(refusal) for part in asked if (refusal := verdicts[part].refusal) is not None
    }
    before, row.state, row.version = row.state, RequestState.ANSWERED, row.version + 1
    row.save(update_fields=["state", "granted_scope", "refusals", "answers", "share_id", "version"])
    case = visible_case(viewer, row.case_id)
    milestone(viewer, case, "request.answered", bit=Compartment.CELL.bit, detail=row.agency_name)
    record(
        events.REQUEST_ANSWERED,
        viewer=viewer,
        case_id=row.case_id,
        subject_id=row.pk,
        request=row.pk,
        granted=[part.code for part in granted],
        refused=sorted(row.refusals),
        before=before,
        after=row.state,
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="request.answered",
        recipients=partners.recipients_for_units(viewer, {row.from_unit}),
        subject_id=row.case_id,
    )
    tell_live(viewer, case, {row.from_unit, row.to_unit})
    return row


def grantable(row: PartnerRequest) -> list[Level]:
    """What may be granted of what was asked, the most last: that much, or less."""
    return [level for level in Level if Level.READ <= level <= row.level]


def _write_answers(viewer: Viewer, row: PartnerRequest, words: Mapping[Compartment, str]) -> None:
    if not all(text.strip() and len(text) <= LONGEST for text in words.values()):
        wrong = _("Écrivez une réponse de 2000 caractères au plus, ou choisissez un motif.")
        raise Invalid(wrong, case_id=row.case_id)
    told = json.dumps({part.code: text for part, text in words.items()})
    cipher = cipher_of(visible_case(viewer, row.case_id))
    row.answers = cipher.seal(TABLE, "answers", row.pk, told)


def _propose(
    viewer: Viewer,
    row: PartnerRequest,
    granted: list[Compartment],
    legal_basis: LegalBasis,
    until: date | None,
    level: Level,
) -> UUID:
    asker = next(iter(partners.partners_by_units(viewer, {row.from_unit})), None)
    if asker is None:
        raise WrongState(_("Cet organisme ne participe plus à la cellule."), case_id=row.case_id)
    return propose(
        viewer,
        row.case_id,
        to_accession=asker.accession_id,
        compartments=granted,
        purpose=Purpose(row.purpose),
        legal_basis=legal_basis,
        until=until,
        level=level,
    ).pk
