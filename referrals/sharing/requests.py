"""Requests of partners as either side reads them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit.recorder import record
from kernel.clock import now
from kernel.crypto.cases import CaseCipher
from kernel.errors import NotFound
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import cipher_of, opened, visible_case
from referrals.casefile.motive import motive
from referrals.compartments import Compartment, compartments_in
from referrals.models import Case, PartnerRequest
from referrals.models.request import PartRefusal, RequestKind, RequestState
from referrals.states import COORDINATION

TABLE = "referrals_request"
MOST = 100
Shared = Callable[[int], int | None]
"""What shares with a unit, and nothing else, hold open of a case; None where none runs."""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What was said about one part: granted, told in words, or refused for a reason."""

    part: Compartment
    granted: bool
    words: str
    refusal: PartRefusal | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request, opened for one of its two sides."""

    row: PartnerRequest
    question: str
    parts: list[Compartment]
    answers: list[PartAnswer]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer: it lapses by itself."""
        return self.row.state == RequestState.OPEN and now() < self.row.lapses_at

    @property
    def state_label(self) -> object:
        """Its state in words, exact also when nobody has come by to tidy."""
        late = self.row.state == RequestState.OPEN and not self.is_open
        return RequestState.LAPSED.label if late else self.row.get_state_display()


def requests_of_case(
    viewer: Viewer, case: Case, cipher: CaseCipher, shared: Shared | None = None
) -> list[RequestLine]:
    """Every request about a case that this viewer made or answers, newest first.

    Whose share has ended reads none of it any more. ``shared`` says what shares with a unit hold
    open where somebody looks with the eyes of others; PostgreSQL says it to that unit alone.
    """
    rows = PartnerRequest.objects.filter(
        cell_id=case.cell_id, case=case, viewers__overlap=[*viewer.units]
    )
    found = rows.order_by("-asked_at", "-id")[:MOST]
    return [_line(row, cipher) for row in found if may_read(viewer, row, shared)]


def waiting_requests(viewer: Viewer) -> list[PartnerRequest]:
    """What partners ask and nobody has answered yet, oldest first; for coordination."""
    if not viewer.has(*COORDINATION):
        return []
    rows = PartnerRequest.objects.filter(
        cell_id=viewer.cell_id,
        to_unit__in=viewer.units,
        state=RequestState.OPEN,
        lapses_at__gt=now(),
    )
    return list(rows.select_related("case").order_by("asked_at")[:MOST])


def request_for(viewer: Viewer, request_id: UUID) -> RequestLine:
    """One request, for either side of it while it sees the case. Raises NotFound."""
    row = PartnerRequest.objects.filter(pk=request_id, cell_id=viewer.cell_id).first()
    if row is None or not may_read(viewer, row):
        raise NotFound
    return _line(row, cipher_of(visible_case(viewer, row.case_id)))


def read_request(viewer: Viewer, request_id: UUID) -> RequestLine:
    """The same for somebody who looks at it. Recorded."""
    line = request_for(viewer, request_id)
    case = visible_case(viewer, line.row.case_id)
    record(
        events.REQUEST_READ,
        viewer=viewer,
        case_id=case.pk,
        request=line.row.pk,
        **motive(viewer, case),
    )
    return line


def may_read(viewer: Viewer, row: PartnerRequest, shared: Shared | None = None) -> bool:
    """The rule of its row security, in Python."""
    if row.to_unit in viewer.units:
        return True
    if row.from_unit not in viewer.units:
        return False
    held = shared(row.from_unit) if shared else _shared_with(row.case_id, row.from_unit)
    about = row.scope if row.kind == RequestKind.INFORMATION else 0
    return held is not None and not about & ~held


def shared_scope(viewer: Viewer, case: Case) -> int:
    """The compartments that shares with this viewer's agency hold open, and nothing else.

    Not what one person has opened in an emergency, nor what is for those bound by secrecy: all of
    the agency reads the answers.
    """
    unit = asking_unit(viewer, case)
    return 0 if unit is None else _shared_with(case.pk, unit) or 0


def _shared_with(case_id: UUID, unit: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.shared_with(%s, %s)", [case_id, unit])
        held: int | None = cursor.fetchone()[0]
    return held


def asking_unit(viewer: Viewer, case: Case) -> int | None:
    """The unit that asks for this viewer's agency; None for who has the case otherwise."""
    if not policies.can_ask(viewer, case):
        return None
    mine = partners.partners_by_units(viewer, set(viewer.units))
    return next((p.unit_id for p in mine if p.agency_id == viewer.agency_id), None)


def _line(row: PartnerRequest, cipher: CaseCipher) -> RequestLine:
    words = json.loads(opened(cipher, row, TABLE, "answers"))
    parts = compartments_in(row.scope)
    answers = [
        PartAnswer(
            part,
            bool(row.granted_scope & part.mask),
            words.get(part.code, ""),
            PartRefusal(row.refusals[part.code]) if part.code in row.refusals else None,
        )
        for part in parts
        if row.state == RequestState.ANSWERED
    ]
    return RequestLine(row, opened(cipher, row, TABLE, "question"), parts, answers)
