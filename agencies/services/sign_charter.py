"""Somebody promises to keep to the charter of the cell."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.charters import charter_of
from agencies.models import CharterSignature
from audit import record
from kernel.errors import Conflict, WrongState
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


def sign_charter(viewer: Viewer, *, version: int) -> CharterSignature:
    """Sign the version that was read, with a factor shown a moment ago.

    From the next request on the seat may do what its roles allow, on every channel. Raises
    Conflict when a newer version has been adopted meanwhile, WrongState when it is signed already.
    """
    require_fresh(viewer)
    charter = charter_of(viewer)
    if charter.version != version:
        raise Conflict(_("La charte vient de changer. Lisez la nouvelle version, puis signez-la."))
    mine = CharterSignature.objects.filter(
        cell_id=viewer.cell_id, account_id=viewer.account_id, version=version
    )
    if mine.exists():
        raise WrongState(_("Vous avez déjà signé cette version de la charte."))
    signature = CharterSignature(
        cell_id=viewer.cell_id,
        account_id=viewer.account_id,
        seat_id=viewer.seat_id,
        version=version,
    )
    signature.save(force_insert=True)
    record(events.CHARTER_SIGNED, viewer=viewer, subject_id=charter.id, version=version)
    return signature
