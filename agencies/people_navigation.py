"""The place of people in the navigation: for those who look after them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from agencies import giving
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[dict[str, object]]:
    """What the navigation shows of this app."""
    if giving.can_manage_people(viewer):
        return [{"label": _("Personnes"), "url": reverse("agencies:people"), "order": 70}]
    if giving.can_confirm_somebody(viewer):
        return [
            {"label": _("Rôles à confirmer"), "url": reverse("agencies:to_confirm"), "order": 70}
        ]
    return []
