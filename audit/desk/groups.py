"""Kinds of events by what an auditor looks for: readings, searches, names, exports, rights."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from django.utils.translation import gettext_lazy as _

from audit import registry

REFUSALS: Final = "refusals"
"""Not a matter of kinds: whatever was refused."""

_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "reads": ("*.read", "*_read", "share.previewed"),
    "searches": ("case.searched", "case.searched_within"),
    "names": ("identity.revealed", "person.wanted"),
    "exports": ("export.*", "audit.export*", "audit.checkpoint_taken", "document.copied"),
    "rights": (
        *("role.*", "membership.*", "invitation.*", "deputy.*", "accession.*", "agency.enrolled"),
        *("access.ended", "access.interim", "access.agency_cut", "account.*", "api_key.*"),
        *("factor.*", "share.accepted", "share.revoked", "share.renewed", "glass.*"),
    ),
}
LABELS: Final[Mapping[str, object]] = {
    "reads": _("Lectures"),
    "searches": _("Recherches"),
    "names": _("Noms affichés"),
    "exports": _("Exports et copies"),
    "rights": _("Droits et accès"),
    REFUSALS: _("Refus"),
}


@cache
def kinds_of(group: str) -> tuple[str, ...]:
    """The declared kinds of a group, by name; none for the group of refusals."""
    patterns = _PATTERNS.get(group, ())
    return tuple(
        kind.name
        for kind in registry.kinds()
        if any(fnmatchcase(kind.name, pattern) for pattern in patterns)
    )
