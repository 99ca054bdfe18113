"""An agency joins the cell, from the pages of its administration."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies import events, leavers
from agencies.models import Accession, Agency
from agencies.roles import Role
from agencies.services.administering import changing_rights, one_at_a_time
from agencies.services.dates import wrong_future, wrong_past
from agencies.services.end_access import BOTH_LEAVE, STAYS
from audit import record
from kernel.clock import FOREVER, now
from kernel.errors import Conflict, Invalid, NotFound, WrongState
from kernel.ids import uuid7
from kernel.viewer import Viewer

NOBODY_THEN = {
    str(Role.CELL_ADMIN): gettext_lazy(
        "Avec cet organisme partirait la dernière personne qui administre durablement la cellule. "
        "Donnez d'abord ce rôle dans un autre organisme."
    ),
    str(Role.CELL_COORDINATOR): gettext_lazy(
        "Avec cet organisme partirait la dernière personne qui coordonne durablement la cellule. "
        "Donnez d'abord ce rôle dans un autre organisme."
    ),
}


HAS_LEFT = gettext_lazy(
    "Cet organisme ne participe plus : sa date de fin ne se repousse pas. Ouvrez sa page et "
    "faites-le adhérer de nouveau."
)
LAST_LONGER = gettext_lazy(
    "Prolonger cette adhésion prolongerait, sur votre seule décision, des rôles que deux personnes "
    "donnent. Ramenez d'abord la fin de ces rôles à celle de l'adhésion, ou mettez-y fin. "
    "Prolongez ensuite l'adhésion, puis proposez leur nouvelle fin : une seconde personne la "
    "confirmera."
)


def accede(
    viewer: Viewer, agency_id: UUID, *, signatory: str, signed_on: date, until: date | None = None
) -> Accession:
    """Record who signed for the agency, when, and until when. It takes part from now on.

    An agency that had left signs anew: it comes back without anybody, so that nobody regains a
    role on one person's word. Raises NotFound for no such agency, Conflict while it takes part.
    """
    changing_rights(viewer)
    one_at_a_time(viewer, f"accession {agency_id}")
    agency = Agency.objects.filter(pk=agency_id).first()
    if agency is None:
        raise NotFound
    _require(signatory, signed_on, until)
    if not agency.is_open:
        raise Invalid(_("Cet établissement est fermé d'après l'annuaire national."))
    signed = Accession.objects.filter(cell_id=viewer.cell_id, agency_id=agency_id).first()
    if signed is not None and signed.valid_until > now():
        raise Conflict(_("Cet organisme participe déjà à la cellule."))
    number = signed.pk if signed else uuid7()
    what = (signed_on, signatory.strip(), end_of(until))
    with connection.cursor() as cursor:
        if signed is None:
            cursor.execute("SELECT agencies.accede(%s, %s, %s, %s, %s)", [number, agency_id, *what])
        else:
            cursor.execute("SELECT agencies.sign_anew(%s, %s, %s, %s)", [number, *what])
    record(events.AGENCY_ENROLLED, viewer=viewer, subject_id=number)
    return Accession.objects.select_related("agency").get(pk=number)


def end_accession_on(viewer: Viewer, accession_id: UUID, *, until: date | None) -> Accession:
    """Give an accession its last day, in the future; None puts it off for good.

    People of the agency lose their access at the end of that day. Raises Invalid when nobody else
    would administer or coordinate the cell from then on, and when a later day would prolong roles
    that two people give; WrongState for an agency that has left, which signs anew.
    """
    changing_rights(viewer)
    accession = (
        Accession.objects.select_related("agency")
        .filter(pk=accession_id, cell_id=viewer.cell_id)
        .first()
    )
    if accession is None:
        raise NotFound
    if accession.valid_until <= now():
        raise WrongState(HAS_LEFT)
    if until is not None:
        if problem := wrong_future(until):
            raise Invalid(fields={"until": [problem]})
        if accession.agency_id == viewer.agency_id:
            raise Invalid(
                fields={
                    "until": [_("Vous administrez la cellule depuis cet organisme : il reste.")]
                }
            )
        if missing := leavers.roles_gone_with(viewer, accession, end_of(until)):
            raise Invalid(fields={"until": [NOBODY_THEN[role] for role in missing]})
    if end_of(until) > accession.valid_until and leavers.would_last_longer(accession):
        raise Invalid(fields={"until": [LAST_LONGER]})
    if accession.valid_until != end_of(until):
        accession.valid_until = end_of(until)
        try:
            with transaction.atomic():
                accession.save(update_fields=["valid_until"])
        except IntegrityError as error:
            if STAYS in str(error):
                raise Conflict(BOTH_LEAVE) from error
            raise
        record(events.ACCESSION_CHANGED, viewer=viewer, subject_id=accession.pk, until=until)
    return accession


def end_of(until: date | None) -> datetime:
    """The last moment of a day here; far away for no day."""
    if until is None:
        return FOREVER
    return datetime.combine(until + timedelta(days=1), time(), timezone.get_current_timezone())


def _require(signatory: str, signed_on: date, until: date | None) -> None:
    wrong: dict[str, list[object]] = {}
    if not signatory.strip():
        wrong["signatory"] = [_("Une adhésion porte le nom de qui l'a signée.")]
    if problem := wrong_past(signed_on):
        wrong["signed_on"] = [problem]
    if until is not None and (problem := wrong_future(until)):
        wrong["until"] = [problem]
    if wrong:
        raise Invalid(fields=wrong)
