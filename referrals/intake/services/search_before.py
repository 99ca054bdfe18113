"""Ask, before a referral is written, whether the cell already follows this pupil."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import NotAllowed, TooMany
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.motive import standing
from referrals.intake.escalation import PartyInput
from referrals.intake.services.submit import party_mark
from referrals.sql.searching import MOST


def search_before(viewer: Viewer, party: PartyInput) -> bool:
    """Whether a referral of this cell names the same pupil: yes or no, and nothing more.

    Family name, given name and birth date must all match; the search is recorded either way.
    Raises TooMany, with when to come back, once a person has asked too often within an hour.
    """
    if not (policies.can_escalate(viewer) or policies.can_take_step(viewer, "triage")):
        raise NotAllowed
    mark = party_mark(viewer.cell_id, party)
    found = mark is not None and _is_known(mark)
    record(events.SEARCHED, viewer=viewer, found=found, right=standing(viewer))
    return found


def _is_known(mark: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT found, wait FROM referrals.is_known(%s)", [mark])
        row = cursor.fetchone()
    if row is None:
        raise NotAllowed
    found, seconds = row
    if seconds is not None:
        refusal = TooMany(
            _("Vous avez fait %(most)s recherches en une heure. Réessayez dans %(minutes)s min.")
            % {"most": MOST, "minutes": -(-seconds // 60)}
        )
        refusal.retry_after = seconds
        raise refusal
    return bool(found)
