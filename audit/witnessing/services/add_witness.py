"""An agency names a key of its own, with which it will cosign the record."""

from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit import keys
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.sql.telling import LEADS
from audit.witnessing import cosigned, events
from audit.witnessing.cosigning import NotAKey, key_from
from kernel.bounds import one_after_the_other
from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.http import bearer
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

MOST = 5
"""Keys in use of one agency."""


def may_keep(viewer: Viewer) -> bool:
    """Those who answer for their agency before the record."""
    return viewer.has(*LEADS)


def may_hand_in(viewer: Viewer) -> bool:
    """They, and the systems to which they have given a token for it."""
    return may_keep(viewer) or viewer.channel == bearer.CHANNEL


def add_witness(viewer: Viewer, line: str) -> UUID:
    """Add a key to the witnesses of the viewer's agency.

    Invalid for what is no witness key, for one that has been here before, whoever brought it, and
    for one of the log. NotAllowed and StepUpRequired as for every right.
    """
    if not may_keep(viewer):
        raise NotAllowed
    require_fresh(viewer)
    try:
        name, public = key_from(line)
    except NotAKey:
        raise _refused(
            _("Ce n'est pas la clé publique d'un témoin : collez la ligne entière, nom compris.")
        ) from None
    bare = scoped_connection()
    if name.partition("/")[0] == settings.LOG_ORIGIN or public in {
        key.public_bytes_raw() for key in keys.chain(bare)
    }:
        raise _refused(_("Cette clé ou ce nom est celui du journal : il ne témoigne pas de lui."))
    one_after_the_other("audit_witness", viewer.agency_id)
    known = cosigned.witnesses(bare, viewer.cell_id)
    own = [each for each in known if each.agency_id == viewer.agency_id and not each.withdrawn_at]
    if len(own) >= MOST:
        raise _refused(_("Votre organisme a déjà cinq clés en service. Retirez-en une d'abord."))
    number = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_witness (id, cell_id, agency_id, name, public, added_by)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [number, viewer.cell_id, viewer.agency_id, name, public, viewer.account_id],
        )
        if not cursor.rowcount:
            raise _refused(
                _("Cette clé ou ce nom est déjà connu de la cellule. Un témoin a sa propre clé.")
            )
    record(
        events.WITNESS_ADDED,
        viewer=viewer,
        subject_id=number,
        sha256=sha256(public).hexdigest(),
    )
    return number


def withdraw_witness(viewer: Viewer, witness_id: UUID) -> UUID:
    """Withdraw a key of the viewer's agency: what it has signed stays, nothing more is taken.

    NotFound for a key of another cell, NotAllowed for one of another agency, WrongState when it
    was withdrawn already.
    """
    known = cosigned.witnesses(scoped_connection(), viewer.cell_id)
    found = next((each for each in known if each.id == witness_id), None)
    if found is None:
        raise NotFound
    if not may_keep(viewer) or found.agency_id != viewer.agency_id:
        raise NotAllowed
    require_fresh(viewer)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_witness SET withdrawn_at = now()"
            " WHERE id = %s AND cell_id = %s AND withdrawn_at IS NULL",
            [witness_id, viewer.cell_id],
        )
        if not cursor.rowcount:
            raise WrongState(_("Cette clé est déjà retirée."))
    record(events.WITNESS_WITHDRAWN, viewer=viewer, subject_id=witness_id)
    return witness_id


def _refused(sentence: object) -> Invalid:
    return Invalid(fields={"key": [sentence]})
