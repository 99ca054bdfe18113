"""Who may be given something to do on a case, and until when."""

from datetime import date, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid, WayOut
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.cases import units_on_case
from referrals.models import Case
from referrals.models.access import Level
from referrals.partners import Partner
from referrals.states import COORDINATION

FURTHEST = timedelta(days=730)
SHARE_FIRST = _("Ce service n'a pas accès au dossier : proposez-lui d'abord un partage.")
ASK_COORDINATION = _("Ce service n'a pas accès au dossier. La coordination peut le lui partager.")


def owner_on_case(viewer: Viewer, case: Case, accession_id: UUID, field: str) -> Partner:
    """The agency, which already reads the case: a task widens nothing.

    Raises Invalid, about ``field``, for an agency without scope.
    """
    owner = partners.partner(viewer, accession_id)
    if owner is None or owner.unit_id not in units_on_case(case, Level.READ):
        raise share_first(viewer, case.pk, owner, field)
    return owner


def share_first(viewer: Viewer, case_id: UUID, partner: Partner | None, field: str) -> Invalid:
    """The refusal of an agency without scope, about ``field``: it is first offered a share.

    Nothing that is done with an agency widens what it sees. Who may share is led to where it is
    proposed; the others are told whom to ask.
    """
    if not viewer.has(*COORDINATION):
        return Invalid(ASK_COORDINATION, fields={field: [ASK_COORDINATION]}, case_id=case_id)
    way_out = None
    if partner is not None and partners.can_receive(viewer, partner):
        address = f"{reverse('referrals:share', args=[case_id])}?service={partner.accession_id}"
        way_out = WayOut(_("Proposer un partage à ce service"), address)
    fields = {field: [SHARE_FIRST]}
    return Invalid(SHARE_FIRST, fields=fields, code="no_scope", case_id=case_id, way_out=way_out)


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
