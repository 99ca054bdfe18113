"""Ask, before a referral is written, whether the cell already follows this pupil."""

from django.db import connection

from audit.recorder import record
from kernel.errors import NotAllowed
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.intake.escalation import PartyInput
from referrals.intake.services.submit import party_mark


def search_before(viewer: Viewer, party: PartyInput) -> bool:
    """Whether a referral of this cell names the same pupil: yes or no, and nothing more.

    Family name, given name and birth date must all match; the search is recorded either way.
    """
    if not (policies.can_escalate(viewer) or policies.can_take_step(viewer, "triage")):
        raise NotAllowed
    mark = party_mark(viewer.cell_id, party)
    found = False
    if mark is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT referrals.is_known(%s)", [[mark]])
            found = bool(cursor.fetchone()[0])
    record(events.SEARCHED, viewer=viewer, found=found)
    return found
