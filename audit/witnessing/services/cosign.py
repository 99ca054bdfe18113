"""An agency hands in what its own key has cosigned."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.sql.witnesses import ASTRAY_MINUTES, TOO_MANY
from audit.witnessing import cosigned, events
from audit.witnessing.cosigned import Witness
from audit.witnessing.cosigning import Line, NotSigned, body_of, lines_of, signed_at
from audit.witnessing.services.add_witness import may_hand_in
from audit.witnessing.services.compare_copy import Compared, told_of, what_it_is
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, WrongState
from kernel.viewer import Viewer

ASTRAY = timedelta(minutes=ASTRAY_MINUTES)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What the log says to the copy, and the names of the agency's keys that have cosigned it."""

    compared: Compared
    names: tuple[str, ...] = ()


def cosign(viewer: Viewer, text: str) -> Cosigned:
    """Keep what keys of the viewer's agency have cosigned. Sent again, it is there already.

    A note that the log does not prolong is an alert, and its cosignatures are not kept. Invalid for
    what is no checkpoint of this log, or carries no cosignature of this agency's keys in use.
    NotAllowed for whoever does not answer for the agency.
    """
    if not may_hand_in(viewer):
        raise NotAllowed
    note, compared = what_it_is(viewer, text)
    if not compared.agrees:
        return Cosigned(told_of(viewer, compared))
    bare = scoped_connection()
    found = log.checkpoints(
        bare, viewer.cell_id, above=compared.size - 1, until=compared.size, limit=1
    )
    if not found or body_of(found[0].note) != body_of(note):
        raise _refused(_("Ce point de contrôle n'est pas un de ceux que le journal a publiés."))
    own = {
        each.name: each
        for each in cosigned.witnesses(bare, viewer.cell_id)
        if each.agency_id == viewer.agency_id
    }
    signed = [
        (own[line.name], line, _when(own[line.name], line, found[0]))
        for line in lines_of(note)
        if line.name in own
    ]
    if not signed:
        raise _refused(_("Aucune clé de votre organisme n'a cosigné ce point de contrôle."))
    there = {each.name for each in cosigned.cosignatures(bare, viewer.cell_id, compared.size)}
    new = [each for each in signed if each[0].name not in there]
    # Always in one order, so that two requests never wait for each other; and all or none.
    with transaction.atomic():
        fresh = [_kept(compared.size, *each) for each in sorted(new, key=_of_witness)]
    if any(fresh):
        record(events.COSIGNED, viewer=viewer, entries=compared.size, number=sum(fresh))
    return Cosigned(compared, tuple(witness.name for witness, _line, _at in signed))


def _of_witness(signed: tuple[Witness, Line, datetime]) -> UUID:
    return signed[0].id


def _when(witness: Witness, line: Line, stored: log.Stored) -> datetime:
    """When the witness says it has signed; refused in words where that cannot be."""
    if witness.withdrawn_at is not None:
        raise _withdrawn(witness)
    try:
        at = signed_at(line, witness.name, witness.public, stored.note)
    except NotSigned:
        raise _refused(
            _("La cosignature « %(name)s » ne correspond pas à ce texte ou à cette clé.")
            % {"name": witness.name}
        ) from None
    if not stored.at - ASTRAY <= at <= now() + ASTRAY:
        raise _refused(
            _("L'heure de la cosignature n'est pas possible : vérifiez l'horloge du témoin.")
        )
    return at


def _kept(size: int, witness: Witness, line: Line, at: datetime) -> bool:
    """Whether it is new."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit.cosign(%s, %s, %s, %s)", [size, witness.id, at, line.text])
            answer: bool | None = cursor.fetchone()[0]
    except OperationalError as refused:
        if getattr(refused.__cause__, "sqlstate", None) != TOO_MANY:
            raise
        raise WrongState(
            _(
                "Trop de lignes portent le nom de la clé « %(name)s », pour ce point de contrôle "
                "à une heure proche de la vôtre, ou en une journée. Cosignez-en un plus récent, "
                "et prévenez le contrôle. Si cela ne suffit pas, retirez la clé et ajoutez-en une "
                "autre."
            )
            % {"name": witness.name}
        ) from None
    if answer is None:
        raise _withdrawn(witness)
    return answer


def _withdrawn(witness: Witness) -> WrongState:
    return WrongState(
        _("La clé « %(name)s » est retirée : elle ne cosigne plus.") % {"name": witness.name}
    )


def _refused(sentence: object) -> Invalid:
    return Invalid(fields={"copy": [sentence]})
