"""This app's part of the menu, and the parts of the administration under it."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies import giving, policies
from agencies.services.make_token import may_keep_tokens
from kernel.http.context import Entry
from kernel.viewer import Viewer

OF_THE_CELL: Final = (
    ("cell_agencies", _("Organismes")),
    ("cell_protocol", _("Protocole")),
    ("cell_rules", _("Règles")),
    ("cell_territories", _("Territoire")),
    ("cell_charter", _("Charte")),
)
"""The parts that only the administration of the cell has, by the name of their page."""


def sections(viewer: Viewer) -> list[tuple[str, object, str]]:
    """The parts of the administration that this person has: name of the page, label, address."""
    administers = policies.can_administer(viewer)
    found: list[tuple[str, object]] = [("cell", _("Vue d'ensemble"))] if administers else []
    if giving.can_manage_people(viewer):
        found.append(("people", _("Personnes")))
    if policies.can_see_replacements(viewer):
        found.append(("replacements", _("Facteurs perdus")))
    found += OF_THE_CELL if administers else ()
    if may_keep_tokens(viewer):
        found.append(("tokens", _("Jetons d'accès")))
    if administers and settings.IDENTITY_PROVIDER is not None:
        found.append(("providers", _("Fournisseurs d'identité")))
    return [(name, label, reverse(f"agencies:{name}")) for name, label in found]


def entries(viewer: Viewer) -> list[Entry]:
    """One entry: the administration, the people of one's agency, or roles to confirm."""
    parts = sections(viewer)
    if parts:
        name, label, url = parts[0]
        shown = _("Administration") if name == "cell" else label
        return [{"label": shown, "url": url, "order": 60, "around": [part[2] for part in parts]}]
    if giving.can_confirm_somebody(viewer):
        return [
            {
                "label": _("Rôles à confirmer"),
                "url": reverse("agencies:to_confirm"),
                "order": 60,
                "more": True,
            }
        ]
    return []
