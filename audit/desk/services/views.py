"""Keep filters under a name of one's own, and forget them again."""

from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit import policies
from kernel.bounds import one_after_the_other
from kernel.errors import Conflict, Invalid, NotFound, WrongState
from kernel.ids import uuid7
from kernel.plain_text import storable
from kernel.viewer import Viewer

LONGEST: Final = 60
MOST: Final = 30


def save_view(viewer: Viewer, *, label: str, query: str) -> UUID:
    """Keep these filters under this name, for this person alone.

    The name is the auditor's own and never in the record.
    """
    if not policies.can_read(viewer):
        raise NotFound
    name = label.strip()
    if not name or len(name) > LONGEST or not storable(name):
        raise Invalid(fields={"nom": [_("Donnez un nom de 60 caractères au plus.")]})
    if not query:
        raise Invalid(fields={"nom": [_("Choisissez d'abord au moins un filtre.")]})
    number = uuid7()
    one_after_the_other("audit_view", viewer.account_id)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_view WHERE cell_id = %s AND account_id = %s",
            [viewer.cell_id, viewer.account_id],
        )
        if cursor.fetchone()[0] >= MOST:
            raise WrongState(_("Vous avez 30 vues : oubliez-en une d'abord."))
        cursor.execute(
            "INSERT INTO audit_view (id, cell_id, account_id, label, query)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [number, viewer.cell_id, viewer.account_id, name, query],
        )
        if not cursor.rowcount:
            raise Conflict(_("Une de vos vues porte déjà ce nom."))
    return number


def forget_view(viewer: Viewer, view_id: UUID) -> UUID:
    """Forget a view of one's own. NotFound for any other."""
    if not policies.can_read(viewer):
        raise NotFound
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_view WHERE id = %s AND cell_id = %s AND account_id = %s",
            [view_id, viewer.cell_id, viewer.account_id],
        )
        if not cursor.rowcount:
            raise WrongState(_("Cette vue est déjà oubliée."))
    return view_id


def views_of(viewer: Viewer) -> list[tuple[UUID, str, str]]:
    """One's own views by name: identifier, name, filters as an address has them.

    NotFound for whoever does not control access.
    """
    if not policies.can_read(viewer):
        raise NotFound
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT id, label, query FROM audit_view"
            " WHERE cell_id = %s AND account_id = %s ORDER BY label",
            [viewer.cell_id, viewer.account_id],
        )
        rows: list[tuple[UUID, str, str]] = cursor.fetchall()
    return rows
