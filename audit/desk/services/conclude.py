"""Say what came of a finding."""

from datetime import date
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit import policies
from audit.desk import events
from audit.desk.findings import finding
from audit.recorder import record
from kernel.errors import Conflict, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


def conclude(viewer: Viewer, *, rule: str, about: UUID, day: date, n: int, conclusion: str) -> UUID:
    """Conclude about a finding, once, with a factor shown a moment ago.

    ``n`` is how much of it was shown: when there is more by now, it is looked at again first.
    Never by who is concerned. The entry is sealed like every other: its proof is the signature.
    """
    if not policies.can_read(viewer):
        raise NotFound
    require_fresh(viewer)
    one = finding(viewer, rule, about, day)
    if one is None or one.found.settled_at:
        raise WrongState(_("Ce constat n'existe plus. Actualisez la page."))
    if one.own:
        raise NotAllowed(
            _("Ce constat vous concerne : une autre personne du contrôle doit conclure.")
        )
    if one.review is not None:
        raise Conflict(_("Une conclusion est déjà enregistrée pour ce constat."))
    if one.found.n > n:
        raise WrongState(_("Ce constat a changé depuis. Relisez-le, puis concluez."))
    number = uuid7()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_review (id, cell_id, rule, about, day, n, concerned, conclusion,"
            " by_account, by_seat) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [
                *(number, viewer.cell_id, rule, about, day, one.found.n),
                *(one.found.concerned, conclusion, viewer.account_id, viewer.seat_id),
            ],
        )
        if not cursor.rowcount:
            raise Conflict(_("Une conclusion est déjà enregistrée pour ce constat."))
    record(
        events.CONCLUDED,
        viewer=viewer,
        case_id=one.found.case_id,
        subject_id=about,
        rule=rule,
        about_person=one.found.concerned,
        about_agency=one.found.agency,
        found_on=day,
        finding_conclusion=conclusion,
    )
    return number
