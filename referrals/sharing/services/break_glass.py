"""Break the glass: open a case to oneself in an emergency, and answer for it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection, connections, transaction
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import Invalid, NotAllowed, TooMany, WrongState
from kernel.ids import uuid7
from kernel.live import announce
from kernel.scope import acting_as
from kernel.step_up import require_fresh
from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals import events, policies
from referrals.casefile.cases import CHANGED
from referrals.compartments import Compartment, compartments_in, scope_of
from referrals.models import Glass
from referrals.models.glass import Conclusion, Emergency
from referrals.searching.question import NO_REFERENCE, REFERENCE
from referrals.sharing.glass import COLUMN, TABLE, reason_cipher, visible_glass

LEAST, MOST = 20, 1000
OPEN, CLOSED = "open", "closed"
NOT_HERE = _(
    "Cet accès n'est pas possible. Vérifiez la référence ; si elle est juste, appelez la"
    " coordination de la cellule."
)


def break_glass(
    viewer: Viewer,
    *,
    reference: str,
    compartments: Collection[Compartment],
    emergency: Emergency,
    reason: str,
) -> Glass:
    """Open these parts of a case of the cell to this person alone, for three hours.

    What is asked is on record before it is answered, and so many a day may be asked in vain; what
    is no reference at all, a name perhaps, is written down nowhere.
    The emergency is a code, which the record keeps. The reason says it in 20 characters or more,
    stays with the case and is read by those who steer the case, the auditor and
    the data protection officer, who are told at once. It opens once all of that is committed.
    Never opens what is the prosecutor's or what the prosecutor has closed, and nothing again that
    is open already. Raises Invalid, TooMany, NotAllowed, or StepUpRequired without a factor shown
    a moment ago.
    """
    if not policies.can_break_glass(viewer):
        raise NotAllowed
    said = reason.strip()
    if not LEAST <= len(said) <= MOST:
        raise Invalid(fields={"reason": [_("Dites pourquoi en 20 caractères au moins.")]})
    scope = scope_of(compartments)
    if not scope or scope & ~may_open(viewer):
        raise Invalid(fields={"compartments": [_("Choisissez des parties de la liste.")]})
    wanted = reference.strip().upper()
    if not REFERENCE.fullmatch(wanted):
        raise Invalid(fields={"reference": [NO_REFERENCE]})
    require_fresh(viewer)
    number = uuid7()
    if _on_record(viewer, number, wanted, scope) == "too_many":
        raise TooMany(_("Trop de demandes sans suite en un jour : appelez la coordination."))
    answered = _asked("SELECT referrals.break_glass(%s, %s, %s)", number, wanted, scope)
    if answered == "too_many":
        raise TooMany(_("Cinq accès d'urgence en un jour : appelez la coordination."))
    if answered == "open_already":
        raise WrongState(_("Ces parties du dossier vous sont déjà ouvertes."))
    if answered == "not_here":
        raise Invalid(fields={"reference": [NOT_HERE]})
    glass = Glass.objects.get(pk=number)
    sealed = reason_cipher(number).seal(TABLE, COLUMN, number, said)
    _asked("SELECT referrals.say_why(%s, %s, %s)", number, str(emergency), sealed)
    record(
        events.GLASS_BROKEN,
        viewer=viewer,
        case_id=glass.case_id,
        subject_id=number,
        compartments=[part.code for part in compartments_in(glass.scope)],
        emergency=str(emergency),
        before=None,
        after=OPEN,
    )
    transaction.on_commit(lambda: _open(viewer, number))
    return glass


def _on_record(viewer: Viewer, number: UUID, wanted: str, scope: int) -> object:
    """Write down what is asked, on a connection of its own: it stays, whatever is answered."""
    with transaction.atomic(using="side"), connections["side"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        cursor.execute("SELECT referrals.ask_glass(%s, %s, %s)", [number, wanted, scope])
        return cursor.fetchone()[0]


def _open(viewer: Viewer, number: UUID) -> None:
    """What is on record opens, in a transaction of its own."""
    with acting_as(viewer) as looking:
        case_id = _asked("SELECT referrals.open_glass(%s)", number)
        if case_id is not None:
            announce(looking, f"case:{case_id}", CHANGED)


def close_glass(viewer: Viewer, glass_id: UUID) -> UUID:
    """End one's own emergency access before its time; the case it was about."""
    _own(viewer, glass_id)
    case_id = _asked("SELECT referrals.close_glass(%s)", glass_id)
    if case_id is None:
        raise WrongState(_("Cet accès d'urgence est déjà terminé."))
    record(
        events.GLASS_CLOSED,
        viewer=viewer,
        case_id=UUID(str(case_id)),
        subject_id=glass_id,
        before=OPEN,
        after=CLOSED,
    )
    return UUID(str(case_id))


def conclude_glass(viewer: Viewer, glass_id: UUID, *, conclusion: Conclusion) -> UUID:
    """Say what became of looking at an emergency access: once, by an auditor or the DPO."""
    visible_glass(viewer, glass_id)
    if not viewer.has(*policies.WATCHES):
        raise NotAllowed
    case_id = _asked("SELECT referrals.conclude_glass(%s, %s)", glass_id, str(conclusion))
    if case_id is None:
        raise WrongState(_("Cet accès d'urgence a déjà été relu, ou il est le vôtre."))
    record(
        events.GLASS_CONCLUDED,
        viewer=viewer,
        case_id=UUID(str(case_id)),
        subject_id=glass_id,
        before=None,
        after=str(conclusion),
    )
    return glass_id


def may_open(viewer: Viewer) -> int:
    """The parts that this person may open in an emergency: the gates of sharing hold here too."""
    scope = parts.OPEN_IN_EMERGENCY
    if not viewer.bound_by_secrecy:
        scope &= ~parts.SECRET
    if viewer.agency_kind == "victim_support":
        scope &= ~parts.NOT_FOR_VICTIM_SUPPORT
    return scope


def _own(viewer: Viewer, glass_id: UUID) -> None:
    found = visible_glass(viewer, glass_id)
    if found.seat_id != viewer.seat_id:
        raise NotAllowed(case_id=found.case_id)


def _asked(query: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, values)  # type: ignore[arg-type]  # identifiers, text and bytes
        return cursor.fetchone()[0]
