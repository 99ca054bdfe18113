"""Show a pupil's name."""

import json
from dataclasses import dataclass
from uuid import UUID

from audit.recorder import record
from kernel.errors import NotAllowed, NotFound
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import cipher_of, scope_now, visible_case
from referrals.models import Party


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a party is. Dates are ISO text or None."""

    family_name: str
    given_name: str
    birth_date: str | None
    class_group: str


def reveal(viewer: Viewer, party_id: UUID) -> Identity:
    """The identity of one party, recorded by name of the person who asked."""
    party = Party.objects.filter(pk=party_id, cell_id=viewer.cell_id).first()
    if party is None or not set(party.viewers) & set(viewer.units):
        raise NotFound
    case = visible_case(viewer, party.case_id)
    if not scope_now(case) & (1 << party.bit):
        raise NotFound
    if not policies.can_reveal(viewer, case):
        raise NotAllowed(case_id=case.pk)
    opened = cipher_of(case).open("referrals_party", "identity", party.pk, party.identity)
    record(
        events.IDENTITY_REVEALED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=party.pk,
        role=party.role,
    )
    return Identity(**json.loads(opened))
