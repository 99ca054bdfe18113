"""This app's part of the menu."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from agencies import policies
from kernel.http.context import Entry
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[Entry]:
    """The administration, for those who administer the cell."""
    if not policies.can_administer(viewer):
        return []
    return [{"label": _("Administration"), "url": reverse("agencies:cell"), "order": 60}]
