"""A cell adopts a new version of its charter."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from agencies import events, policies
from agencies.charter_text import NEWEST
from agencies.charters import charter_of
from agencies.models import Charter
from audit import record
from kernel.errors import Conflict, Invalid, NotAllowed
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

LONGEST = 10_000


def adopt_charter(viewer: Viewer, *, additions: str, after: int) -> Charter:
    """Adopt the newest common text with these additions, in place of the version ``after``.

    It counts at once: everybody in the cell, whoever adopts it included, signs it before doing
    anything else. Raises Conflict when another version came in between, Invalid when nothing
    would change.
    """
    if not policies.can_administer(viewer):
        raise NotAllowed
    require_fresh(viewer)
    if len(additions) > LONGEST:
        raise Invalid(fields={"additions": [_("Ce texte est trop long.")]})
    current = charter_of(viewer)
    if current.version != after:
        raise Conflict(_("Une autre personne a adopté une nouvelle version entre-temps."))
    if (current.edition, current.additions) == (NEWEST, additions):
        raise Invalid(fields={"additions": [_("Rien n'a changé depuis la version en vigueur.")]})
    charter = Charter(
        cell_id=viewer.cell_id, edition=NEWEST, additions=additions, adopted_by=viewer.seat_id
    )
    charter.save(force_insert=True)
    record(events.CHARTER_ADOPTED, viewer=viewer, subject_id=charter.pk, version=after + 1)
    return charter
