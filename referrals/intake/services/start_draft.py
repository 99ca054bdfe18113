"""Begin a referral."""

from uuid import UUID

from audit.recorder import record
from kernel.clock import now
from kernel.crypto.cases import CaseCipher, new_case_key
from kernel.crypto.periods import period_key_for
from kernel.errors import NotAllowed
from kernel.ids import uuid7
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.models import Case, CaseKey, Draft


def start_draft(viewer: Viewer) -> UUID:
    """Open an empty draft for the pilot's own school and say its identifier.

    Only the school sees it until it is sent. Raises NotAllowed for anybody else.
    """
    school = partners.school_of(viewer)
    if not policies.can_escalate(viewer) or school is None:
        raise NotAllowed
    moment = now()
    case = Case(
        id=uuid7(),
        cell_id=viewer.cell_id,
        school_id=school.agency_id,
        school_uai=school.uai,
        school_name=school.name,
        school_type=school.school_type,
        school_commune=school.commune,
        owner_unit=school.unit_id,
        created_by=viewer.seat_id,
        created_at=moment,
    )
    Case.objects.bulk_create([case])
    period_key = period_key_for(viewer.cell_id, moment)
    key = CaseKey(
        case=case,
        cell_id=case.cell_id,
        period_key_id=period_key,
        wrapped=new_case_key(case.id, period_key),
        created_at=moment,
    )
    CaseKey.objects.bulk_create([key])
    cipher = CaseCipher(case.id, period_key, key.wrapped)
    Draft.objects.bulk_create(
        [
            Draft(
                case=case,
                cell_id=case.cell_id,
                owner_unit=case.owner_unit,
                content=cipher.seal("referrals_draft", "content", case.id, "{}"),
                updated_at=moment,
                updated_by=viewer.seat_id,
            )
        ]
    )
    record(events.DRAFT_STARTED, viewer=viewer, case_id=case.id, before=None, after=case.state)
    return case.id
