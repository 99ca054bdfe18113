"""Ask for an export: on record at once, made in the background."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.bounds import one_after_the_other
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, TooMany, WrongState
from kernel.ids import uuid7
from kernel.live import announce
from kernel.outbox.enqueue import owe
from kernel.outbox.works import CHANNEL
from kernel.step_up import require_fresh
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import (
    CHANGED,
    cipher_of,
    refuse_while_frozen,
    scope_now,
    visible_case,
)
from referrals.casefile.selectors import PartyLine, party_lines
from referrals.compartments import IDENTITIES, Compartment
from referrals.documents.bounds import EXPORTS
from referrals.models import Case, Export, Party, Share
from referrals.models.export import ExportForm, ExportPurpose
from referrals.models.share import ShareState
from referrals.states import COORDINATION, State

PERSON: Final = _(
    "À qui demande ses données, on ne donne que les siennes : choisissez les données d'un élève"
    " et ce but, ou un autre contenu et un autre but."
)
CLOSED: Final = _(
    "Le parquet a fermé une partie de ce dossier dont ces données viennent : rien n'en sort pour le"
    " moment."
)
ABOUT_A_PERSON: Final = IDENTITIES | Compartment.FACTS.mask | Compartment.SCHOOL_STEPS.mask
"""The parts that what a pupil is given is made from."""
MADE: Final = "export.asked"
"""The kind of work that an export is owed as."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for."""

    form: ExportForm
    purpose: ExportPurpose
    share_id: UUID | None = None
    """Not what the asker sees, but what the agency of this running share does."""
    party_id: UUID | None = None
    """Not the case, but this pupil's own data in it."""


def ask(viewer: Viewer, case_id: UUID, wanted: Wanted) -> Export:
    """Ask for what this viewer sees of a case as a file. The row that owes it is written with it.

    Raises NotFound, WrongState for a draft or against an order, StepUpRequired without a fresh
    factor, TooMany after twenty in an hour.
    """
    case = visible_case(viewer, case_id)
    if not policies.can_export(viewer, case):
        raise NotAllowed(case_id=case_id)
    if case.state == State.DRAFT:
        raise WrongState(
            _("Une saisine s'exporte une fois qu'elle est transmise."), case_id=case_id
        )
    share = share_to_export(viewer, case_id, wanted.share_id) if wanted.share_id else None
    _check_person(viewer, case_id, wanted)
    refuse_while_ordered(case, wanted.share_id, wanted.party_id)
    require_fresh(viewer)
    _refuse_too_many(viewer)
    row = Export(
        id=uuid7(),
        cell_id=viewer.cell_id,
        case_id=case.pk,
        seat_id=viewer.seat_id,
        account_id=viewer.account_id,
        party_id=wanted.party_id,
        share_id=share.pk if share else None,
        recipient_name=share.to_agency_name if share else "",
        form=wanted.form,
        purpose=wanted.purpose,
        receipt=new_receipt(),
        factor_at=viewer.factor_at,
        asked_at=now(),
    )
    Export.objects.bulk_create([row])
    owe(
        connection,
        cell_id=viewer.cell_id,
        event_id=row.pk,
        kind=MADE,
        recipients=[viewer.account_id],
        subject_id=row.pk,
        channels=(CHANNEL,),
    )
    record(
        events.EXPORT_ASKED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        receipt=row.receipt,
        form=str(wanted.form),
        goal=str(wanted.purpose),
    )
    tell(viewer)
    return row


def shares_to_export(viewer: Viewer, case_id: UUID) -> list[Share]:
    """The running shares of a case whose content coordination may hand over as a file."""
    if not viewer.has(*COORDINATION):
        return []
    running = Share.objects.filter(
        cell_id=viewer.cell_id,
        case_id=case_id,
        from_unit__in=viewer.units,
        state=ShareState.ACCEPTED,
        expires_at__gt=now(),
    )
    return list(running.order_by("to_agency_name", "-proposed_at")[:100])


def share_to_export(viewer: Viewer, case_id: UUID, share_id: UUID) -> Share:
    """One of them. Raises Invalid."""
    for share in shares_to_export(viewer, case_id):
        if share.pk == share_id:
            return share
    raise Invalid(
        fields={"about": [_("Choisissez un service qui reçoit ce dossier en ce moment.")]},
        case_id=case_id,
    )


def pupils_to_export(viewer: Viewer, case_id: UUID) -> list[PartyLine]:
    """The pupils of a case whose own data coordination may hand over to them."""
    if not viewer.has(*COORDINATION):
        return []
    case = visible_case(viewer, case_id)
    scope, rows = scope_now(case), Party.objects.defer("identity").filter(case=case)
    mine = set(viewer.units)
    seen = [
        row
        for row in rows.order_by("bit", "number")
        if mine & set(row.viewers) and scope & (1 << row.bit)
    ]
    return party_lines(cipher_of(case), seen)


def _check_person(viewer: Viewer, case_id: UUID, wanted: Wanted) -> None:
    """A pupil who asks for their data gets theirs: the purpose and the content go together."""
    if (wanted.purpose == ExportPurpose.RIGHTS) != (wanted.party_id is not None):
        raise Invalid(fields={"about": [PERSON]}, case_id=case_id)
    if wanted.party_id is None:
        return
    if wanted.share_id is not None or wanted.party_id not in {
        pupil.id for pupil in pupils_to_export(viewer, case_id)
    }:
        raise Invalid(fields={"about": [_("Choisissez un élève de la liste.")]}, case_id=case_id)


def refuse_while_ordered(case: Case, share_id: UUID | None, party_id: UUID | None) -> None:
    """Raise WrongState for what would leave for others while the prosecutor keeps it here.

    While acts are frozen coordination hands out nothing, and to a pupil never what is made from a
    part that the prosecutor has closed. What somebody reads they take along as before.
    """
    if share_id is None and party_id is None:
        return
    refuse_while_frozen(case.pk)
    if party_id is not None and case.closed_scope & ABOUT_A_PERSON:
        raise WrongState(CLOSED, code="part_closed", case_id=case.pk)


def new_receipt() -> str:
    """A number that people can read out: eleven letters and digits, no two alike in a cell."""
    letters = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:8]
    return f"r-{letters[:4]}-{letters[4:]}"


def room_of(viewer: Viewer) -> str:
    """Where the exports of this seat are heard of."""
    return f"exports:{viewer.seat_id}"


def tell(viewer: Viewer) -> None:
    """Ring where this seat looks at its exports."""
    announce(viewer, room_of(viewer), CHANGED)


def _refuse_too_many(viewer: Viewer) -> None:
    """Counted one after the other: what is asked at the same instant is counted too."""
    one_after_the_other("referrals_export", viewer.seat_id)
    since = now() - timedelta(hours=1)
    asked = Export.objects.filter(
        cell_id=viewer.cell_id, seat_id=viewer.seat_id, asked_at__gt=since
    )
    if asked.count() >= EXPORTS:
        raise TooMany(
            _("Vingt exports demandés en une heure : attendez avant d'en demander d'autres.")
        )
