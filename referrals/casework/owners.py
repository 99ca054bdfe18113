"""Who may be given something to do on a case, and until when."""

from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.cases import units_on_case
from referrals.models import Case
from referrals.models.access import Level
from referrals.partners import Partner

FURTHEST = timedelta(days=730)


def owner_on_case(viewer: Viewer, case: Case, accession_id: UUID, field: str) -> Partner:
    """The agency, which already reads the case: a task widens nothing.

    Raises Invalid, about ``field``, for an agency without scope.
    """
    owner = partners.partner(viewer, accession_id)
    if owner is None or owner.unit_id not in units_on_case(case, Level.READ):
        share_first = _("Ce service n'a pas accès au dossier : proposez-lui d'abord un partage.")
        raise Invalid(fields={field: [share_first]})
    return owner


def wrong_due_date(due_on: date) -> dict[str, list[object]]:
    """What is wrong with the date by which something is to be done, by field."""
    today = timezone.localdate()
    if today <= due_on <= today + FURTHEST:
        return {}
    return {"due_on": [_("L'échéance est entre aujourd'hui et dans deux ans.")]}


def check_due_date(due_on: date) -> None:
    """Raise Invalid for a day that is over, or further away than two years."""
    if wrong := wrong_due_date(due_on):
        raise Invalid(fields=wrong)
