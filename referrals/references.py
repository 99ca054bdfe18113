"""How the auditor names a case: by its reference, through functions that answer auditors only."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from audit import references
from kernel.viewer import Viewer
from referrals.models.content import PartyRole
from referrals.models.document import Nature


def declare() -> None:
    """Register with the record."""
    references.register(references_of=references_of, case_of=case_of, subjects_of=subjects_of)


def references_of(viewer: Viewer, case_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The references of these cases of the auditor's own cell; nothing for anybody else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.references_of(%s)", [list(case_ids)])
        return dict(cursor.fetchall())


def case_of(viewer: Viewer, reference: str) -> UUID | None:
    """The case with this reference in the auditor's own cell."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.case_of_reference(%s)", [reference])
        row = cursor.fetchone()
    return row[0] if row else None


def subjects_of(viewer: Viewer, case_id: UUID) -> Mapping[UUID, str]:
    """The names and documents of a case of the auditor's own cell, by role or nature and number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM referrals.subjects_of(%s)", [case_id])
        return {found: _named(what, code, number) for found, what, code, number in cursor}


def _named(what: str, code: str, number: int) -> str:
    if what == "name":
        role = PartyRole(code).label
        return _("%(role)s %(number)d") % {"role": role, "number": number}
    nature = Nature(code).label
    return _("Document %(number)d : %(nature)s") % {"number": number, "nature": nature}
