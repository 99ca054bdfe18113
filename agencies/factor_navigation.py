"""Where the requests to replace lost factors stand in the navigation."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[dict[str, object]]:
    """Requests, for those who may agree to them."""
    found: list[dict[str, object]] = []
    if viewer.has("cell_admin", "agency_lead"):
        requests = reverse("agencies:replacements")
        found.append({"label": _("Facteurs perdus"), "url": requests, "order": 71})
    return found
