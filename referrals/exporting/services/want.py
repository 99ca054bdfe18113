"""Who answers for data protection asks for one pupil's data, and sees nothing of the case."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from agencies.selectors import people_of_cell
from audit import references
from audit.recorder import record
from kernel.errors import Invalid, NotAllowed, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.models.export import ExportPurpose
from referrals.sharing.explaining import case_called
from referrals.states import COORDINATION

NO_SUCH_CASE = _("Aucun dossier de la cellule ne porte cette référence.")
NOBODY = _("Personne à la coordination n'a d'accès en ce moment : appelez-la.")


def want_person(viewer: Viewer, *, reference: str) -> UUID:
    """Ask coordination to export a pupil's own data from the case of that reference.

    Which pupil is said by word of mouth: no name goes through here, and nothing is opened.
    Recorded. Raises NotAllowed for all but the data protection officer, Invalid for a reference
    that no case of the cell has, WrongState while nobody coordinates.
    """
    if not policies.can_want_person(viewer):
        raise NotAllowed
    case_id = case_called(viewer, reference.strip())
    if case_id is None or not references.references_of(viewer, {case_id}):
        raise Invalid(fields={"reference": [NO_SUCH_CASE]})
    coordinating = people_of_cell(viewer).filter(roles__overlap=sorted(COORDINATION))
    told = {place.account_id for place in coordinating} - {viewer.account_id}
    if not told:
        raise WrongState(NOBODY)
    number = uuid7()
    enqueue(
        viewer, event_id=number, kind="person.wanted", recipients=sorted(told), subject_id=case_id
    )
    record(
        events.PERSON_WANTED,
        viewer=viewer,
        case_id=case_id,
        subject_id=number,
        goal=str(ExportPurpose.RIGHTS),
    )
    return number
