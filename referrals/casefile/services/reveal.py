"""Show a pupil's name."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit.recorder import record
from kernel.errors import NotAllowed, NotFound, StepUpRequired
from kernel.step_up import require_fresh
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import cipher_of, scope_now, visible_case
from referrals.casefile.motive import motive
from referrals.models import Party


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a party is. Dates are ISO text or None."""

    family_name: str
    given_name: str
    birth_date: str | None
    class_group: str


def reveal(viewer: Viewer, party_id: UUID) -> Identity:
    """The identity of one party, recorded by name of the person who asked.

    Raises StepUpRequired unless a factor was shown a moment ago.
    """
    party = Party.objects.defer("identity").filter(pk=party_id, cell_id=viewer.cell_id).first()
    if party is None or not set(party.viewers) & set(viewer.units):
        raise NotFound
    case = visible_case(viewer, party.case_id)
    if not scope_now(case) & (1 << party.bit):
        raise NotFound
    if not policies.can_reveal(viewer, case):
        raise NotAllowed(case_id=case.pk)
    require_fresh(viewer)
    opened = cipher_of(case).open("referrals_party", "identity", party.pk, _sealed(party.pk))
    record(
        events.IDENTITY_REVEALED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=party.pk,
        role=party.role,
        **motive(viewer, case),
    )
    return Identity(**json.loads(opened))


def _sealed(party_id: UUID) -> bytes:
    """The sealed name, which the database hands out to a session with a fresh factor alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT identity FROM referrals_party"
            " WHERE id = %s AND (SELECT kernel.session_fresh())",
            [party_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise StepUpRequired
    return bytes(row[0])
