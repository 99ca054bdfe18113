"""Where one's own factors stand in the navigation, and the requests of others to replace theirs."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[dict[str, object]]:
    """One's own factors for everybody; requests for those who may agree to them."""
    found: list[dict[str, object]] = []
    if viewer.has("cell_admin", "agency_lead"):
        requests = reverse("agencies:replacements")
        found.append({"label": _("Facteurs perdus"), "url": requests, "order": 71})
    found.append({"label": _("Mes facteurs"), "url": reverse("agencies:factors"), "order": 91})
    return found
